"""Asking whether a permission stands elsewhere: before, the answer, and who can see afterwards that it was asked."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest
from sqlalchemy import delete
from sqlmodel import col, select

from cie.access import Role
from cie.consent import Consent, Decision, NetworkRole
from cie.consent.models import NetworkPolicy
from cie.db import reading, transaction
from cie.events import AuditEntry
from cie.participants.models import ParticipantKind
from cie.people import Person
from cie.people.filing import file_person
from cie.people.models import BlockingKey
from tests.consent.test_queries import PART2, on_file
from tests.factories import NOON, add, make_participant, make_staff
from tests.noninterference.normaliser import normal_body
from tests.support.web import make_app, signed_in
from tests.web.my_place import make_my_place, text
from tests.web.test_duties import NOTICE

NOW = datetime.now(UTC)
NOTHING = "No permission that you may know of."


@pytest.fixture
def place(database, migrated):
    """A pantry that serves somebody who has a page of their own at a clinic."""
    app = make_app(migrated)
    theirs = make_my_place(app)
    with transaction() as session:
        file_person(session, session.get_one(Person, theirs.person_id))
        own = on_file(session, theirs.pantry)
        worker, officer = make_staff(session, theirs.pantry), make_staff(session, theirs.pantry, Role.PRIVACY_OFFICER)
        other = make_staff(session, theirs.clinic, Role.NAVIGATOR, Role.PRIVACY_OFFICER)
    path = f"/people/{own.id}/permission-elsewhere"
    browsers = [signed_in(app, user) for user in (worker, officer, other)]
    names = ("wren", "officer", "sorrel")
    return SimpleNamespace(app=app, theirs=theirs, own=own, path=path, **dict(zip(names, browsers, strict=True)))


def ask(place, browser=None, **fields):
    return (browser or place.wren).post(place.path, **{"purpose": "COC", **fields})


def yes(place, **fields) -> UUID:
    return place.theirs.yes(recipient_ids=[str(place.theirs.pantry.id)], **fields)


class TestBefore:
    def test_the_page_says_who_will_see_that_it_was_asked(self, place):
        page = text(place.wren.get(place.path))

        assert "Who tells you of one can see that you asked, and so can the person." in page
        assert "You can ask 20 times a day." in page

    def test_the_permissions_of_the_person_lead_to_it(self, place):
        assert place.path in text(place.wren.get(f"/people/{place.own.id}/consents"))
        assert place.path not in text(place.officer.get(f"/people/{place.own.id}/consents"))

    def test_only_who_treats_chooses_what_for(self, place):
        before = text(place.wren.get(place.path))
        with transaction() as session:
            session.merge(place.theirs.pantry).kind = ParticipantKind.CLINIC

        after = text(place.wren.get(place.path))

        assert "To treat the person" in after and "To treat the person" not in before

    def test_without_a_birth_date_it_says_what_is_missing(self, place):
        with transaction() as session:
            session.get_one(Person, place.own.id).birth_text = None

        answers = [place.wren.get(place.path), ask(place)]

        assert [answer.status_code for answer in answers] == [200, 409]
        assert all("Write down the whole birth date" in text(a) and "Ask now" not in text(a) for a in answers)

    def test_a_victim_service_is_told_why_it_cannot(self, place):
        with transaction() as session:
            refuge = make_participant(session, name="Safe Harbor", kind=ParticipantKind.VICTIM_SERVICES)
            person, user = on_file(session, refuge), make_staff(session, refuge)

        page = text(signed_in(place.app, user).get(f"/people/{person.id}/permission-elsewhere"))

        assert "Your organization stands apart" in page


class TestAnswer:
    def test_it_tells_where_for_what_kinds_and_until_when_and_not_who_signed(self, place):
        yes(place, signer_name="Sky Thistle", expires_on=(NOW + timedelta(days=60)).date())

        answer = ask(place)

        page = text(answer)
        assert answer.status_code == 200 and answer.request.path == place.path and not answer.request.args
        assert "Blue Kite Clinic" in page and "Housing" in page and "To help the person" in page
        assert NOTHING not in page and "Sky Thistle" not in page and "Aster" not in page

    def test_all_others_get_the_same_bytes(self, place):
        with transaction() as session:
            session.execute(delete(BlockingKey).where(col(BlockingKey.person_id) == place.theirs.person_id))
        unknown = ask(place)
        with transaction() as session:
            file_person(session, session.get_one(Person, place.theirs.person_id))
        answers = [unknown, ask(place)]
        given = yes(place)
        place.theirs.yes(decision=Decision.DO_NOT_SHARE, categories=[])
        answers.append(ask(place))
        with transaction() as session:
            session.get_one(Consent, given).expires_on = (NOW - timedelta(days=2)).date()
        answers.append(ask(place))

        assert len({(answer.status_code, normal_body(answer.data)) for answer in answers}) == 1
        assert NOTHING in text(unknown)

    def test_treatment_records_come_with_their_notice(self, place):
        with transaction() as session:
            counsel = {"counsel": "R", "source": "M", "effective_on": NOON.date(), "recorded_at": NOON}
            add(session, NetworkPolicy(role=NetworkRole.QSO, **counsel))
        yes(place, **PART2)

        page = text(ask(place))

        assert NOTICE in page and "Alcohol and drug treatment" in page

    def test_what_for_must_be_chosen(self, place):
        answer = ask(place, purpose="")

        assert answer.status_code == 422 and "What for: choose one" in text(answer)

    def test_nobody_else_asks(self, place):
        assert ask(place, place.officer).status_code == 403
        assert ask(place, place.sorrel).status_code == 404


class TestAfterwards:
    def test_the_other_side_sees_who_asked(self, place):
        yes(place)
        ask(place)

        page = text(place.sorrel.get(f"/people/{place.theirs.person_id}/shared"))

        assert "Lantern Pantry" in page and "They asked if there is a permission." in page
        assert "Stop sharing" not in page.partition("<main")[2]

    def test_so_does_the_person_on_their_own_page(self, place):
        yes(place)
        ask(place)

        page = text(place.theirs.inside().get("/my/seen"))

        assert "Lantern Pantry" in page and "They asked if you allow sharing." in page

    def test_that_a_part2_program_asked_is_shown_with_the_notice(self, place):
        with transaction() as session:
            counsel = {"counsel": "R", "source": "M", "effective_on": NOON.date(), "recorded_at": NOON}
            add(session, NetworkPolicy(role=NetworkRole.QSO, **counsel))
            session.merge(place.theirs.pantry).is_part2_program = True
        yes(place, **PART2)
        ask(place)

        page = text(place.sorrel.get(f"/people/{place.theirs.person_id}/shared"))

        assert "Lantern Pantry" in page and NOTICE in page

    def test_the_accounting_holds_it(self, place):
        yes(place)
        ask(place)

        page = text(place.sorrel.get(f"/people/{place.theirs.person_id}/accounting"))

        assert "They asked if there is a permission." in page

    def test_where_nothing_was_told_nothing_shows(self, place):
        ask(place)

        assert "Lantern Pantry" not in text(place.theirs.inside().get("/my/seen"))
        assert "Lantern Pantry" not in text(place.sorrel.get(f"/people/{place.theirs.person_id}/shared"))

    def test_both_audit_chains_hold_it(self, place):
        yes(place)
        ask(place)

        with reading() as session:
            asked = select(AuditEntry).where(col(AuditEntry.action).in_(["permission.ask", "permission.tell"]))
            found = {(row.action, row.stream, row.person_id) for row in session.exec(asked)}
        pantry, clinic = str(place.theirs.pantry.id), str(place.theirs.clinic.id)
        assert found == {
            ("permission.ask", pantry, place.own.id),
            ("permission.tell", clinic, place.theirs.person_id),
        }
