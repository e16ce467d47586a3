"""The records that an export holds, each as a read of it answers: the same functions, the same schemas."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from cie import people, screening
from cie.access import Actor
from cie.api.consents import ConsentSchema, consent_record
from cie.api.needs import NeedSchema
from cie.api.people import PersonSchema, person_record
from cie.api.referral_record import record_of
from cie.api.referral_schemas import ReferralSchema
from cie.exports import Renderer

# made once: making a schema costs more than writing a record with it
_PERSON, _NEED, _CONSENT, _REFERRAL = PersonSchema(), NeedSchema(), ConsentSchema(), ReferralSchema()


def _person(session: Session, actor: Actor, person_id: UUID, _at: datetime) -> Any:
    return _PERSON.dump(person_record(session, people.get_person(session, actor, person_id)))


def _need(session: Session, actor: Actor, need_id: UUID, _at: datetime) -> Any:
    return _NEED.dump(screening.get_need(session, actor, need_id))


def _consent(session: Session, actor: Actor, consent_id: UUID, at: datetime) -> Any:
    return _CONSENT.dump(consent_record(session, actor, consent_id, at=at))


def _referral(session: Session, actor: Actor, referral_id: UUID, at: datetime) -> Any:
    return _REFERRAL.dump(record_of(session, actor, referral_id, at=at))


RENDERERS: Mapping[str, Renderer] = {
    "people": _person,
    "needs": _need,
    "consents": _consent,
    "referrals": _referral,
}
"""By the names of the kinds."""
