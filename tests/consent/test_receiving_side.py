"""A receiver hears that nothing more goes back, never why; the sender hears the rule and what can be done."""

from datetime import date, timedelta

import pytest
from sqlmodel import col, select

from cie import consent
from cie.consent import DataSet, Decision, Disclosure, Element
from cie.directory import Category
from cie.participants.models import Agreement, ParticipantKind
from tests.factories import NOON, make_consent, make_loop

LATER = NOON + timedelta(days=2)
YESTERDAY = date(2026, 11, 23)


def revoked(session, loop, record):
    record.revoked_at = NOON


def expired(session, loop, record):
    record.expires_on = YESTERDAY


def narrowed(session, loop, record):
    record.categories = [Category.HOUSING.value]


def said_no(session, loop, record):
    make_consent(session, loop.person, decision=Decision.DO_NOT_SHARE, given_at=LATER)


def agreement_ended(session, loop, record):
    end_agreement_of(session, loop.clinic)


def end_agreement_of(session, organization):
    query = select(Agreement).where(col(Agreement.organization_id) == organization.id)
    session.execute(query).scalar_one().ends_on = YESTERDAY


def clinic_left(session, loop, record):
    loop.clinic.is_active = False


ENDINGS = [revoked, expired, narrowed, said_no, agreement_ended, clinic_left]


@pytest.fixture
def loop(session):
    return make_loop(session)


def ended(session, loop, ending):
    (record,) = consent.consents_of(session, loop.clinic.id, loop.person.id)
    ending(session, loop, record)
    session.flush()


def ruling(session, loop, *, back, **fields):
    sides = (loop.pantry.id, loop.clinic.id) if back else (loop.clinic.id, loop.pantry.id)
    words = [Element("text", "The box is packed")]
    values = {"person": loop.person, "data_set": DataSet.MESSAGE, "elements": words}
    request = Disclosure(discloser_id=sides[0], recipient_id=sides[1], **{**values, **fields})
    return consent.preview(session, request, at=LATER)


def test_while_it_holds_both_sides_write(session, loop):
    assert ruling(session, loop, back=True).refusal is None
    assert ruling(session, loop, back=False).refusal is None


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_receiver_hears_the_same_of_every_ending(session, loop, ending):
    ended(session, loop, ending)

    found = ruling(session, loop, back=True)

    assert found.permitted == ()
    assert found.refusal == consent.NO_FURTHER_UPDATES
    assert {each.refusal for each in found.withheld} == {consent.NO_FURTHER_UPDATES}


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_sender_hears_its_rule(session, loop, ending):
    ended(session, loop, ending)

    refusal = ruling(session, loop, back=False).refusal

    assert refusal != consent.NO_FURTHER_UPDATES
    assert refusal.sentence and refusal.source


@pytest.mark.parametrize("ending", [None, *ENDINGS])
def test_a_rule_of_the_receiver_itself_is_named_whatever_the_person_said(session, loop, ending):
    loop.pantry.kind = ParticipantKind.VICTIM_SERVICES
    if ending is not None:
        ended(session, loop, ending)

    assert ruling(session, loop, back=True).refusal.rule == "vawa"


@pytest.mark.parametrize("ending", [None, *ENDINGS])
def test_a_receiver_without_an_agreement_hears_that_of_itself(session, loop, ending):
    end_agreement_of(session, loop.pantry)
    if ending is not None:
        ended(session, loop, ending)

    assert "Your organization has no current" in ruling(session, loop, back=True).refusal.sentence
