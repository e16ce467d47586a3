"""What a search finds, in which order, and what it never tells."""

import json
from math import log2

import pytest
from sqlmodel import Session

from cie.access import SYSTEM
from cie.directory import Query, load_directory, search
from cie.errors import Invalid
from tests.directory.rows import FRESNO, MADERA, directory_of, location_row, organization_row, service_row
from tests.factories import NOON, make_participant

ELSEWHERE = [{"extent_type": "county", "extent": "06037"}]


def load(session: Session, *services: dict[str, object]) -> None:
    load_directory(session, SYSTEM, directory_of(*services), {}, at=NOON)


def names(session: Session, **query: object) -> list[str]:
    return [hit.service.name for hit in search(session, Query(**query), at=NOON).items]


class TestFilters:
    def test_a_need_finds_only_services_that_meet_it(self, session):
        load(session, service_row(), service_row(name="Ride to care", needs=["transportation"]))

        assert names(session, need="transportation") == ["Ride to care"]

    def test_a_zip_finds_services_that_cover_it_by_county_or_zip(self, session):
        by_zip = service_row(name="By ZIP", service_areas=[{"extent_type": "zip", "extent": "93702"}])
        load(session, service_row(name="By county"), by_zip, service_row(name="Far", service_areas=ELSEWHERE))

        assert set(names(session, zip="93702")) == {"By county", "By ZIP"}

    def test_a_zip_in_two_counties_finds_services_of_either(self, session):
        both = [
            service_row(name=fips, service_areas=[{"extent_type": "county", "extent": fips}])
            for fips in (FRESNO, MADERA)
        ]
        load(session, *both)

        assert set(names(session, zip="93622")) == {FRESNO, MADERA}
        assert names(session, zip="93622", county=MADERA) == [MADERA]

    def test_a_county_finds_services_of_a_zip_that_lies_in_it(self, session):
        load(session, service_row(service_areas=[{"extent_type": "zip", "extent": "93702"}]))

        assert names(session, county=FRESNO) == ["Food box, weekly"]
        assert names(session, county=MADERA) == []

    def test_a_service_that_names_no_area_may_cover_any(self, session):
        load(session, service_row(name="Not said", service_areas=[]), service_row())

        assert names(session, zip="93702") == ["Food box, weekly", "Not said"]

    def test_a_service_that_is_not_active_is_never_found(self, session):
        load(session, service_row(status="temporarily closed"), service_row(status="inactive"))

        assert names(session, need="food") == []

    def test_language_room_and_same_day_must_all_hold(self, session):
        right = service_row(name="Right", languages=["es"], same_day=True)
        load(session, right, service_row(languages=["es"]), service_row(same_day=True))

        assert names(session, language="es", same_day=True, has_room=True) == ["Right"]

    def test_takes_referrals_means_joined_and_willing(self, session):
        pantry = make_participant(session)
        joined = organization_row(service_row(name="Joined"), service_row(name="Unwilling", accepts_referrals=False))
        data = {"organizations": [joined, organization_row(service_row(name="Not joined"))]}
        load_directory(session, SYSTEM, data, {joined["id"]: pantry.id}, at=NOON)

        assert names(session, accepts_referrals=True) == ["Joined"]

    @pytest.mark.parametrize(
        ("field", "value"), [("zip", "10001"), ("zip", "9370"), ("county", "99"), ("need", "gold")]
    )
    def test_what_there_is_not_is_refused_by_name(self, session, field, value):
        with pytest.raises(Invalid) as caught:
            search(session, Query(**{field: value}), at=NOON)

        assert caught.value.field == field


class TestOrder:
    def test_near_comes_before_far(self, session):
        far = location_row(latitude=36.2, longitude=-119.3, city="Visalia")
        load(session, service_row(name="Far", location=far), service_row(name="Near"))

        assert names(session, need="food", zip="93702") == ["Near", "Far"]

    def test_full_and_unknown_stay_listed_below(self, session):
        def with_room(status: str, days: int = 1) -> dict[str, object]:
            place = location_row(latitude=36.2 if status == "capacity" else 36.74)
            return service_row(name=status, location=place, capacity={"status": status, "days_ago": days, "note": None})

        load(session, *(with_room(s) for s in ("no-capacity", "unknown", "waitlist", "capacity")))

        found = names(session, need="food", zip="93702")

        assert set(found[:2]) == {"capacity", "waitlist"}
        assert found[2:] == ["unknown", "no-capacity"]

    def test_a_word_on_room_that_grew_old_counts_as_unknown(self, session):
        load(
            session,
            service_row(name="Old word", capacity={"status": "capacity", "days_ago": 41, "note": None}),
            service_row(name="New word", capacity={"status": "waitlist", "days_ago": 1, "note": None}),
        )

        assert names(session, need="food") == ["New word", "Old word"]

    def test_pages_follow_each_other_without_repeating(self, session):
        load(session, *(service_row(name=f"Service {n}") for n in range(12)))

        pages = [search(session, Query(need="food", limit=5, page=page), at=NOON) for page in (1, 2, 3)]

        assert len({hit.service.id for page in pages for hit in page.items}) == 12
        assert [(page.first, page.last, page.total, page.has_next) for page in pages] == [
            (1, 5, 12, True),
            (6, 10, 12, True),
            (11, 12, 12, False),
        ]


class TestConfidential:
    def test_a_confidential_place_gives_no_city_and_no_distance(self, session):
        load(session, service_row(location=location_row(confidential=True)))

        (hit,) = search(session, Query(zip="93702"), at=NOON).items

        assert (hit.city, hit.distance_miles, hit.confidential) == ("", None, True)

    def test_where_it_is_does_not_move_it_in_the_list(self, session):
        here, there = location_row(confidential=True), location_row(confidential=True, latitude=34.0)
        open_place = location_row(latitude=36.72)
        load(
            session,
            service_row(name="Open", location=open_place),
            service_row(name="A", location=here),
            service_row(name="B", location=there),
        )

        from_here, from_there = names(session, zip="93702"), names(session, zip="93703")

        assert from_here[0] == from_there[0] == "Open"
        assert from_here == from_there


class TestWords:
    @pytest.mark.parametrize(
        "words", ["I have no food for my kids", "comida gratis", "grocerys", "pantri", "hungry", "necesito ALIMENTOS"]
    )
    def test_words_are_understood_as_people_say_them(self, session, words):
        load(session, service_row(), service_row(name="Ride to care", description="A ride.", needs=["transportation"]))

        assert names(session, words=words)[0] == "Food box, weekly"

    def test_a_misspelt_word_of_the_directory_is_mended(self, session):
        load(session, service_row(name="Dentist for children", needs=[], description=""), service_row())

        assert names(session, words="dentsit") == ["Dentist for children"]

    def test_the_words_of_one_service_do_not_find_another_of_its_organization(self, session):
        load(session, service_row(name="Quilting circle", needs=[]), service_row())

        assert names(session, words="quilting") == ["Quilting circle"]

    def test_words_that_say_nothing_hide_nothing(self, session):
        load(session, service_row())

        assert names(session, words="I need some help") == ["Food box, weekly"]

    def test_words_alone_that_fit_nothing_find_nothing(self, session):
        load(session, service_row())

        assert names(session, words="zzyzx") == []


class TestNothingFits:
    def test_filters_are_taken_away_and_named(self, session):
        load(session, service_row())

        found = search(session, Query(need="food", zip="93702", language="hy", has_room=True, words="zzyzx"), at=NOON)

        assert [hit.service.name for hit in found.items] == ["Food box, weekly"]
        assert found.relaxed == ("has_room", "language", "words")

    def test_only_the_filter_that_was_in_the_way_is_taken_away(self, session):
        load(session, service_row(same_day=True), service_row(name="Other", languages=["es"]))

        found = search(session, Query(need="food", open_now=True, same_day=True, language="hy"), at=NOON)

        assert (found.relaxed, [hit.service.name for hit in found.items]) == (("language",), ["Food box, weekly"])

    def test_the_second_page_of_what_was_relaxed_is_reached(self, session):
        load(session, *(service_row(name=f"Box {n}") for n in range(3)))

        found = search(session, Query(need="food", language="hy", limit=2, page=2), at=NOON)

        assert (found.relaxed, len(found.items), found.total) == (("language",), 1, 3)

    def test_need_and_place_are_never_taken_away(self, session):
        load(session, service_row())

        assert search(session, Query(need="food", zip="90012"), at=NOON).items == ()
        assert search(session, Query(need="transportation", zip="93702"), at=NOON).items == ()


class TestRealQueries:
    def test_queries_as_people_speak_find_what_was_labelled(self, session, reference):
        """1,123 county services of 2013, 27 labelled queries; the labels' own keywords are not indexed."""
        folder = reference / "hsds" / "smc2013"
        records = [json.loads(line) for line in (folder / "services.ndjson").read_text("utf-8").splitlines()]
        queries = json.loads((folder / "search_queries.json").read_text("utf-8"))["queries"].values()
        load_directory(session, SYSTEM, {"organizations": [_real(record) for record in records]}, {}, at=NOON)

        found = [(_ids(session, query["query"]), set(query["relevant"])) for query in queries]

        assert all(ids for ids, _relevant in found)
        assert sum(any(id in relevant for id in ids[:3]) for ids, relevant in found) / len(found) >= 0.8
        assert sum(_ndcg(ids, relevant) for ids, relevant in found) / len(found) >= 0.44


def _real(record: dict[str, object]) -> dict[str, object]:
    organization = record.get("organization") or {}
    words = ("name", "description", "eligibility_description", "application_process")
    texts = {name: record.get(name) or "" for name in words}
    nothing = {"needs": [], "languages": [], "schedules": [], "service_areas": [], "location": None}
    service = service_row(
        **texts, **nothing, id=record["id"], capacity={"status": "unknown", "days_ago": 0, "note": None}
    )
    return organization_row(service, id=record["id"], name=organization.get("name", ""), phones=[])


def _ids(session: Session, words: str) -> list[str]:
    return [str(hit.service.id) for hit in search(session, Query(words=words), at=NOON).items]


def _ndcg(ids: list[str], relevant: set[str]) -> float:
    gain = sum(1 / log2(place + 2) for place, id in enumerate(ids[:10]) if id in relevant)
    return gain / sum(1 / log2(place + 2) for place in range(min(10, len(relevant))))
