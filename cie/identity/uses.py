"""How it goes with what programs do here: when they last sent and read something, and what they were refused last."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col
from uuid_utils.compat import uuid7

from cie.access import Actor, Permission, check
from cie.db import current
from cie.identity.client_models import Client, ClientRow, ClientUse, Way


def note_success(session: Session, client: Client | ClientRow, way: Way, *, at: datetime) -> None:
    """A client sent something that was taken, or was given what it read."""
    _note(session, client, way, {"succeeded_at": at})


def note_failure(
    session: Session, client: Client | ClientRow, way: Way, *, route: str, status: int, code: str, at: datetime
) -> None:
    """A client was refused something. `route`: the address as a pattern; `code`: of the error."""
    refused = {"refused_at": at, "refused_route": route, "refused_status": status, "refused_code": code}
    _note(session, client, way, refused)


def _note(session: Session, client: Client | ClientRow, way: Way, changes: Mapping[str, Any]) -> None:
    dialect = sqlite if current().is_sqlite else postgresql
    nothing = {"refused_route": "", "refused_status": 0, "refused_code": ""}
    row = {"id": uuid7(), "organization_id": client.organization_id, "client_id": client.id, "way": way}
    insert = dialect.insert(ClientUse).values({**nothing, **row, **changes})
    session.execute(insert.on_conflict_do_update(index_elements=["client_id", "way"], set_=dict(changes)))


def uses_by_client(session: Session, actor: Actor) -> Mapping[UUID, Mapping[Way, ClientUse]]:
    """What the programs of the caller's organization do, by program and way. Raises NotAllowed."""
    check(actor, Permission.CLIENT_MANAGE)
    query = select(ClientUse).where(col(ClientUse.organization_id) == actor.organization)
    found: dict[UUID, dict[Way, ClientUse]] = defaultdict(dict)
    for use in session.execute(query).scalars():
        found[use.client_id][use.way] = use
    return found
