"""Collecting what happened in a session, and writing it once, at the outermost commit.

A verb calls `record`, `queue` or `showed`; these only collect. When the transaction ends, projectors update the
read models, outbox rows are written, and last the audit chains grow. A rollback forgets everything but refusals.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session
from uuid_utils.compat import uuid7

from cie.access import Actor
from cie.db import Database, current, transaction
from cie.events.audit import NETWORK, Event, append
from cie.events.models import Change, DeliveryState, Outbox

Projector = Callable[[Session, Sequence[Event]], None]


def install(database: Database, project: Projector) -> None:
    """Make this database write its events; `project` keeps the read models."""
    database.before_commit[:] = [lambda session: _write(session, project)]
    database.after_reading[:] = [_write_access]
    database.after_refusal[:] = [_write_refusals]


def record(
    session: Session,
    actor: Actor,
    action: str,
    subject: Any,
    *,
    at: datetime,
    organization_id: UUID | None = None,
    **codes: Any,
) -> None:
    """Remember that something was done to `subject`, a record with an id. `codes` hold ids and codes only."""
    event = Event(
        actor,
        action,
        str(subject.__tablename__),
        subject.id,
        at,
        organization_id or actor.organization_id or getattr(subject, "organization_id", None) or NETWORK,
        _person_of(subject),
        subject.id if subject.__tablename__ == "referral" else getattr(subject, "referral_id", None),
        codes,
    )
    session.info.setdefault("events", []).append(event)


def _person_of(subject: Any) -> UUID | None:
    person_id: UUID | None = subject.id if subject.__tablename__ == "person" else getattr(subject, "person_id", None)
    return person_id


def showed(session: Session, actor: Actor, *person_ids: UUID) -> None:
    """Remember that this read shows these persons to the actor."""
    seen = session.info.setdefault("shown", {})
    seen.setdefault(actor, set()).update(person_ids)


def put_off_access(session: Session) -> set[UUID]:
    """Whom this session showed since it was last asked; nothing of that is recorded by its end.

    For what is read now, kept sealed and given out later: whoever gives it out records the access then, each time.
    """
    shown: dict[Actor, set[UUID]] = session.info.pop("shown", {})
    return set().union(*shown.values())


def refused(session: Session, actor: Actor, action: str, subject: Any, *, at: datetime, **codes: Any) -> None:
    """Remember a refusal; it is written after the rollback that the refusal causes."""
    organization_id = actor.organization_id or NETWORK
    event = Event(actor, action, str(subject.__tablename__), subject.id, at, organization_id, codes=codes)
    session.info.setdefault("refusals", []).append(event)


def queue(
    session: Session,
    *,
    kind: str,
    organization_id: UUID,
    destination_id: UUID,
    order_key: str,
    dedup_key: str,
    due_at: datetime,
    person_id: UUID | None = None,
    subject_id: UUID | None = None,
    codes: dict[str, Any] | None = None,
) -> None:
    """Put something in the outbox, once per `dedup_key`. No content: ids and codes."""
    row = {
        "id": uuid7(),
        "organization_id": organization_id,
        "kind": kind,
        "destination_id": destination_id,
        "order_key": order_key,
        "dedup_key": dedup_key,
        "due_at": due_at,
        "state": DeliveryState.WAITING,
        "attempts": 0,
        "person_id": person_id,
        "subject_id": subject_id,
        "codes": codes or {},
        "result": "",
        "reference": "",
        "created_at": datetime.now(UTC),
    }
    session.info.setdefault("outbox", []).append(row)


def changed(session: Session, actor: Actor, subject: Any, fields: dict[str, list[Any]], *, at: datetime) -> None:
    """Keep what a record's fields were and became (`{name: [before, after]}`), encrypted."""
    change = Change(
        organization_id=subject.organization_id,
        record_type=str(subject.__tablename__),
        record_id=subject.id,
        person_id=_person_of(subject),
        at=at,
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        door=actor.door.value,
    )
    change.fields = fields
    session.add(change)


def _write(session: Session, project: Projector) -> None:
    events: list[Event] = session.info.pop("events", [])
    if events:
        project(session, events)
    rows = session.info.pop("outbox", [])
    if rows:
        dialect = sqlite if current().is_sqlite else postgresql
        session.execute(dialect.insert(Outbox).on_conflict_do_nothing(), rows)
    shown = _accesses(session.info.pop("shown", {}))
    if events or shown:
        append(session, [*events, *shown])


def _accesses(shown: dict[Actor, set[UUID]]) -> list[Event]:
    now = datetime.now(UTC)
    return [
        Event(
            actor,
            "seen",
            "person",
            None,
            now,
            actor.organization_id or NETWORK,
            persons_seen=tuple(sorted(ids)),
        )
        for actor, ids in shown.items()
        if ids
    ]


def _write_access(info: dict[Any, Any]) -> None:
    if any(info.get("shown", {}).values()):
        with transaction() as session:
            session.info["shown"] = info["shown"]


def _write_refusals(info: dict[Any, Any]) -> None:
    with transaction() as session:
        session.info["events"] = info["refusals"]
