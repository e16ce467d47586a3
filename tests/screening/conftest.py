"""Somebody whom a clinic asks, its staff, and the AHC tool."""

from collections.abc import Callable

import pytest
from uuid_utils.compat import uuid7

from cie import screening
from cie.access import SYSTEM, Actor, Role
from cie.participants import Participant
from cie.people import Person
from cie.screening import QuestionnaireRow, Screening
from tests.factories import NOON, make_participant, make_person, staff_of


@pytest.fixture
def clinic(session) -> Participant:
    return make_participant(session, name="Blue Kite Clinic", on_call_user_id=uuid7())


@pytest.fixture
def staff(clinic) -> Actor:
    return staff_of(clinic, Role.NAVIGATOR)


@pytest.fixture
def person(session, clinic) -> Person:
    return make_person(session, clinic)


@pytest.fixture
def ahc(session) -> QuestionnaireRow:
    return screening.import_shipped(session, SYSTEM, at=NOON)[0]


@pytest.fixture
def record(session, staff, person, ahc) -> Callable[..., Screening]:
    """Record answers to the questions of the AHC tool."""

    def recorded(answers, **said):
        return screening.record_screening(session, staff, person.id, ahc.id, answers, **{"at": NOON, **said})

    return recorded
