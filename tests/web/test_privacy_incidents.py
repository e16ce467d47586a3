"""The pages of incidents: writing one down, its clock, who may be affected, the file, and for whom they are."""

import csv
import io
import re
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from cie import people, privacy
from cie.access import Role
from cie.consent import Release
from cie.db import reading, transaction
from cie.events import AuditEntry, AuditPerson
from cie.identity import actor_for
from cie.privacy import CaseEntry, Incident, Step
from tests.factories import make_participant, make_person, make_staff, send_one
from tests.support.sign_in import pass_time
from tests.support.web import Browser, signed_in
from tests.web.privacy_place import ELSE, TODAY, actions, boxes, browser_of, make_place
from tests.web.test_settings import text_of

OFFICE = "/privacy-office"
WHAT = "A list of names was left at the bus stop."


@pytest.fixture
def place(database, migrated):
    return make_place(migrated)


def write_down(place, **fields):
    values = {"what": WHAT, "found_by": "Wren Alder", "form_id": "one", **boxes("discovered_on", 3)}
    return place.browser.post(f"{OFFICE}/incidents", page=f"{OFFICE}/incidents/new", **{**values, **fields})


@pytest.fixture
def case(place):
    """The address of one incident."""
    return write_down(place).location.partition("?")[0]


def cases(model=Incident):
    with reading() as session:
        return session.execute(select(model)).scalars().all()


class TestOverview:
    def test_it_is_a_place_of_the_navigation_for_privacy_officers_alone(self, place):
        assert f'<a href="{OFFICE}" aria-current="page">Privacy</a>' in text_of(place.browser.get(OFFICE))
        for role in ELSE:
            assert f'href="{OFFICE}"' not in text_of(browser_of(place, role).get("/settings"))

    def test_each_list_says_how_much_is_due(self, place):
        write_down(place)
        write_down(place, form_id="two", **boxes("discovered_on", 40))
        write_down(place, form_id="three", **boxes("discovered_on", 28))

        page = text_of(place.browser.get(OFFICE))

        assert "3 open. 1 due within 7 days. 1 late." in page
        assert page.count("Nothing is open.") == 2

    def test_what_others_have_to_do_does_not_show(self, place):
        before = place.stranger.get(OFFICE).status_code, text_of(place.stranger.get(OFFICE))
        write_down(place)

        after = place.stranger.get(OFFICE).status_code, text_of(place.stranger.get(OFFICE))

        assert without_token(after[1]) == without_token(before[1])


class TestWritingDown:
    def test_it_is_kept_and_shows_by_when_people_must_be_told(self, place):
        answer = write_down(place, elsewhere="12")

        page = text_of(place.browser.get(answer.location))
        assert answer.status_code == 303
        assert "Saved. The clock runs." in page
        assert WHAT in page and "Civ. Code 1798.82(a)(2), as amended by SB 446 (2025)" in page
        assert "Your next step: tell the people affected" in page
        assert "Nothing is owed: not more than 500 residents" in page

    def test_a_second_click_opens_no_second_one(self, place):
        first, second = write_down(place), write_down(place)

        assert first.location == second.location
        assert len(cases()) == 1

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"what": ""}, "What happened: write it down"),
            ({"found_by": ""}, "Who found it: write it down"),
            ({"discovered_on_day": ""}, "Found on: enter a month, a day and a year that exist"),
            (boxes("discovered_on", -2), "Found on: choose a day that is not after today"),
            ({"elsewhere": "many"}, "People who are not in this exchange: enter a number, 0 or more"),
            (boxes("occurred_from", 1), "It began on: choose a day that is not after it was found"),
        ],
    )
    def test_what_is_wrong_is_named_and_what_was_typed_stays(self, place, fields, words):
        answer = write_down(place, what=fields.get("what", WHAT), **{n: v for n, v in fields.items() if n != "what"})

        page = text_of(answer)
        assert answer.status_code == 422
        assert words in page
        assert "Everything you typed is still here." in page
        assert (WHAT in page) is ("what" not in fields)
        assert cases() == []

    def test_more_than_500_are_told_to_the_attorney_general(self, place):
        case = write_down(place, elsewhere="501").location.partition("?")[0]
        place.browser.post(f"{case}/residents", **boxes("told_on", 1))

        page = text_of(place.browser.get(case))

        assert "Your next step: tell the attorney general" in page
        assert "1798.82(f)" in page
        closing = place.browser.post(f"{case}/closing", words="Over.")
        assert closing.status_code == 409
        assert "Tell the attorney general first, then close it." in text_of(closing)


class TestCase:
    def test_what_was_done_is_added_to_the_history(self, place, case):
        answer = place.browser.post(f"{case}/notes", page=case, words="The list was found again.")

        page = text_of(place.browser.get(answer.location))
        assert "The list was found again." in page and "Merlin Sedge" in page
        assert "Saved. It stands in the history." in page

    def test_without_words_nothing_is_added(self, place, case):
        answer = place.browser.post(f"{case}/notes", page=case, words=" ")

        assert answer.status_code == 422
        assert "What was done: write it down" in text_of(answer)

    def test_it_is_closed_with_a_reason_and_takes_no_more(self, place, case):
        assert "Nobody was told yet." in text_of(place.browser.get(f"{case}/closing"))
        answer = place.browser.post(f"{case}/closing", words="Nobody saw the list.")

        page = text_of(place.browser.get(answer.location))
        again = place.browser.post(f"{case}/notes", page=case, words="More.")
        assert "No next step: this case is closed" in page and "Nobody saw the list." in page
        assert again.status_code == 409
        assert "This case is closed." in text_of(again)

    def test_it_can_be_printed(self, place, case):
        page = text_of(place.browser.get(f"{case}/sheet"))

        assert WHAT in page and "Keep this paper locked away." in page
        assert "<title>Case of the privacy officer</title>" in page

    def test_everything_is_in_the_audit_chain_for_operations(self, place, case):
        place.browser.post(f"{case}/residents", **boxes("told_on"))
        place.browser.post(f"{case}/closing", words="Done.")

        assert [a for a in actions() if a.startswith("incident.")] == [
            "incident.opened", "incident.residents-told", "incident.closed",
        ]  # fmt: skip
        with reading() as session:
            query = select(AuditEntry.purpose).where(AuditEntry.action.startswith("incident."))
            assert set(session.execute(query).scalars()) == {"HOPERAT"}

    @pytest.mark.parametrize("path", ["", "/new", "/{id}", "/{id}/sheet", "/{id}/affected", "/{id}/affected/new"])
    def test_it_speaks_spanish(self, place, case, path):
        place.browser.client.set_cookie("language", "es")

        page = text_of(place.browser.get(f"{OFFICE}/incidents" + path.format(id=case.rpartition("/")[2])))

        assert '<html lang="es"' in page
        assert "Incident " not in page and "Who " not in page


class TestList:
    def test_the_one_due_soonest_comes_first(self, place):
        write_down(place, what="Found today", **boxes("discovered_on"))
        write_down(place, what="Found long ago", form_id="two", **boxes("discovered_on", 9))

        page = text_of(place.browser.get(f"{OFFICE}/incidents"))

        assert page.index("Found long ago") < page.index("Found today")

    def test_it_is_filtered(self, place, case):
        write_down(place, what="An old one", form_id="two", **boxes("discovered_on", 40))
        place.browser.post(f"{case}/closing", words="Done.")

        shown = {
            name: text_of(place.browser.get(f"{OFFICE}/incidents?show={name}"))
            for name in ("open", "late", "closed", "all", "nonsense")
        }

        assert {name: (WHAT in page, "An old one" in page) for name, page in shown.items()} == {
            "open": (False, True), "late": (False, True), "closed": (True, False), "all": (True, True),
            "nonsense": (False, True),
        }  # fmt: skip
        assert "10 days late" in shown["late"]

    def test_an_empty_one_says_so(self, place):
        assert "No incident is open." in text_of(place.browser.get(f"{OFFICE}/incidents"))
        assert "Nothing here matches." in text_of(place.browser.get(f"{OFFICE}/incidents?show=late"))

    def test_long_ones_have_pages(self, place):
        for number in range(23):
            write_down(place, form_id=str(number))

        assert "1 to 20" in text_of(place.browser.get(f"{OFFICE}/incidents"))
        assert "21 to 23" in text_of(place.browser.get(f"{OFFICE}/incidents?page=2"))


class TestAffected:
    def test_nobody_is_on_it_at_first(self, place, case):
        assert "Nobody is on the list yet." in text_of(place.browser.get(f"{case}/affected"))

    def test_a_person_is_found_by_name_and_put_on_it(self, place, case):
        found = text_of(place.browser.post(f"{case}/affected/new", name="Aster"))
        answer = place.browser.post(
            f"{case}/affected/person", page=f"{case}/affected/new", person_id=str(place.loop.person.id)
        )

        page = text_of(place.browser.get(answer.location))
        assert "Aster Moreno" in found
        assert "Aster Moreno" in page and "1 person." in page
        assert "<bdi>Aster Moreno, chosen by name</bdi>" in page

    def test_whom_a_referral_is_about_is_put_on_it_by_the_address_of_its_page(self, place, case):
        with transaction() as session:
            referral, _task = send_one(session, place.loop)
        path = f"{case}/affected/referral"

        wrong = place.browser.post(path, page=f"{case}/affected/new", referral=f"/referrals/{uuid4()}")
        answer = place.browser.post(
            path, page=f"{case}/affected/new", referral=f"https://exchange.example.org/referrals/{referral.id}?x=y"
        )

        assert "Referral: copy the address of its page here" in text_of(wrong)
        assert "by a referral" in text_of(place.browser.get(answer.location))

    def test_the_referral_of_another_organization_is_like_none(self, place, case):
        with transaction() as session:
            referral, _task = send_one(session, place.loop)
            other = make_place_of_nobody(session)
        with transaction() as session:
            happening = privacy.Happening("A door stood open.", "Heron", TODAY)
            theirs = privacy.open_incident(session, actor_for(other), happening, at=datetime.now(UTC))

        browser = signed_in(place.app, other)
        answers = [
            browser.post(
                f"{OFFICE}/incidents/{theirs.id}/affected/referral",
                page=f"{OFFICE}/incidents/{theirs.id}/affected/new",
                referral=f"/referrals/{id_}",
            )
            for id_ in (referral.id, uuid4())
        ]
        assert [answer.status_code for answer in answers] == [422, 422]

    def test_everybody_whom_a_colleague_read(self, place, case):
        with reading() as session:
            people.get_person(session, actor_for(place.wren), place.loop.person.id)
        fields = {"reader_id": str(place.wren.id), **boxes("first_on", 1), **boxes("last_on")}

        answer = place.browser.post(f"{case}/affected/reader", page=f"{case}/affected/new", **fields)

        page = text_of(place.browser.get(answer.location))
        assert "1 person whom Wren Alder read from" in page
        assert "read by a colleague" in page

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"reader_id": ""}, "Who read them: choose a colleague"),
            ({"first_on_year": ""}, "First day: enter a month, a day and a year that exist"),
            (boxes("last_on", 9), "Last day: choose a day that is not before the first"),
            ({}, "Who read them: this colleague read nobody in these days"),
        ],
    )
    def test_what_is_wrong_is_named(self, place, case, fields, words):
        values = {"reader_id": str(place.wren.id), **boxes("first_on", 1), **boxes("last_on"), **fields}

        answer = place.browser.post(f"{case}/affected/reader", page=f"{case}/affected/new", **values)

        assert answer.status_code == 422
        assert words in text_of(answer)

    def test_they_are_taken_off_with_a_reason(self, place, case):
        put_on(place, case, place.loop.person)
        path = re.search(r'href="([^"]+taking-back)"', text_of(place.browser.get(f"{case}/affected"))).group(1)

        nothing = place.browser.post(path, words="")
        answer = place.browser.post(path, words="It was another Aster.")

        page = text_of(place.browser.get(answer.location))
        assert "Why they are not affected: write it down" in text_of(nothing)
        assert "Nobody is on the list yet." in page
        assert "Taken off the list: It was another Aster." in page

    def test_a_receiver_reads_the_name_only_while_it_is_released(self, place):
        with transaction() as session:
            referral, _task = send_one(session, place.loop)
        answer = place.stranger.post(
            f"{OFFICE}/incidents", page=f"{OFFICE}/incidents/new", what="x", found_by="y", **boxes("discovered_on")
        )
        case = answer.location.partition("?")[0]
        place.stranger.post(f"{case}/affected/referral", page=f"{case}/affected/new", referral=str(referral.id))

        page = text_of(place.stranger.get(f"{case}/affected"))
        with transaction() as session:
            session.execute(update(Release).values(ended_at=Release.released_at))
        later = text_of(place.stranger.get(f"{case}/affected"))

        assert "Aster Moreno" in page
        assert "Aster" not in later and "Not shared with you" in later


def make_place_of_nobody(session):
    """The privacy officer of an organization that has nothing to do with the loop."""
    return make_staff(session, make_participant(session, name="Green Gate"), Role.PRIVACY_OFFICER)


def put_on(place, case, person):
    return place.browser.post(f"{case}/affected/person", page=f"{case}/affected/new", person_id=str(person.id))


class TestFile:
    def download(self, browser, case):
        return browser.post(f"{case}/affected.csv", page=f"{case}/affected")

    def test_it_holds_the_whole_list(self, place, case):
        with transaction() as session:
            rowan = make_person(session, place.loop.clinic, given_name="=Rowan", street="9 Reed Way")
        for person in (place.loop.person, rowan):
            put_on(place, case, person)

        answer = self.download(place.browser, case)

        rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
        assert answer.content_type == "text/csv; charset=utf-8"
        assert rows[0] == ["Record", "Name", "Street", "ZIP", "Language", "Why on the list"]
        assert [row[1:4] for row in rows[1:]] == [
            ["Aster Moreno", "12 Elm St", "93702"],
            ["'=Rowan Moreno", "9 Reed Way", "93702"],
        ]

    def test_that_it_was_taken_and_whom_it_showed_is_recorded(self, place, case):
        put_on(place, case, place.loop.person)
        self.download(place.browser, case)

        with reading() as session:
            (line,) = session.execute(select(CaseEntry).where(CaseEntry.step == Step.LIST_DOWNLOADED)).scalars()
            query = select(AuditEntry).where(AuditEntry.action == "seen", AuditEntry.actor_id == place.officer.id)
            newest = session.execute(query.order_by(AuditEntry.sequence.desc())).scalars().first()
            shown = (
                session.execute(select(AuditPerson.person_id).where(AuditPerson.entry_id == newest.id)).scalars().all()
            )
        assert line.count == 1
        assert shown == [place.loop.person.id]
        assert "incident.list-downloaded" in actions()

    def test_it_asks_for_proof(self, place, case):
        put_on(place, case, place.loop.person)
        pass_time(place.officer, minutes=11)

        answer = self.download(place.browser, case)

        assert answer.status_code == 303
        assert "/settings/confirm" in answer.location

    def test_nobody_else_gets_it(self, place, case):
        put_on(place, case, place.loop.person)

        for role in ELSE:
            assert self.download(browser_of(place, role), case).status_code == 403
        assert self.download(place.stranger, case).status_code == 404


def without_token(page):
    return re.sub(r'name="csrf_token" value="[^"]+"', "", page)


class TestOthers:
    PATHS = ["", "/sheet", "/residents", "/attorney-general", "/closing", "/affected", "/affected/new"]

    @pytest.mark.parametrize("path", PATHS)
    def test_of_another_organization_is_like_one_that_does_not_exist(self, place, case, path):
        theirs = place.stranger.get(case + path)
        nobodys = place.stranger.get(f"{OFFICE}/incidents/{uuid4()}{path}")

        assert (theirs.status_code, nobodys.status_code) == (404, 404)
        pages = {re.sub(r"/privacy-office/\S+?\"", "", without_token(text_of(answer))) for answer in (theirs, nobodys)}
        assert len(pages) == 1

    @pytest.mark.parametrize("path", ["/notes", "/residents", "/attorney-general", "/closing", "/affected/person"])
    def test_nor_can_it_be_changed(self, place, case, path):
        fields = {"words": "Mine.", "person_id": str(place.loop.person.id), **boxes("told_on")}
        wanted = {"/notes": ["words"], "/closing": ["words"], "/affected/person": ["person_id"]}
        given = {name: fields[name] for name in wanted.get(path, boxes("told_on"))}

        theirs = place.stranger.post(case + path, page=OFFICE, **given)
        nobodys = place.stranger.post(f"{OFFICE}/incidents/{uuid4()}{path}", page=OFFICE, **given)

        assert (theirs.status_code, nobodys.status_code) == (404, 404)
        assert len(cases(CaseEntry)) == 1

    @pytest.mark.parametrize("role", ELSE)
    def test_no_other_role_comes_in(self, place, case, role):
        colleague = browser_of(place, role)

        for path in (OFFICE, f"{OFFICE}/incidents", f"{OFFICE}/incidents/new", *(case + path for path in self.PATHS)):
            assert colleague.get(path).status_code == 403, path
        assert colleague.post(f"{case}/closing", page="/help", words="Hush.").status_code == 403
        assert cases()[0].closed_at is None

    def test_who_is_not_signed_in_is_asked_to(self, place, case):
        assert "/sign-in" in Browser(place.app).get(case).location
