"""A victim service stands in no count of others: what it is asked for is masked, and what it does stays there."""

from datetime import date

import pytest
from sqlmodel import select

from cie import measures, referrals
from cie.access import Role
from cie.db import reading, transaction
from cie.errors import ConsentRequired
from cie.measures import ReferralFact, Whose
from cie.participants import ParticipantKind
from cie.referrals import Request, Urgency
from tests.factories import (
    NOON,
    make_consent,
    make_loop,
    make_participant,
    make_person,
    make_service,
    send_one,
    staff_of,
)


@pytest.fixture
def loop(database):
    with transaction() as session:
        loop = make_loop(session)
        loop.refuge = make_participant(session, name="Safe Harbor", kind=ParticipantKind.VICTIM_SERVICES)
        loop.safe_place = make_service(session, loop.refuge, name="Safe place")
        return loop


def facts():
    with reading() as session:
        return session.exec(select(ReferralFact)).all()


def counts(loop, whose):
    with reading() as session:
        found = measures.summary(session, loop.navigator, whose, date(2026, 11, 1), small_below=1)
        return found.total


def test_what_it_is_asked_for_is_counted_nowhere(loop):
    with transaction() as session:
        send_one(session, loop)
    before = [counts(loop, whose) for whose in Whose]

    with transaction() as session:
        asked = loop.request(service_ids=(loop.safe_place.id,), at_person_request=True)
        masked = referrals.send(session, loop.navigator, asked, previewed=None, at=NOON)
        (task,) = referrals.tasks_of(session, masked)
    with transaction() as session:
        referrals.accept(session, staff_of(loop.refuge), task.id, at=NOON)

    assert masked.id not in {fact.referral_id for fact in facts()}
    assert [counts(loop, whose) for whose in Whose] == before


def test_nobody_it_serves_can_be_in_one(loop):
    with transaction() as session:
        person = make_person(session, loop.refuge)
        make_consent(session, person)
    asked = Request(person.id, "food", Urgency.WEEK, (loop.service.id,))

    with pytest.raises(ConsentRequired), transaction() as session:
        referrals.send(session, staff_of(loop.refuge, Role.NAVIGATOR), asked, previewed=None, at=NOON)

    assert facts() == []
