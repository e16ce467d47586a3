"""Opening more of a person's record in an emergency: a release with an end, and the record that the law asks for.

42 CFR 2.51(c): who received it and where they work, who disclosed it, when, and what the emergency was.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Select, or_, select
from sqlmodel import Field, Session, col

from cie import events
from cie.access import SYSTEM, Actor
from cie.consent.ending import end_releases
from cie.consent.models import EmergencyKind, Release
from cie.db import Sealed, Table, at_field, code_field, id_field, sealed_field
from cie.errors import NotFound

PAGE = 200


class EmergencyAccess(Table, table=True):
    """A member of staff of `recipient_id` read more of a person of `organization_id` in an emergency, until `until_at`.

    `record`: the names as they were then: `receiver`, their `affiliation`, and `discloser`.
    """

    __tablename__ = "emergency_access"
    __table_args__ = (
        Index("ix_emergency_access_discloser", "organization_id", "opened_at"),
        Index("ix_emergency_access_recipient", "recipient_id", "opened_at"),
        Index("ix_emergency_access_task", "task_id", "recipient_id"),
        Index("ix_emergency_access_until", "until_at"),
    )

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    recipient_id: UUID = Field(foreign_key="participant.id")
    person_id: UUID = Field(foreign_key="person.id")
    referral_id: UUID
    task_id: UUID
    release_id: UUID = Field(foreign_key="release.id", unique=True)
    kind: EmergencyKind = code_field(EmergencyKind)
    opened_by_id: UUID
    opened_at: datetime = at_field()
    until_at: datetime = at_field()
    reason_sealed: bytes | None = sealed_field()
    record_sealed: bytes | None = sealed_field()

    reason = Sealed[str]("reason_sealed")
    record = Sealed[dict[str, Any]]("record_sealed")


def emergency_open_now(
    session: Session, recipient_id: UUID, task_id: UUID, *, at: datetime
) -> tuple[EmergencyAccess, Release] | None:
    """What one recipient may read now beyond the referral itself. Its end counts also when nobody wrote it down yet."""
    query = (
        select(EmergencyAccess, Release)
        .join(Release, col(Release.id) == col(EmergencyAccess.release_id))
        .where(
            col(EmergencyAccess.task_id) == task_id,
            col(EmergencyAccess.recipient_id) == recipient_id,
            col(EmergencyAccess.until_at) > at,
            col(Release.ended_at).is_(None),
        )
        .order_by(col(EmergencyAccess.opened_at).desc())
        .limit(1)
    )
    found = session.execute(query).first()
    return (found[0], found[1]) if found else None


def emergencies_of(organization_id: UUID) -> Select[EmergencyAccess]:
    """Every opening in which an organization told or was told, newest first."""
    is_side = or_(
        col(EmergencyAccess.organization_id) == organization_id, col(EmergencyAccess.recipient_id) == organization_id
    )
    return (
        select(EmergencyAccess)
        .where(is_side)
        .order_by(col(EmergencyAccess.opened_at).desc(), col(EmergencyAccess.id).desc())
    )


def get_emergency(session: Session, actor: Actor, access_id: UUID) -> EmergencyAccess:
    """One opening in which the caller's organization told or was told. Raises NotFound."""
    query = emergencies_of(actor.organization).where(col(EmergencyAccess.id) == access_id)
    found: EmergencyAccess | None = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such record")
    return found


def emergencies_past_their_end(session: Session, *, at: datetime) -> Sequence[UUID]:
    """At most so many openings whose time is over while their release is not ended yet, oldest first."""
    query = (
        select(col(EmergencyAccess.id))
        .join(Release, col(Release.id) == col(EmergencyAccess.release_id))
        .where(col(EmergencyAccess.until_at) <= at, col(Release.ended_at).is_(None))
        .order_by(col(EmergencyAccess.until_at))
        .limit(PAGE)
    )
    return session.execute(query).scalars().all()


def end_emergency(session: Session, access_id: UUID, *, at: datetime) -> bool:
    """End the release of an opening whose time is over; whether there was anything to end. Safe to run twice."""
    access = session.get_one(EmergencyAccess, access_id)
    release = session.get_one(Release, access.release_id, with_for_update=True, populate_existing=True)
    if release.ended_at is not None or access.until_at > at:
        return False
    end_releases(session, SYSTEM, [release], at=at)
    for side in (access.organization_id, access.recipient_id):
        events.record(session, SYSTEM, "emergency.end", access, at=at, organization_id=side)
    return True
