"""Access tokens: which programs get one, what it is good for at this moment, ending it at once.

A token is a signed statement (RFC 9068), and each use looks here: whether it was revoked, whether its client still may,
whether the organization's agreement still holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col
from uuid_utils.compat import uuid7

from cie import events, participants
from cie.access import Actor, ActorKind, Door, Purpose
from cie.access.scopes import narrowed
from cie.calendar import local_day
from cie.db import current, match_key, table_of
from cie.errors import NotPossibleNow
from cie.identity.client_models import (
    AccessToken,
    Client,
    ClientKind,
    ClientRow,
    Grant,
    ScopeUse,
    TokenRow,
    UsedAssertion,
)
from cie.identity.clients import NOTED_EVERY, system_actor
from cie.identity.models import UserAccount

LIVES = {ClientKind.SYSTEM: timedelta(minutes=5), ClientKind.STAFF_APP: timedelta(minutes=15)}
"""How long a token is good for; SMART Backend Services recommends five minutes at most for systems."""
KEPT_AFTER_END = timedelta(days=1)
_TAKES_PART = participants.takes_part(col(Client.organization_id), on=bindparam("today"))
_CLIENT = select(Client, _TAKES_PART).where(col(Client.id) == bindparam("client_id"))
_OF_CLIENT = [table_of(Client).c[each.name] for each in fields(ClientRow)]
_OF_TOKEN = [table_of(AccessToken).c[each.name] for each in fields(TokenRow)]
_TOKEN = (
    select(_TAKES_PART, *_OF_CLIENT, *_OF_TOKEN)
    .join_from(table_of(AccessToken), table_of(Client), col(Client.id) == col(AccessToken.client_id))
    .where(col(AccessToken.id) == bindparam("token_id"))
)


def client_for(session: Session, client_id: UUID, *, at: datetime) -> Client | None:
    """The client of this id, if it may do anything now: not held back, its organization active and under agreement."""
    found = registered_client(session, client_id, at=at)
    return None if found is None or found.barred else found.client


class Registered(NamedTuple):
    """A client, and why it may not do anything now; empty when it may."""

    client: Client
    barred: str


def registered_client(session: Session, client_id: UUID, *, at: datetime) -> Registered | None:
    """The client of this id, whether it may do anything or not."""
    # asked in one statement, so that one that may not is answered with the same work as one that there is not
    found = session.execute(_CLIENT, {"client_id": client_id, "today": local_day(at)}).one_or_none()
    return None if found is None else Registered(found[0], _barred(*found))


def _barred(client: Client | ClientRow, is_part: bool) -> str:
    return "suspended" if client.suspended_at else "" if is_part else "no-agreement"


def use_assertion(session: Session, client: Client, jti: str, *, expires_at: datetime) -> bool:
    """Take the id of a signed assertion; False when it was taken before (RFC 7523, 3)."""
    dialect = sqlite if current().is_sqlite else postgresql
    row = {"key": match_key(f"assertion:{client.id}:{jti}"), "expires_at": expires_at}
    insert = dialect.insert(UsedAssertion).values(row).on_conflict_do_nothing().returning(col(UsedAssertion.key))
    return session.execute(insert).first() is not None


def issue_token(
    session: Session,
    client: Client,
    *,
    token_id: UUID,
    scopes: Sequence[str],
    purpose: Purpose,
    grant: Grant | None = None,
    at: datetime,
) -> AccessToken:
    """Keep a token that is given out now, and note that the client and its scopes were used."""
    row = AccessToken(
        id=token_id,
        organization_id=client.organization_id,
        client_id=client.id,
        user_id=grant.user_id if grant else None,
        grant_id=grant.id if grant else None,
        scopes=list(scopes),
        purpose=purpose.value,
        issued_at=at,
        expires_at=at + LIVES[client.kind],
    )
    session.add(row)
    session.flush()
    _note_use(session, client, scopes, at)
    caller = Actor(ActorKind.CLIENT, client.id, client.organization_id, purpose=purpose, door=Door.API)
    events.record(session, caller, "token.issue", row, at=at, scopes=list(scopes))
    return row


def _note_use(session: Session, client: Client, scopes: Sequence[str], at: datetime) -> None:
    if client.last_used_at is None or client.last_used_at + NOTED_EVERY <= at:
        session.execute(update(Client).where(col(Client.id) == client.id).values(last_used_at=at))
    known = {use.scope: use for use in session.execute(_uses_of(client, scopes)).scalars()}
    stale = [scope for scope in scopes if scope not in known or known[scope].last_used_at + NOTED_EVERY <= at]
    if not stale:
        return
    dialect = sqlite if current().is_sqlite else postgresql
    rows = [
        {"client_id": client.id, "scope": scope, "organization_id": client.organization_id, "last_used_at": at}
        for scope in sorted(stale)
    ]
    keys = ["client_id", "scope"]
    session.execute(
        dialect.insert(ScopeUse).on_conflict_do_update(index_elements=keys, set_={"last_used_at": at}), rows
    )


def _uses_of(client: Client, scopes: Sequence[str]) -> Select[Any]:
    return select(ScopeUse).where(col(ScopeUse.client_id) == client.id, col(ScopeUse.scope).in_(scopes))


@dataclass(frozen=True)
class LiveToken:
    """A token that counts now, whose it is, and the caller that its holder is."""

    row: TokenRow
    client: ClientRow
    actor: Actor


def live_token(
    session: Session, token_id: UUID, *, door: Door, asked_by: UUID | None = None, at: datetime
) -> LiveToken | None:
    """What a token is worth at this moment; None when it expired, was revoked, or its client may not.

    In an app the caller is the member of staff, with their roles of today. `asked_by`: an organization that asks what
    it is worth, to which those of others are as if there were none.
    """
    found = session.execute(_TOKEN, {"token_id": token_id, "today": local_day(at)}).one_or_none()
    if found is None:
        return None
    is_part, *columns = found
    client, row = ClientRow(*columns[: len(_OF_CLIENT)]), TokenRow(*columns[len(_OF_CLIENT) :])
    if row.revoked_at is not None or row.expires_at <= at or _barred(client, is_part):
        return None
    if asked_by not in (None, row.organization_id):
        return None
    actor = _caller(session, client, row, door)
    return None if actor is None else LiveToken(row, client, actor)


def _caller(session: Session, client: ClientRow, row: TokenRow, door: Door) -> Actor | None:
    purpose = Purpose(row.purpose)
    if row.user_id is None:
        return system_actor(client, purpose, door)
    user = session.get_one(UserAccount, row.user_id)
    if not user.is_active:
        return None
    return Actor(ActorKind.STAFF, user.id, user.organization_id, user.roles, purpose=purpose, door=door)


def worth_today(
    session: Session, client_id: UUID, *, scopes: Sequence[str], purpose: str, door: Door, at: datetime
) -> LiveToken:
    """What a token that a system had before would be worth now, for what it sent with it.

    It opens what it opened then, as far as the program may have that today; nobody is given such a token. Raises
    NotPossibleNow.
    """
    registered = registered_client(session, client_id, at=at)
    if registered is None or registered.client.suspended_at is not None:
        raise NotPossibleNow("This program is held back. Let it in again first")
    if registered.barred:
        raise NotPossibleNow("Your organization has no current agreement, so nothing can be sent for it")
    client = registered.client
    if client.purposes and purpose not in client.purposes:
        raise NotPossibleNow("This program may no longer use data for what it was sent for")
    row = TokenRow(
        id=uuid7(), organization_id=client.organization_id, client_id=client.id, user_id=None,
        scopes=list(narrowed(scopes, client.scopes)), purpose=purpose, issued_at=at, expires_at=at, revoked_at=None,
    )  # fmt: skip
    program = ClientRow(*(getattr(client, each.name) for each in fields(ClientRow)))
    return LiveToken(row, program, system_actor(client, Purpose(purpose), door))


def revoke_token(session: Session, client: Client, token_id: UUID, *, at: datetime) -> None:
    """End one token of this client now; one of another stays as it is, and nobody is told (RFC 7009, 2.2)."""
    row = session.get(AccessToken, token_id, with_for_update=True)
    if row is not None and row.client_id == client.id and row.revoked_at is None:
        row.revoked_at = at
        session.add(row)
        caller = Actor(ActorKind.CLIENT, client.id, client.organization_id, door=Door.API)
        events.record(session, caller, "token.revoke", row, at=at)


def forget_old_tokens(session: Session, *, at: datetime) -> int:
    """Delete what expired a day ago or more: tokens, and ids of assertions; returns how many rows went."""
    before = at - KEPT_AFTER_END
    gone = 0
    for table in (AccessToken, UsedAssertion):
        done = session.execute(delete(table).where(col(table.expires_at) < before))
        gone += done.rowcount  # type: ignore[attr-defined]  # a cursor result
    return gone
