"""What a member of staff allowed an app of their organization: a code once, then refresh tokens, one after the other.

No token is kept. A code is an HMAC over the id of the grant; a refresh token over id and number, so that one that was
used before is known as such: then somebody else has it, and all that came of the grant ends (RFC 9700, 4.14.2).
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlmodel import Session, col

from cie import events
from cie.access import Actor, ActorKind, Door, Purpose
from cie.access.scopes import OFFLINE
from cie.db import current
from cie.errors import NotAllowed, NotFound
from cie.identity.client_models import AccessToken, Client, ClientKind, Grant
from cie.identity.models import UserAccount
from cie.identity.tokens import LIVES

CODE_LIVES = timedelta(minutes=1)
GRANT_LIVES = timedelta(days=14)
_ID_BYTES, _NUMBER_BYTES, _MAC_BYTES = 16, 4, 32
_CODE, _REFRESH = "authorization code", "refresh token"


def allow_app(
    session: Session,
    actor: Actor,
    client: Client,
    *,
    scopes: Sequence[str],
    purpose: Purpose,
    redirect_uri: str,
    code_challenge: str,
    at: datetime,
) -> Grant:
    """A member of staff lets an app of their own organization work in their name. Raises NotAllowed."""
    if actor.kind is not ActorKind.STAFF or actor.id is None or actor.organization_id != client.organization_id:
        raise NotAllowed("This app belongs to another organization")
    grant = Grant(
        organization_id=client.organization_id,
        client_id=client.id,
        user_id=actor.id,
        scopes=list(scopes),
        purpose=purpose.value,
        redirect_uri=redirect_uri,
        code_challenge=code_challenge,
        created_at=at,
        expires_at=at + GRANT_LIVES,
    )
    session.add(grant)
    session.flush()
    events.record(session, actor, "client.allow", grant, at=at, client=str(client.id), scopes=list(scopes))
    return grant


def code_of(grant: Grant) -> str:
    """The authorization code of a grant."""
    return _text(grant.id.bytes + _mac(_CODE, grant.id, 0))


def refresh_token_of(grant: Grant) -> str | None:
    """The refresh token that counts now; none for an app that did not ask to work on."""
    if OFFLINE not in grant.scopes:
        return None
    number = grant.generation.to_bytes(_NUMBER_BYTES, "big")
    return _text(grant.id.bytes + number + _mac(_REFRESH, grant.id, grant.generation))


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _mac(what: str, grant_id: UUID, number: int) -> bytes:
    said = grant_id.bytes + number.to_bytes(_NUMBER_BYTES, "big")
    return hmac.digest(current().keyring.derived(what), said, "sha256")


def _bytes(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""


def grant_of_code(session: Session, client: Client, code: str, *, at: datetime) -> Grant | None:
    """The grant of a code, once and within a minute; from then on it is used.

    A code that comes again ends all that came of it (RFC 6749, 4.1.2).
    """
    grant = _grant(session, client, _bytes(code)[:_ID_BYTES])
    if grant is None or not _is_code_of(grant, code):
        return None
    if grant.code_used_at is not None and grant.ended_at is None:
        end_grant(session, grant, because="code-again", at=at)
    if grant.ended_at is not None or grant.created_at + CODE_LIVES < at:
        return None
    grant.code_used_at = at
    session.add(grant)
    return grant


def grant_of_refresh_token(session: Session, client: Client, token: str, *, at: datetime) -> Grant | None:
    """The grant of the newest refresh token. One that was used before ends the grant."""
    raw_id, number = _read_refresh_token(token)
    grant = _grant(session, client, raw_id)
    if grant is None or not _is_refresh_token_of(grant, token, number):
        return None
    if number < grant.generation and grant.ended_at is None:
        end_grant(session, grant, because="refresh-token-again", at=at)
    return grant if _counts(grant, number, at) else None


def worth_of_refresh_token(session: Session, client: Client, token: str, *, at: datetime) -> Grant | None:
    """The grant of a refresh token that this client could renew now; nothing ends by asking."""
    raw_id, number = _read_refresh_token(token)
    grant = _grant(session, client, raw_id, locked=False)
    if grant is None or not _is_refresh_token_of(grant, token, number) or not _counts(grant, number, at):
        return None
    return grant if user_of(session, grant) is not None else None


def was_given_to(session: Session, client: Client, text: str) -> bool:
    """Whether this was a code or a refresh token of the client at any time, whatever became of it."""
    raw_id, number = _read_refresh_token(text)
    grant = _grant(session, client, raw_id, locked=False)
    return grant is not None and (_is_code_of(grant, text) or _is_refresh_token_of(grant, text, number))


def _is_code_of(grant: Grant, text: str) -> bool:
    return hmac.compare_digest(_bytes(text)[_ID_BYTES:], _mac(_CODE, grant.id, 0))


def _read_refresh_token(token: str) -> tuple[bytes, int]:
    raw = _bytes(token)
    return raw[:_ID_BYTES], int.from_bytes(raw[_ID_BYTES : _ID_BYTES + _NUMBER_BYTES], "big")


def _is_refresh_token_of(grant: Grant, token: str, number: int) -> bool:
    return hmac.compare_digest(_bytes(token)[_ID_BYTES + _NUMBER_BYTES :], _mac(_REFRESH, grant.id, number))


def _counts(grant: Grant, number: int, at: datetime) -> bool:
    is_live = grant.ended_at is None and grant.expires_at > at and number == grant.generation
    return is_live and grant.code_used_at is not None


def _grant(session: Session, client: Client, raw_id: bytes, *, locked: bool = True) -> Grant | None:
    """The row, if it is of this client."""
    if len(raw_id) != _ID_BYTES:
        return None
    grant = session.get(Grant, UUID(bytes=raw_id), with_for_update=locked)
    return grant if grant is not None and grant.client_id == client.id else None


def renew_refresh_token(session: Session, grant: Grant) -> None:
    """From now on the next refresh token counts, and the one before has been used."""
    grant.generation += 1
    session.add(grant)
    session.flush()


def end_grant(session: Session, grant: Grant, *, because: str, at: datetime, by: Actor | None = None) -> None:
    """End it, and every token that came of it, at once; `by` the app itself, or somebody else."""
    if grant.ended_at is None:
        grant.ended_at = at
        session.add(grant)
    mine = (col(AccessToken.grant_id) == grant.id, col(AccessToken.revoked_at).is_(None))
    session.execute(update(AccessToken).where(*mine).values(revoked_at=at))
    caller = by or Actor(ActorKind.CLIENT, grant.client_id, grant.organization_id, door=Door.API)
    events.record(session, caller, "client.allowance-end", grant, at=at, because=because)


@dataclass(frozen=True)
class AllowedApp:
    """An app that works in somebody's name: what they allowed, its name, and until when it may."""

    grant: Grant
    name: str
    until: datetime


def apps_of(session: Session, actor: Actor, at: datetime) -> Sequence[AllowedApp]:
    """The apps that work in the caller's name now, the newest first. Nobody sees those of another."""
    if actor.kind is not ActorKind.STAFF or actor.id is None:
        return []
    query = (
        select(Grant, col(Client.name))
        .join(Client, col(Client.id) == col(Grant.client_id))
        .where(col(Grant.user_id) == actor.id, col(Grant.ended_at).is_(None), col(Grant.expires_at) > at)
        .order_by(col(Grant.id).desc())
    )
    found = [AllowedApp(grant, name, _until(grant)) for grant, name in session.execute(query)]
    return [app for app in found if app.until > at]


def _until(grant: Grant) -> datetime:
    """Until when an app may work: its code counts for a minute, and without refresh its one token is all it has."""
    if grant.code_used_at is None:
        return grant.created_at + CODE_LIVES
    return grant.expires_at if OFFLINE in grant.scopes else grant.code_used_at + LIVES[ClientKind.STAFF_APP]


def stop_app(session: Session, actor: Actor, grant_id: UUID, at: datetime) -> None:
    """An app works in the caller's name no more; one that was stopped stays so. Raises NotFound unless it is theirs."""
    grant = session.get(Grant, grant_id, with_for_update=True)
    if grant is None or actor.kind is not ActorKind.STAFF or grant.user_id != actor.id:
        raise NotFound("There is no such record")
    if grant.ended_at is None:
        end_grant(session, grant, because="stopped", at=at, by=actor)


def user_of(session: Session, grant: Grant) -> UserAccount | None:
    """The member of staff who allowed it, while their account is active."""
    user = session.get_one(UserAccount, grant.user_id)
    return user if user.is_active else None
