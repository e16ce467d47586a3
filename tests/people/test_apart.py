"""Nobody whom a victim service serves can be told from what is kept of others, or found by them, not even hashed.

34 U.S.C. 12291(b)(2), 45 CFR 1370.4, 28 CFR 94.115.
"""

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import LargeBinary, select

from cie import messaging, participants, people, schema
from cie.access import SYSTEM, Actor, Role
from cie.db import match_key
from cie.events import NETWORK
from cie.messaging import TextMessage
from cie.messaging.models import PhoneStop, TextQuestion
from cie.messaging.telling import is_stopped
from cie.participants import Participant, ParticipantKind
from cie.people import ContactKind, ContactPoint, ContactState, NewPerson, Person, Safety
from cie.people.birth import BirthDate, Precision
from cie.people.models import DangerAlert
from tests.factories import NOON, make_participant, staff_of

PHONE, CIN, EMAIL = "+15595550142", "91234567A", "aster@post.example.org"
VICTIM_SERVICES = ParticipantKind.VICTIM_SERVICES
ASTER = NewPerson(given_name="Aster", family_name="Moreno", birth=BirthDate(1992, 3, 27, Precision.EXACT), zip="93702")


@dataclass
class Place:
    """An organization that serves Aster."""

    organization: Participant
    worker: Actor
    person: Person
    phone: ContactPoint


def serve(session, kind=ParticipantKind.CLINIC) -> Place:
    """An organization begins to serve her, and asks by text how it went."""
    organization = make_participant(session, kind=kind)
    worker = staff_of(organization, Role.NAVIGATOR)
    person = people.add_person(session, worker, ASTER, at=NOON)
    who = {"person_id": person.id, "safety": Safety.SAFE, "at": NOON}
    permitted = {"may_text": True, "wording_version": people.TEXT_PERMISSION_WORDING["version"]}
    phone = people.add_contact(session, worker, kind=ContactKind.SMS, value=PHONE, **permitted, **who)
    people.add_contact(session, worker, kind=ContactKind.EMAIL, value=EMAIL, **who)
    people.add_identifier(session, worker, person.id, "cin", CIN, at=NOON)
    messaging.tell(session, person, "help-started", person.id, at=NOON)
    return Place(organization, worker, person, phone)


def text_in(session, body="they said friday maybe", number=iter(range(1000))) -> TextMessage:
    id = f"SM{next(number)}"
    messaging.receive(session, phone=PHONE, body=body, gateway_id=id, at=NOON)
    return session.execute(select(TextMessage).where(TextMessage.gateway_id == id)).scalar_one()


def marks(session, place: Place) -> set[Any]:
    """Every value in the rows of an organization that is not in clear, and the orders of what it has queued."""
    session.flush()
    found: set[Any] = {
        row["order_key"] for row in session.info["outbox"] if row["organization_id"] == place.organization.id
    }
    for table in schema.metadata.sorted_tables:
        columns = [c for c in table.columns if isinstance(c.type, LargeBinary)]
        if columns and "organization_id" in table.columns:
            query = select(*columns).where(table.c.organization_id == place.organization.id)
            found |= {value for row in session.execute(query) for value in row if value}
    return found


class TestNothingIsEqual:
    def test_of_one_person_at_a_clinic_and_at_a_victim_service(self, session):
        clinic, refuge, other = serve(session), serve(session, VICTIM_SERVICES), serve(session, VICTIM_SERVICES)
        for _n in range(2):
            text_in(session)

        of_clinic, of_refuge, of_other = (marks(session, place) for place in (clinic, refuge, other))

        assert min(map(len, (of_clinic, of_refuge, of_other))) > 20
        assert of_clinic & of_refuge == of_clinic & of_other == of_refuge & of_other == set()

    def test_two_that_do_not_stand_apart_have_their_phones_in_common(self, session):
        """So that the comparison would show it."""
        one, other = serve(session), serve(session)

        assert marks(session, one) & marks(session, other) >= {match_key(f"phone:{PHONE}"), one.phone.value_key}

    def test_the_phone_of_a_person_is_not_marked_like_their_name_keys(self, session):
        refuge = serve(session, VICTIM_SERVICES)

        assert refuge.phone.value_key != match_key(f"phone:{PHONE}", refuge.organization.id)


class TestNobodyFindsThem:
    @pytest.mark.parametrize("typed", ["Aster Moreno", PHONE, CIN])
    def test_a_search_shows_each_its_own(self, session, typed):
        clinic, refuge = serve(session), serve(session, VICTIM_SERVICES)
        stranger = staff_of(make_participant(session), Role.NAVIGATOR)

        found = [people.find_people(session, who, typed) for who in (clinic.worker, refuge.worker, stranger)]

        assert found == [[clinic.person], [refuge.person], []]

    def test_nor_does_the_check_for_duplicates(self, session):
        clinic, refuge = serve(session), serve(session, VICTIM_SERVICES)
        stranger = staff_of(make_participant(session), Role.NAVIGATOR)

        found = [
            people.likely_duplicates(session, who, ASTER, [PHONE]) for who in (clinic.worker, refuge.worker, stranger)
        ]

        assert [[each.person for each in likely] for likely in found] == [[clinic.person], [refuge.person], []]

    def test_a_number_may_be_on_file_in_both(self, session):
        clinic, refuge = serve(session), serve(session, VICTIM_SERVICES)

        for place in (clinic, refuge):
            (number,) = people.identifiers_of(session, place.person)
            assert number.value == CIN


class TestTexts:
    def test_what_its_people_write_comes_to_it(self, session):
        refuge = serve(session, VICTIM_SERVICES)

        message = text_in(session)

        assert (message.organization_id, message.person_id) == (refuge.organization.id, refuge.person.id)
        assert message.phone_key == refuge.phone.value_key
        assert message.body == "they said friday maybe"

    def test_danger_opens_an_alert_there(self, session):
        refuge = serve(session, VICTIM_SERVICES)

        text_in(session, "my husband hit me again and I am scared")

        alert = session.execute(select(DangerAlert)).scalar_one()
        assert alert.organization_id == refuge.organization.id

    def test_danger_from_a_number_that_was_removed_there_still_does(self, session):
        refuge = serve(session, VICTIM_SERVICES)
        people.remove_contact(session, refuge.worker, refuge.phone.id, at=NOON)

        text_in(session, "my husband hit me again and I am scared")

        assert session.execute(select(DangerAlert)).scalar_one().organization_id == refuge.organization.id

    def test_a_stop_holds_for_the_phone_wherever_it_is_on_file(self, session):
        clinic, refuge = serve(session), serve(session, VICTIM_SERVICES)

        text_in(session, "STOP")

        (stop,) = session.execute(select(PhoneStop)).scalars()
        assert is_stopped(session, clinic.phone) and is_stopped(session, refuge.phone)
        assert stop.phone_key != refuge.phone.value_key
        text_in(session, "START")
        assert not is_stopped(session, clinic.phone) and not is_stopped(session, refuge.phone)

    def test_a_wrong_number_is_wrong_for_both(self, session):
        clinic, refuge = serve(session), serve(session, VICTIM_SERVICES)

        text_in(session, "wrong number")

        assert {clinic.phone.state, refuge.phone.state} == {ContactState.WRONG_NUMBER}

    def test_one_question_may_be_open_at_each_and_the_newest_is_answered(self, session):
        clinic, refuge = serve(session), serve(session, VICTIM_SERVICES)
        for hour, place in enumerate((clinic, refuge), 1):
            session.add(a_question(place, NOON.replace(hour=hour)))
        session.flush()

        answered = messaging.receive(session, phone=PHONE, body="1", gateway_id="SM-answer", at=NOON)

        assert answered is not None and answered.point == refuge.phone

    def test_of_a_number_that_nobody_has_the_network_keeps_its_own_mark(self, session):
        make_participant(session, kind=VICTIM_SERVICES)

        message = text_in(session)

        assert (message.organization_id, message.phone_key) == (NETWORK, match_key(f"phone:{PHONE}"))


def a_question(place: Place, at) -> TextQuestion:
    return TextQuestion(
        organization_id=place.organization.id, person_id=place.person.id, contact_point_id=place.phone.id,
        phone_key=place.phone.value_key, question="help", subject_id=place.person.id, asked_at=at,
        expires_at=NOON.replace(year=2027),
    )  # fmt: skip


class TestFilingAnew:
    """An organization that joined before there were keys of its own."""

    def test_its_people_are_found_as_before_and_nothing_is_equal(self, session, monkeypatch):
        clinic = serve(session)
        with monkeypatch.context() as patch:
            patch.setattr("tests.factories.give_key", lambda *_who, **_when: None)
            refuge = serve(session, VICTIM_SERVICES)
        text_in(session)
        session.add(a_question(refuge, NOON))
        session.flush()
        assert marks(session, clinic) & marks(session, refuge) != set()

        participants.give_key(session, SYSTEM, refuge.organization, at=NOON)
        people.refile_people(session, refuge.organization.id)
        messaging.refile_texts(session, refuge.organization.id)

        for typed in ("Aster Moreno", PHONE, CIN):
            assert people.find_people(session, refuge.worker, typed) == [refuge.person]
        assert text_in(session).phone_key == refuge.phone.value_key
        session.info["outbox"] = [
            row for row in session.info["outbox"] if row["organization_id"] != refuge.organization.id
        ]
        assert marks(session, clinic) & marks(session, refuge) == set()
