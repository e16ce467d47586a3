"""Somebody may be in danger: an urgent matter for the named person on call. Automatic texts pause."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie import events, participants
from cie.access import Actor, Permission, Role, check
from cie.errors import Invalid, NotFound, NotPossibleNow
from cie.people.filing import locked_person
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


def is_told(actor: Actor, alert: DangerAlert) -> bool:
    """Whether this member of staff is told of the alert at once: the person on call, a supervisor, or everybody who
    works with people when nobody was on call.
    """
    on_call = alert.on_call_user_id
    return on_call is None or on_call == actor.id or Role.SUPERVISOR in actor.roles


def get_alert(session: Session, actor: Actor, alert_id: UUID) -> DangerAlert:
    """One alert of the caller's organization; that its person was seen is recorded. Raises NotFound, NotAllowed."""
    alert = session.get(DangerAlert, alert_id)
    if alert is None:
        raise NotFound("There is no such record")
    check(actor, Permission.DANGER_READ, alert)
    events.showed(session, actor, alert.person_id)
    return alert


def has_open_alert(session: Session, person: Person) -> bool:
    """Whether somebody may be in danger and nobody has closed that yet."""
    query = select(col(DangerAlert.id)).where(
        col(DangerAlert.organization_id) == person.organization_id,
        col(DangerAlert.person_id) == person.id,
        col(DangerAlert.closed_at).is_(None),
    )
    return session.execute(query.limit(1)).first() is not None


def pause_texts(session: Session, actor: Actor, person_id: UUID, *, at: datetime) -> Person:
    """No automatic texts go to this person until a worker lets them go on. Raises NotFound, NotAllowed."""
    person = locked_person(session, actor, person_id)
    if person.texts_paused_at is None:
        person.texts_paused_at = at
        session.add(person)
        events.record(session, actor, "text.pause", person, at=at)
    return person


def resume_texts(session: Session, actor: Actor, person_id: UUID, *, at: datetime) -> Person:
    """Automatic texts go on. Raises NotFound, NotAllowed; NotPossibleNow while somebody may be in danger."""
    person = locked_person(session, actor, person_id)
    if has_open_alert(session, person):
        raise NotPossibleNow("Somebody may be in danger. Close that first")
    if person.texts_paused_at is not None:
        person.texts_paused_at = None
        session.add(person)
        events.record(session, actor, "text.resume", person, at=at)
    return person


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
    """Say what was done. Texts go on only when the worker says that this is safe.

    Raises NotFound, NotAllowed, Invalid (no words of what was done), NotPossibleNow (closed already).
    """
    alert = session.get(DangerAlert, alert_id, with_for_update=True)
    if alert is None:
        raise NotFound("There is no such record")
    check(actor, Permission.DANGER_READ, alert)
    if alert.closed_at is not None:
        raise NotPossibleNow("A colleague has already closed this")
    if not note.strip():
        raise Invalid("What was done: write it down", "note")
    alert.closed_at, alert.closed_by_id, alert.note = at, actor.id, note.strip()
    session.add(alert)
    session.flush()
    if resume_texts and not any(a.person_id == alert.person_id for a in open_alerts(session, actor)):
        person = session.get_one(Person, alert.person_id)
        person.texts_paused_at = None
        session.add(person)
    events.record(session, actor, "danger.close", alert, at=at, resumed=resume_texts)
    return alert
