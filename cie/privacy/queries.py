"""The lists of the privacy officer's cases, due soonest first, and how many are due."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlmodel import Session, col

from cie.access import Actor, Permission, check
from cie.privacy.history import AnyCase
from cie.privacy.models import Incident, LegalDemand, PersonRequest

SOON = timedelta(days=7)
EXACT_TO = 99


class Standing(StrEnum):
    """Which cases a list shows."""

    OPEN = "open"
    LATE = "late"
    CLOSED = "closed"
    ALL = "all"


@dataclass(frozen=True)
class Counts:
    """How many cases of one kind are open, due within a week, and late; 100 means 100 or more."""

    open: int
    soon: int
    late: int


def cases(
    actor: Actor,
    model: type[AnyCase],
    standing: Standing,
    *,
    kind: str = "",
    person_id: UUID | None = None,
    today: date,
) -> Select[AnyCase]:
    """The cases of the caller's organization, due soonest first, then the newest. Raises NotAllowed."""
    check(actor, Permission.PRIVACY_CASE_MANAGE)
    columns: Any = model
    query = select(model).where(columns.organization_id == actor.organization, *_standing(columns, standing, today))
    if kind:
        query = query.where(columns.kind == kind)
    if person_id is not None:
        query = query.where(columns.person_id == person_id)
    return query.order_by(columns.closed_at.is_not(None), columns.due_on.asc().nulls_last(), columns.id.desc())


def _standing(columns: Any, standing: Standing, today: date) -> list[ColumnElement[bool]]:
    is_open = columns.closed_at.is_(None)
    return {
        Standing.OPEN: [is_open],
        Standing.LATE: [is_open, columns.due_on < today],
        Standing.CLOSED: [columns.closed_at.is_not(None)],
        Standing.ALL: [],
    }[standing]


def overview(session: Session, actor: Actor, *, today: date) -> dict[str, Counts]:
    """What is open and due of each kind of case, by the name of its table. Raises NotAllowed."""
    check(actor, Permission.PRIVACY_CASE_MANAGE)
    models: Collection[Any] = (Incident, LegalDemand, PersonRequest)
    return {str(model.__tablename__): _counts(session, actor.organization, model, today) for model in models}


def _counts(session: Session, organization_id: UUID, model: Any, today: date) -> Counts:
    is_open = (model.organization_id == organization_id, model.closed_at.is_(None))

    def count(*which: ColumnElement[bool]) -> int:
        some = select(col(model.id)).where(*is_open, *which).limit(EXACT_TO + 1).subquery()
        return int(session.execute(select(func.count()).select_from(some)).scalar_one())

    return Counts(
        open=count(),
        soon=count(model.due_on >= today, model.due_on <= today + SOON),
        late=count(model.due_on < today),
    )
