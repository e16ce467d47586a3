"""The pages of legal holds, of the times for which records are kept, and of erasing, one by one or many at once."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from cie import referrals, retention
from cie.access import Role
from cie.db import reading, transaction
from cie.identity.models import UserSession
from cie.participants import ParticipantKind
from cie.people import ContactPoint, Person
from cie.retention import LegalHold, Tombstone
from tests.factories import add, make_participant, make_person, make_service, make_staff, send_one, staff_of
from tests.retention.filling import grant_deletion
from tests.support.web import signed_in
from tests.web.privacy_place import ELSE, actions, boxes, browser_of, make_place
from tests.web.test_settings import text_of

NOW = datetime.now(UTC)
RETENTION = "/privacy-office/retention"


@pytest.fixture
def place(database, migrated):
    return make_place(migrated)


def path_of(person, what="erasing"):
    return f"/privacy-office/people/{person.id}/{what}"


def grant(place):
    with transaction() as session:
        officer = staff_of(place.loop.clinic, Role.PRIVACY_OFFICER, id=place.officer.id)
        grant_deletion(session, officer, place.loop.person.id)


def hold(place, **fields):
    return place.browser.post(path_of(place.loop.person, "holds"), **{"reason": "The court needs it", **fields})


def is_erased(person) -> bool:
    with reading() as session:
        return session.get_one(Person, person.id).erased_at is not None


def make_old(place, **names) -> Person:
    """Somebody of whom nothing happened for thirty years."""
    with transaction() as session:
        return make_person(session, place.loop.clinic, created_at=NOW - timedelta(days=11000), **names)


class TestHolds:
    def test_one_is_set_from_the_person_and_lifted(self, place):
        answer = hold(place)

        page = text_of(place.browser.get(answer.location))
        assert "Saved. Nobody can erase this record now." in page
        assert "The court needs it" in page and "until it is lifted. By Merlin Sedge." in page
        assert "Aster Moreno" in text_of(place.browser.get("/privacy-office/holds"))
        lifting = re.search(r'action="(/privacy-office/holds/[^"]+/lifting)"', page).group(1)
        lifted = place.browser.post(lifting, page=path_of(place.loop.person, "holds"))
        assert "No hold is on this record." in text_of(place.browser.get(lifted.location))
        assert "There is no hold." in text_of(place.browser.get("/privacy-office/holds"))
        again = place.browser.post(lifting, page=path_of(place.loop.person, "holds"))
        assert again.status_code == 409 and "This hold has already ended." in text_of(again)

    def test_one_is_set_for_a_legal_demand(self, place):
        new = {"kind": "subpoena", "asker": "Thrush", "scope": "All", "form_id": "one", **boxes("received_on")}
        demand = place.browser.post("/privacy-office/demands", page="/privacy-office/demands/new", **new)
        demand_id = re.search(r"demands/([0-9a-f-]{36})", demand.location).group(1)
        place.browser.post(
            f"/privacy-office/demands/{demand_id}/people/more",
            page=f"/privacy-office/demands/{demand_id}/people",
            person_id=str(place.loop.person.id),
        )
        found = text_of(place.browser.get(f"/privacy-office/demands/{demand_id}/people"))
        link = f"{path_of(place.loop.person, 'holds')}?demand={demand_id}"
        assert f'href="{link}"' in found

        assert "For the legal demand: Subpoena" in text_of(place.browser.get(link))
        hold(place, demand=demand_id)

        assert f'href="/privacy-office/demands/{demand_id}"' in text_of(
            place.browser.get(path_of(place.loop.person, "holds"))
        )

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"reason": ""}, "Why: write it down"),
            (boxes("until_on", 1), "Last day of the hold: choose today or a day to come"),
            ({"until_on_month": "13"}, "Last day of the hold: enter a month, a day and a year that exist"),
        ],
    )
    def test_what_is_wrong_is_named_and_what_was_typed_stays(self, place, fields, words):
        answer = hold(place, **fields)

        assert answer.status_code == 422 and words in text_of(answer)
        assert ("The court needs it" in text_of(answer)) is ("reason" not in fields)

    def test_of_others_it_is_not_there(self, place):
        hold(place)
        with reading() as session:
            hold_id = session.execute(select(LegalHold.id)).scalar_one()

        assert place.stranger.get(path_of(place.loop.person, "holds")).status_code == 404
        for who, id_ in ((place.stranger, hold_id), (place.browser, uuid4())):
            assert who.post(f"/privacy-office/holds/{id_}/lifting", page="/privacy-office").status_code == 404
        assert hold(place, demand=str(uuid4())).status_code == 404


class TestErasing:
    def test_what_goes_and_stays_is_said_and_the_button_needs_a_ground(self, place):
        page = text_of(place.browser.get(path_of(place.loop.person)))

        assert "There is no ground to erase it now." in page
        assert "This goes for good" in page and "This stays" in page
        assert "Erase for good" not in page
        answer = place.browser.post(path_of(place.loop.person), ground="request")
        assert answer.status_code == 409 and "There is no ground to erase this record now." in text_of(answer)

    def test_it_is_erased_and_lists_say_when(self, place):
        with transaction() as session:
            referral, _task = send_one(session, place.loop, at=NOW)
        grant(place)
        page = text_of(place.browser.get(path_of(place.loop.person)))
        assert "1 open referral ends. Those who were asked see that it ended, not why." in page

        answer = place.browser.post(path_of(place.loop.person), ground="request")

        assert is_erased(place.loop.person)
        assert "record.erase" in actions()
        wren = signed_in(place.app, place.wren)
        for browser, where in (
            (place.browser, answer.location),
            (place.browser, "/privacy-office/requests?show=all"),
            (wren, f"/people/{place.loop.person.id}"),
            (wren, f"/people/{place.loop.person.id}/shared"),
            (wren, f"/referrals/{referral.id}"),
        ):
            shown = browser.get(where)
            assert shown.status_code == 200 and "Erased on " in text_of(shown), where
            assert "Aster" not in text_of(shown) and "Moreno" not in text_of(shown)
        for offered in ("Refer again", "Save note for us", "Print a sheet"):
            assert offered not in text_of(wren.get(f"/referrals/{referral.id}"))
        with reading() as session:
            assert session.execute(select(ContactPoint)).scalars().all() == []
            assert session.execute(select(Tombstone.erased_by_id)).scalar_one() == place.officer.id

    def test_the_case_and_its_paper_stay_readable_without_words(self, place):
        grant(place)
        listed = text_of(place.browser.get("/privacy-office/requests?show=closed"))
        case = re.search(r'href="(/privacy-office/requests/[0-9a-f-]{36})"', listed).group(1)
        place.browser.post(path_of(place.loop.person), ground="request")

        for path in (case, f"{case}/sheet"):
            page = text_of(place.browser.get(path))
            assert "We said yes" in page and "kettle" not in page and "Erased" in page

    def test_the_one_who_was_asked_sees_that_it_ended(self, place):
        with transaction() as session:
            referral, task = send_one(session, place.loop, at=NOW)
            worker = make_staff(session, place.loop.pantry, Role.CASEWORKER)
        with transaction() as session:
            referrals.accept(session, staff_of(place.loop.pantry), task.id, at=NOW)
        grant(place)
        pantry = signed_in(place.app, worker)
        assert "Aster" in text_of(pantry.get(f"/referrals/{referral.id}"))

        place.browser.post(path_of(place.loop.person), ground="request")

        page = pantry.get(f"/referrals/{referral.id}")
        assert page.status_code == 200 and "Aster" not in text_of(page) and "Erased" not in text_of(page)
        assert pantry.get("/worklist").status_code == 200

    def test_what_stands_in_the_way_is_named_with_where_it_is(self, place):
        grant(place)
        hold(place)
        place.browser.post(
            f"/privacy-office/people/{place.loop.person.id}/requests/new",
            kind="access", asked="A copy", form_id="x", **boxes("received_on"),
        )  # fmt: skip

        page = text_of(place.browser.get(path_of(place.loop.person)))

        assert "It cannot be erased now. This has to end first." in page
        assert "Legal hold: The court needs it" in page and "Not answered yet: See it or get a copy" in page
        answer = place.browser.post(path_of(place.loop.person), ground="request")
        assert answer.status_code == 409 and not is_erased(place.loop.person)
        assert "A legal hold is on this record." in text_of(answer)

    @pytest.mark.parametrize("fields", [{}, {"ground": "whim"}])
    def test_the_ground_is_chosen(self, place, fields):
        grant(place)

        answer = place.browser.post(path_of(place.loop.person), **fields)

        assert answer.status_code == 422 and "Why it is erased: choose one" in text_of(answer)

    def test_both_factors_are_asked_again(self, place):
        grant(place)
        page = path_of(place.loop.person)
        place.browser.get(page)
        with transaction() as session:
            session.execute(update(UserSession).values(second_factor_at=NOW - timedelta(hours=1)))

        answer = place.browser.post(page, ground="request")

        assert answer.status_code == 303 and "/settings/confirm" in answer.location
        assert not is_erased(place.loop.person)

    def test_of_others_it_is_not_there_and_no_other_role_comes_in(self, place):
        grant(place)
        for path in (path_of(place.loop.person), path_of(place.loop.person, "holds")):
            assert place.stranger.get(path).status_code == 404
            assert browser_of(place, ELSE[0]).get(path).status_code == 403
        assert place.stranger.post(path_of(place.loop.person), ground="request").status_code == 404
        assert browser_of(place, Role.NAVIGATOR).post(
            path_of(place.loop.person), page="/help", ground="request"
        ).status_code == 403  # fmt: skip

    def test_an_erased_record_is_not_erased_twice(self, place):
        grant(place)
        place.browser.post(path_of(place.loop.person), ground="request")

        assert place.browser.get(path_of(place.loop.person)).status_code == 409


class TestPurge:
    def test_a_victim_service_purges_what_it_wrote_about_somebody_referred_to_it(self, place):
        with transaction() as session:
            refuge = make_participant(session, name="Safe Harbor", kind=ParticipantKind.VICTIM_SERVICES)
            service = make_service(session, refuge)
            request = place.loop.request(service_ids=(service.id,), at_person_request=True)
            referral = referrals.send(session, place.loop.navigator, request, previewed=None, at=NOW)
            (task,) = referrals.tasks_of(session, referral)
            officer = make_staff(session, refuge, Role.PRIVACY_OFFICER)
        for verb in (referrals.accept, referrals.complete):
            with transaction() as session:
                verb(session, staff_of(refuge), task.id, at=NOW)
        with transaction() as session:
            referrals.write_note(session, staff_of(refuge), referral.id, "Has a room", at=NOW)
        browser = signed_in(place.app, officer)
        path = f"/privacy-office/referrals/{referral.id}/erasing"
        assert f'href="{path}"' in text_of(browser.get(f"/referrals/{referral.id}"))

        page = text_of(browser.get(path))
        answer = browser.post(path, ground="purge")

        assert "Erase what we wrote about them" in page and "Aster" not in page
        assert "Erased. It cannot be brought back." in text_of(browser.get(answer.location))
        assert "Has a room" not in text_of(browser.get(f"/referrals/{referral.id}"))
        assert browser.get(path).status_code == 404 and not is_erased(place.loop.person)
        assert place.stranger.get(path).status_code == 404


class TestRetention:
    def test_the_times_are_shown_with_where_they_come_from(self, place):
        page = text_of(place.browser.get(RETENTION))

        assert "7 years. In force from Jan 1, 2026" in page.replace("\u00a0", " ")
        assert "Policy of the network, after 45 CFR 164.530(j)(2). Counsel has to confirm it." in page
        assert "Nobody is past their time." in page

    def test_those_past_their_time_are_chosen_checked_and_erased(self, place):
        rowan, sage = make_old(place, given_name="Rowan"), make_old(place, given_name="Sage")
        listed = text_of(place.browser.get(RETENTION))
        assert "Rowan Moreno" in listed and "Sage Moreno" in listed and "Aster" not in listed

        check = text_of(place.browser.post(f"{RETENTION}/check", page=RETENTION, person=[str(rowan.id)]))
        answer = place.browser.post(f"{RETENTION}/erasing", page=RETENTION, person=[str(rowan.id)])

        assert "Rowan Moreno" in check and "Sage" not in check and "Erase 1 record" in check
        assert is_erased(rowan) and not is_erased(sage)
        assert "Rowan" not in text_of(place.browser.get(answer.location))

    def test_all_are_erased_or_none(self, place):
        rowan = make_old(place, given_name="Rowan")
        both = [str(rowan.id), str(place.loop.person.id)]

        answer = place.browser.post(f"{RETENTION}/erasing", page=RETENTION, person=both)

        assert answer.status_code == 409 and not is_erased(rowan)

    @pytest.mark.parametrize("chosen", [[], ["nobody"], [str(uuid4())]])
    @pytest.mark.parametrize("step", ["check"])
    def test_somebody_must_be_chosen(self, place, chosen, step):
        answer = place.browser.post(f"{RETENTION}/{step}", page=RETENTION, person=chosen)

        assert answer.status_code == 422 and "People: choose one or more" in text_of(answer)

    def test_one_on_hold_is_not_listed(self, place):
        rowan = make_old(place, given_name="Rowan")
        with transaction() as session:
            officer = staff_of(place.loop.clinic, Role.PRIVACY_OFFICER)
            retention.set_hold(session, officer, rowan.id, reason="Court", at=NOW)

        assert "Rowan" not in text_of(place.browser.get(RETENTION))

    def test_long_lists_have_pages(self, place):
        with transaction() as session:
            for _number in range(22):
                fields = {"organization_id": place.loop.clinic.id, "created_at": NOW - timedelta(days=11000)}
                add(session, Person(**fields), given_name="Rowan", family_name="Moreno")

        assert "21 to 22" in text_of(place.browser.get(f"{RETENTION}?page=2"))

    def test_the_privacy_page_leads_to_it(self, place):
        page = text_of(place.browser.get("/privacy-office"))

        assert f'href="{RETENTION}"' in page and 'href="/privacy-office/holds"' in page

    @pytest.mark.parametrize("path", [RETENTION, "/privacy-office/holds"])
    def test_no_other_role_comes_in(self, place, path):
        for role in ELSE:
            assert browser_of(place, role).get(path).status_code == 403
