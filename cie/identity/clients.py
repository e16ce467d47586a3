"""The programs of an organization: registering one, new keys, holding it back, what it used last."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlmodel import Session, col

from cie import events, participants
from cie.access import Actor, ActorKind, Door, Permission, Purpose, Role, check
from cie.errors import Invalid, NotFound, NotPossibleNow
from cie.identity.client_faults import faults_of_client
from cie.identity.client_models import AccessToken, Client, ClientAuthentication, ClientKind, ClientRow, Grant, ScopeUse

NOTED_EVERY = timedelta(minutes=10)
"""How exactly the last use is kept, so that not each request writes."""


@dataclass(frozen=True)
class Registration:
    """What an organization says of a program of its own. `may_be_local`: addresses of this machine will do."""

    name: str
    kind: ClientKind
    scopes: Sequence[str]
    purposes: Sequence[Purpose] = (Purpose.CARE_COORDINATION,)
    authentication: ClientAuthentication = ClientAuthentication.PRIVATE_KEY_JWT
    jwks: dict[str, Any] | None = None
    jwks_url: str | None = None
    redirect_uris: Sequence[str] = ()
    may_be_local: bool = False


class ClientsOf:
    """The programs of one organization, as the permission table asks for them."""

    def __init__(self, organization_id: UUID) -> None:
        self.organization_id = organization_id


def register_client(
    session: Session, actor: Actor, organization_id: UUID, registration: Registration, *, at: datetime
) -> tuple[Client, str | None]:
    """Let a program use the exchange for an organization; its secret, if it has one, is told now and never again.

    A system acts with the trust of a caseworker, as far as its scopes go. Raises NotFound, NotAllowed, Invalid.
    """
    check(actor, Permission.CLIENT_MANAGE, ClientsOf(organization_id))
    participants.get_participant(session, organization_id)
    client = _written(organization_id, registration, actor, at)
    faults = list(faults_of_client(client, may_be_local=registration.may_be_local))
    if faults:
        raise Invalid.all(faults)
    secret = _fresh_secret(client)
    session.add(client)
    session.flush()
    codes = {"kind": client.kind.value, "scopes": client.scopes}
    events.record(session, actor, "client.register", client, at=at, organization_id=organization_id, **codes)
    return client, secret


def _written(organization_id: UUID, said: Registration, actor: Actor, at: datetime) -> Client:
    return Client(
        organization_id=organization_id,
        name=said.name.strip(),
        kind=said.kind,
        authentication=said.authentication,
        jwks=said.jwks,
        jwks_url=said.jwks_url or None,
        redirect_uris=list(dict.fromkeys(said.redirect_uris)),
        scopes=list(dict.fromkeys(said.scopes)),
        purposes=[purpose.value for purpose in dict.fromkeys(said.purposes)],
        role_codes=[Role.CASEWORKER.value] if said.kind is ClientKind.SYSTEM else [],
        created_at=at,
        created_by_id=actor.id,
    )


def _fresh_secret(client: Client) -> str | None:
    """Draw a secret for a client that has one; only its hash is kept, which is enough for 256 random bits."""
    if client.authentication is not ClientAuthentication.SECRET:
        return None
    secret = secrets.token_urlsafe(32)
    client.secret_hash = _hash(secret)
    return secret


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def is_secret_of(client: Client | None, secret: str) -> bool:
    """Whether this is the client's secret; takes as long when it is not, and when there is no such client."""
    kept = client.secret_hash if client else None
    return hmac.compare_digest(kept or b"\x00" * 32, _hash(secret))


def get_client(session: Session, actor: Actor, client_id: UUID) -> Client:
    """One program of the caller's organization. Raises NotFound, NotAllowed."""
    client = session.get(Client, client_id)
    if client is None:
        raise NotFound("There is no such record")
    check(actor, Permission.CLIENT_MANAGE, client)
    return client


def system_actor(client: Client | ClientRow, purpose: Purpose, door: Door) -> Actor:
    """A program that comes by itself, as the caller that it is."""
    roles = frozenset(Role(code) for code in client.role_codes)
    return Actor(ActorKind.CLIENT, client.id, client.organization_id, roles, purpose=purpose, door=door)


def clients_of(session: Session, actor: Actor, organization_id: UUID | None) -> Sequence[Client]:
    """The programs of one organization, or of all for the system, newest first. Raises NotAllowed, NotFound."""
    query = select(Client).order_by(col(Client.id).desc())
    if organization_id is not None:
        check(actor, Permission.CLIENT_MANAGE, ClientsOf(organization_id))
        query = query.where(col(Client.organization_id) == organization_id)
    else:
        check(actor, Permission.CLIENT_MANAGE, ClientsOf(events.NETWORK))
    return session.execute(query).scalars().all()


def scopes_used(session: Session, client: Client) -> Sequence[ScopeUse]:
    """Every scope that the program was ever given, with the last time, by scope."""
    query = select(ScopeUse).where(col(ScopeUse.client_id) == client.id).order_by(col(ScopeUse.scope))
    return session.execute(query).scalars().all()


def rotate_keys(
    session: Session,
    actor: Actor,
    client_id: UUID,
    *,
    jwks: dict[str, Any] | None = None,
    jwks_url: str | None = None,
    may_be_local: bool = False,
    at: datetime,
) -> str | None:
    """Give a program new public keys, or a new secret, which is returned and told once. The old ones end at once.

    Raises NotFound, NotAllowed, Invalid (the keys), NotPossibleNow (a public app has none).
    """
    client = get_client(session, actor, client_id)
    session.refresh(client, with_for_update=True)
    if client.authentication is ClientAuthentication.NONE:
        raise NotPossibleNow("This app has neither key nor secret")
    secret = _fresh_secret(client)
    if secret is None:
        client.jwks, client.jwks_url = jwks, jwks_url or None
        faults = list(faults_of_client(client, may_be_local=may_be_local))
        if faults:
            raise Invalid.all(faults)
    session.add(client)
    events.record(session, actor, "client.rotate", client, at=at)
    return secret


def suspend_client(session: Session, actor: Actor, client_id: UUID, *, at: datetime) -> Client:
    """Hold a program back: every token and every permission of staff for it ends now. Raises NotFound, NotAllowed."""
    client = get_client(session, actor, client_id)
    session.refresh(client, with_for_update=True)
    if client.suspended_at is None:
        client.suspended_at = at
        session.add(client)
        for table, ended in ((AccessToken, "revoked_at"), (Grant, "ended_at")):
            columns: Any = table
            mine = (columns.client_id == client.id, getattr(columns, ended).is_(None))
            session.execute(update(table).where(*mine).values({ended: at}))
        events.record(session, actor, "client.suspend", client, at=at)
    return client


def resume_client(session: Session, actor: Actor, client_id: UUID, *, at: datetime) -> Client:
    """Let a program that was held back ask for tokens again. Raises NotFound, NotAllowed."""
    client = get_client(session, actor, client_id)
    session.refresh(client, with_for_update=True)
    if client.suspended_at is not None:
        client.suspended_at = None
        session.add(client)
        events.record(session, actor, "client.resume", client, at=at)
    return client
