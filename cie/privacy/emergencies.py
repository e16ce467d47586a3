"""What was opened in an emergency, as the privacy officers of both organizations look at it afterwards.

Each side says for itself whether it was right and what was done; the other side does not read it.
"""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Select, UniqueConstraint, func, select
from sqlmodel import Field, Session, col

from cie import consent, events
from cie.access import Actor, Permission, check
from cie.consent import EmergencyAccess
from cie.db import Sealed, Table, at_field, code_field, id_field, sealed_field
from cie.errors import Invalid, NotPossibleNow
from cie.privacy.history import wrong_words
from cie.privacy.queries import EXACT_TO


class Finding(StrEnum):
    """What a privacy officer found."""

    JUSTIFIED = "justified"
    NOT_JUSTIFIED = "not-justified"


class EmergencyReview(Table, table=True):
    """One organization looked at an opening, once. Append-only."""

    __tablename__ = "emergency_review"
    __table_args__ = (UniqueConstraint("organization_id", "access_id"),)

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    access_id: UUID = Field(foreign_key="emergency_access.id")
    person_id: UUID = Field(foreign_key="person.id")
    finding: Finding = code_field(Finding)
    words_sealed: bytes | None = sealed_field()
    at: datetime = at_field()
    by_id: UUID | None = None

    words = Sealed[str]("words_sealed")


def emergencies(actor: Actor, *, waiting: bool) -> Select[EmergencyAccess]:
    """The openings in which the caller's organization told or was told, newest first; `waiting` for its review only.

    Raises NotAllowed.
    """
    check(actor, Permission.PRIVACY_CASE_MANAGE)
    query = consent.emergencies_of(actor.organization)
    return query.where(col(EmergencyAccess.id).not_in(_reviewed(actor.organization))) if waiting else query


def _reviewed(organization_id: UUID) -> Select[Any]:
    return select(col(EmergencyReview.access_id)).where(col(EmergencyReview.organization_id) == organization_id)


def count_waiting_emergencies(session: Session, actor: Actor) -> int:
    """How many openings wait for the review of the caller's organization; 100 means 100 or more. Raises NotAllowed."""
    some = emergencies(actor, waiting=True).order_by(None).with_only_columns(col(EmergencyAccess.id))
    found: int = session.execute(select(func.count()).select_from(some.limit(EXACT_TO + 1).subquery())).scalar_one()
    return found


def get_emergency(session: Session, actor: Actor, access_id: UUID) -> EmergencyAccess:
    """One opening of the caller's organization, for its privacy officer; that its person was seen is recorded.

    Raises NotFound, NotAllowed.
    """
    check(actor, Permission.PRIVACY_CASE_MANAGE)
    access = consent.get_emergency(session, actor, access_id)
    events.showed(session, actor, access.person_id)
    return access


def reviews_of(session: Session, actor: Actor, access_ids: Collection[UUID]) -> dict[UUID, EmergencyReview]:
    """What the caller's organization found of these openings, by opening."""
    query = select(EmergencyReview).where(
        col(EmergencyReview.organization_id) == actor.organization, col(EmergencyReview.access_id).in_(access_ids)
    )
    return {review.access_id: review for review in session.execute(query).scalars()}


def review_emergency(
    session: Session, actor: Actor, access_id: UUID, *, finding: Finding | None, words: str, at: datetime
) -> EmergencyReview:
    """Say whether an opening was right and what was done. Nobody looks at what they opened themselves.

    Raises NotFound, NotAllowed, Invalid (finding, words), NotPossibleNow (own opening, reviewed already).
    """
    access = get_emergency(session, actor, access_id)
    session.refresh(access, with_for_update=True)
    _require_free(session, actor, access)
    review = EmergencyReview(
        organization_id=actor.organization,
        access_id=access.id,
        person_id=access.person_id,
        finding=_found(finding, words),
        at=at,
        by_id=actor.id,
    )
    review.words = words.strip()
    session.add(review)
    session.flush()
    events.record(session, actor, "emergency.review", review, at=at, finding=review.finding.value)
    return review


def _require_free(session: Session, actor: Actor, access: EmergencyAccess) -> None:
    if reviews_of(session, actor, [access.id]):
        raise NotPossibleNow("A colleague has already looked at this")
    if access.opened_by_id == actor.id:
        raise NotPossibleNow("You opened this yourself. Another privacy officer must look at it")


def _found(finding: Finding | None, words: str) -> Finding:
    faults = [] if finding else [Invalid("Was it right: choose one", "finding")]
    faults += wrong_words("What you found and what was done", "words", words)
    if finding is None or faults:
        raise Invalid.all(faults)
    return finding
