"""Organizations that read over FHIR, and what each of them reads."""

from datetime import datetime
from typing import Any

import orjson
from sqlmodel import Session, col, select

from cie.db import reading, transaction
from cie.directory.models import ServiceNeed
from cie.fhir.projecting.audiences import add_audiences
from cie.fhir.projecting.building import make_part, next_turn
from cie.fhir.store import EVERYONE, Audience, readable_by
from cie.fhir.store.models import Stored
from cie.participants import Participant
from tests.factories import NOON, Loop, add, make_loop


def make_audience(session: Session, organization: Participant) -> Audience:
    """An organization with a program that reads over FHIR, its first bodies made."""
    return add(session, Audience(organization_id=organization.id, last_at=NOON, added_at=NOON, built_at=NOON))


def make_reading_loop(**person_fields: Any) -> Loop:
    """A clinic and a pantry that both read over FHIR, with everything that a referral needs; what there is, is made."""
    with transaction() as session:
        loop = make_loop(session, **person_fields)
        add(session, ServiceNeed(service_id=loop.service.id, need_code="food"))
        add_audiences(session, [loop.clinic.id, loop.pantry.id])
    make_all()
    return loop


def make_all(at: datetime = NOON) -> None:
    """Make what organizations read, as the worker does."""
    while make_next(at):
        pass


def make_next(at: datetime = NOON) -> bool:
    with transaction() as session:
        turn = next_turn(session, (), at)
        if turn:
            make_part(session, turn[0], True, at)
        return turn is not None


def read_by(organization: Participant) -> dict[str, dict[str, Any]]:
    """All that an organization reads now, by type and id."""
    with reading() as session:
        query = readable_by(organization.id).order_by(col(Stored.resource_type), col(Stored.resource_id))
        rows = session.exec(query).scalars().all()
        return {f"{row.resource_type}/{row.resource_id}": orjson.loads(row.body) for row in rows}


def own_by(organization: Participant) -> dict[str, dict[str, Any]]:
    """What an organization reads beside the directory, which everybody reads."""
    with reading() as session:
        listed = session.exec(
            select(Stored.resource_type, Stored.resource_id).where(Stored.organization_id == EVERYONE)
        )
        public = {f"{kind}/{id}" for kind, id in listed}
    return {key: body for key, body in read_by(organization).items() if key not in public}


def of_type(found: dict[str, dict[str, Any]], resource_type: str) -> list[dict[str, Any]]:
    return [body for key, body in found.items() if key.startswith(f"{resource_type}/")]
