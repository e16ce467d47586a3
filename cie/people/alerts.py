"""Somebody may be in danger: an urgent matter for the named person on call. Automatic texts pause."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie import events, participants
from cie.access import Actor, Permission, check
from cie.errors import NotFound, NotPossibleNow
from cie.people.models import AlertSource, DangerAlert, Person


def raise_alert(
    session: Session,
    actor: Actor,
    person: Person,
    source: AlertSource,
    kind: str,
    source_id: UUID | None,
    *,
    at: datetime,
) -> DangerAlert:
    """Open an alert for the person on call of the organization, and pause automatic texts to this person."""
    organization = participants.get_participant(session, person.organization_id)
    alert = DangerAlert(
        organization_id=person.organization_id,
        person_id=person.id,
        source=source,
        kind=kind,
        source_id=source_id,
        on_call_user_id=organization.on_call_user_id,
        opened_at=at,
    )
    person.texts_paused_at = person.texts_paused_at or at
    session.add_all([alert, person])
    session.flush()
    events.record(session, actor, "danger.raise", alert, at=at, source=source.value)
    return alert


def open_alerts(session: Session, actor: Actor) -> Sequence[DangerAlert]:
    """The alerts of the caller's organization that nobody has closed, oldest first."""
    check(actor, Permission.DANGER_READ)
    query = (
        select(DangerAlert)
        .where(col(DangerAlert.organization_id) == actor.organization_id, col(DangerAlert.closed_at).is_(None))
        .order_by(col(DangerAlert.opened_at))
    )
    return session.execute(query).scalars().all()


def close_alert(
    session: Session, actor: Actor, alert_id: UUID, *, note: str, resume_texts: bool, at: datetime
) -> DangerAlert:
    """Say what was done. Texts go on only when the worker says that this is safe. Raises NotFound, NotPossibleNow."""
    alert = session.get(DangerAlert, alert_id, with_for_update=True)
    if alert is None:
        raise NotFound("There is no such record")
    check(actor, Permission.DANGER_READ, alert)
    if alert.closed_at is not None:
        raise NotPossibleNow("A colleague has already closed this")
    alert.closed_at, alert.closed_by_id, alert.note = at, actor.id, note
    session.add(alert)
    session.flush()
    if resume_texts and not any(a.person_id == alert.person_id for a in open_alerts(session, actor)):
        person = session.get_one(Person, alert.person_id)
        person.texts_paused_at = None
        session.add(person)
    events.record(session, actor, "danger.close", alert, at=at, resumed=resume_texts)
    return alert
