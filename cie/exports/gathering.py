"""Having at hand what the records of a part name, so that they are not looked up one by one.

A session finds there what it loaded for as long as somebody holds it. Nothing of it is shown by that: each record asks
for what it shows, as a read does.
"""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie.consent import Consent
from cie.directory import Service
from cie.participants import Participant
from cie.people import Person
from cie.referrals import Referral, ReferralTask
from cie.screening import Need

Held = Sequence[Any]


def _of(session: Session, model: Any, ids: Collection[UUID]) -> Held:
    held: Held = session.execute(select(model).where(model.id.in_(ids))).scalars().all()
    return held


def people(session: Session, ids: Collection[UUID]) -> Held:
    """Persons."""
    return _of(session, Person, ids)


def needs(session: Session, ids: Collection[UUID]) -> Held:
    """Needs."""
    return _of(session, Need, ids)


def consents(session: Session, ids: Collection[UUID]) -> Held:
    """Consents, and whose they are."""
    found = _of(session, Consent, ids)
    return [found, _of(session, Person, {each.person_id for each in found})]


def referrals(session: Session, ids: Collection[UUID]) -> Held:
    """Referrals and their tasks, whom they are about, who was asked and for which service."""
    found = _of(session, Referral, ids)
    tasks = session.execute(select(ReferralTask).where(col(ReferralTask.referral_id).in_(ids))).scalars().all()
    sides = {each.performer_id for each in tasks} | {each.organization_id for each in found}
    return [
        found,
        tasks,
        _of(session, Person, {each.person_id for each in found}),
        _of(session, Participant, sides),
        _of(session, Service, {each.service_id for each in tasks}),
    ]
