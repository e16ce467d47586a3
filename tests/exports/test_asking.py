"""Asking for exports: what is wrong is named, how far one is can be seen by its client alone, and few are kept."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlmodel import select

from cie.db import current, reading, transaction
from cie.errors import NotAllowed
from cie.exports import Export, ask_for_export
from tests.api.place import System
from tests.api.test_referrals import sent
from tests.bench.measuring import Counter
from tests.exports.making import ask, download, made, make_all, path_of
from tests.factories import NOON, staff_of

HIDDEN = {"Date"}


def exports():
    with reading() as session:
        return session.exec(select(Export)).all()


def told(counter, system, method, path):
    """All that a caller can see of an answer, and how many statements it took."""
    before = counter.count
    answer = system.call(method, path)
    headers = sorted(header for header in answer.headers if header[0] not in HIDDEN)
    return answer.status_code, answer.get_data(), headers, counter.count - before


class TestAsking:
    def test_it_is_accepted_with_the_address_where_it_can_be_watched(self, place):
        answer = place.clinic.post("/exports", {"kinds": ["referrals", "people"]})

        said = answer.get_json()
        assert answer.status_code == 202
        assert answer.headers["Location"] == f"/api/v1/exports/{said['id']}"
        assert (said["status"], said["kinds"], said["done"], said["total"]) == (
            "waiting", ["people", "referrals"], 0, None
        )  # fmt: skip
        assert said["files"] == []

    def test_with_the_same_key_it_is_made_once(self, place):
        answers = [place.clinic.post("/exports", {"kinds": ["people"]}, Idempotency_Key="n-1") for _ in range(3)]
        other = place.clinic.post("/exports", {"kinds": ["needs"]}, Idempotency_Key="n-1")

        assert len({answer.get_json()["id"] for answer in answers}) == len(exports()) == 1
        assert other.status_code == 422

    @pytest.mark.parametrize(
        "said",
        [
            {},
            {"kinds": []},
            {"kinds": ["gold"]},
            {"kinds": "people"},
            {"kinds": ["people"] * 30},
            {"kinds": ["people"], "updated_since": "yesterday"},
            {"kinds": ["people"], "updated_since": "2026-11-27T10:00:00"},
            {"kinds": ["people"], "unknown": 1},
        ],
        ids=str,
    )
    def test_what_is_wrong_is_named_and_nothing_is_made(self, place, said):
        answer = place.clinic.post("/exports", said)

        assert (answer.status_code, exports()) == (422, [])
        assert answer.get_json()["errors"][0]["field"].partition(".")[0] in (*said, "kinds")

    def test_a_kind_that_is_named_twice_is_one_file(self, place):
        assert ask(place.clinic, "people", "people")["kinds"] == ["people"]

    def test_a_token_gets_no_more_than_its_scopes_let_it_read(self, place):
        narrow = System(place.app, place.loop.clinic, scopes=("api/exports.*", "api/people.read"))

        answer = narrow.post("/exports", {"kinds": ["people", "referrals"]})

        assert answer.status_code == 403
        assert 'scope="api/referrals.read"' in answer.headers["WWW-Authenticate"]
        assert exports() == []

    def test_no_more_than_five_at_a_time(self, place):
        answers = [place.clinic.post("/exports", {"kinds": ["people"]}) for _ in range(6)]

        place.clinic.call("DELETE", f"/exports/{answers[0].get_json()['id']}")

        assert [answer.status_code for answer in answers] == [202] * 5 + [409]
        assert place.clinic.post("/exports", {"kinds": ["people"]}).status_code == 202
        assert place.pantry.post("/exports", {"kinds": ["people"]}).status_code == 202

    def test_no_more_than_so_many_a_day_though_they_are_ended(self, place, monkeypatch):
        monkeypatch.setattr("cie.exports.asking.ASKS_A_DAY", 2)
        for _ in range(2):
            place.clinic.call("DELETE", f"/exports/{ask(place.clinic, 'people')['id']}")

        answer = place.clinic.post("/exports", {"kinds": ["people"]})

        assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (429, True)

    def test_expired_ones_do_not_count(self, place):
        for _ in range(5):
            ask(place.clinic, "people")
        make_all(timedelta(seconds=-1))

        assert place.clinic.post("/exports", {"kinds": ["people"]}).status_code == 202


class TestWatching:
    def test_the_list_holds_ones_own_newest_first(self, place):
        first, second = ask(place.clinic, "people"), ask(place.clinic, "needs")
        ask(place.pantry, "people")

        items = place.clinic.get("/exports").get_json()["items"]

        assert [each["id"] for each in items] == [second["id"], first["id"]]

    def test_when_it_is_ready_it_says_until_when(self, place):
        export = made(place.clinic, "people")

        assert export["expires_at"] > export["ready_at"] >= export["asked_at"]
        assert export["files"][0]["url"] == f"/api/v1{path_of(export, 'people')}"


class TestOthers:
    def test_to_every_other_client_it_is_as_if_there_were_none(self, place):
        sent(place)
        export = made(place.clinic)
        same_organization, counter = System(place.app, place.loop.clinic), Counter(current().engine)
        for other in (same_organization, place.pantry):
            assert other.token
            for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/files/referrals-1.ndjson")):
                answers = [told(counter, other, method, f"/exports/{id}{path}") for id in (export["id"], uuid4())]
                assert answers[0] == answers[1]
                assert answers[0][0] == 404
            assert other.get("/exports").get_json()["items"] == []
        assert download(place.clinic, export)

    def test_one_that_was_ended_is_there_no_more(self, place):
        export = made(place.clinic)

        answer = place.clinic.call("DELETE", f"/exports/{export['id']}")

        assert answer.status_code == 204
        for path in (f"/exports/{export['id']}", path_of(export)):
            assert place.clinic.get(path).status_code == 404
        assert place.clinic.get("/exports").get_json()["items"] == []


def test_an_app_that_staff_use_gets_no_exports(place):
    with pytest.raises(NotAllowed), transaction() as session:
        ask_for_export(session, staff_of(place.loop.clinic), ["people"], at=NOON)
