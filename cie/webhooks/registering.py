"""Adding a webhook, trying it, a new secret, pausing and ending it."""

import secrets
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie import events, outbound
from cie.access import Actor, ActorKind, Permission, check
from cie.errors import Invalid, NotFound, NotPossibleNow
from cie.webhooks.models import Webhook
from cie.webhooks.telling import EVENTS, queue_ping

MOST = 20
OLD_SECRET_SIGNS = timedelta(days=1)
_PREFIX = "whsec_"


@dataclass(frozen=True)
class NewWebhook:
    """What a program asks for. `may_be_private`: addresses of this machine will do, for demo and test."""

    client_id: UUID
    url: str
    changes: Sequence[str] = ()
    may_be_private: bool = False


def add_webhook(session: Session, actor: Actor, new: NewWebhook, *, at: datetime) -> tuple[Webhook, str]:
    """Tell a program at this address from now on; its secret is told now, and again to its own client alone.

    Raises NotAllowed, Invalid (address, kinds of change), NotPossibleNow (20 are there).
    """
    check(actor, Permission.WEBHOOK_MANAGE)
    faults = list(_faults(new))
    if faults:
        raise Invalid.all(faults)
    if len(webhooks_of(session, actor, new.client_id)) >= MOST:
        raise NotPossibleNow("20 webhooks are there already. End one first")
    hook = Webhook(
        organization_id=actor.organization,
        client_id=new.client_id,
        url=new.url,
        changes=list(dict.fromkeys(new.changes)),
        created_at=at,
    )
    hook.secret = _drawn()
    session.add(hook)
    session.flush()
    events.record(session, actor, "webhook.add", hook, at=at)
    return hook, hook.secret


def _faults(new: NewWebhook) -> Iterator[Invalid]:
    """What is wrong: an address that cannot be called as it is written, kinds of change that there are not."""
    try:
        outbound.read_address(new.url, may_be_private=new.may_be_private)
    except Invalid as error:
        yield error
    for each in new.changes:
        if each not in EVENTS:
            yield Invalid("There is no change %(name)s", "changes", name=each[:40])


def _drawn() -> str:
    """A secret as Standard Webhooks writes it: 32 random bytes."""
    return _PREFIX + b64encode(secrets.token_bytes(32)).decode()


def get_webhook(session: Session, actor: Actor, webhook_id: UUID, *, for_change: bool = False) -> Webhook:
    """One webhook that has not ended: of the calling program, or of the organization for its administrator.

    Raises NotFound, NotAllowed.
    """
    hook = session.get(Webhook, webhook_id, with_for_update=for_change or None)
    is_of_another = hook is not None and actor.kind is ActorKind.CLIENT and actor.id != hook.client_id
    if hook is None or hook.ended_at is not None or is_of_another:
        raise NotFound("There is no such record")
    check(actor, Permission.WEBHOOK_TEND, hook)
    return hook


def webhooks_of(session: Session, actor: Actor, client_id: UUID) -> Sequence[Webhook]:
    """The webhooks of one program of the caller's organization, in the order in which they were added."""
    check(actor, Permission.WEBHOOK_TEND)
    mine = (col(Webhook.organization_id) == actor.organization, col(Webhook.client_id) == client_id)
    query = select(Webhook).where(*mine, col(Webhook.ended_at).is_(None)).order_by(col(Webhook.id))
    return session.execute(query).scalars().all()


def secret_of(session: Session, actor: Actor, webhook_id: UUID) -> str:
    """The secret that signs now. Raises NotFound, NotAllowed."""
    secret: str = get_webhook(session, actor, webhook_id).secret
    return secret


def new_secret(session: Session, actor: Actor, webhook_id: UUID, *, at: datetime) -> str:
    """Draw a new secret; for a day the old one signs as well, so that no notice is refused meanwhile."""
    hook = get_webhook(session, actor, webhook_id, for_change=True)
    fresh = _drawn()
    hook.old_secret, hook.old_until, hook.secret = hook.secret, at + OLD_SECRET_SIGNS, fresh
    session.add(hook)
    events.record(session, actor, "webhook.secret", hook, at=at)
    return fresh


def ping(session: Session, actor: Actor, webhook_id: UUID, *, at: datetime) -> None:
    """Send a notice that says nothing, to see whether the address answers. Raises NotFound, NotAllowed."""
    hook = get_webhook(session, actor, webhook_id)
    queue_ping(session, hook, at=at)
    events.record(session, actor, "webhook.ping", hook, at=at)


def pause_webhook(session: Session, actor: Actor, webhook_id: UUID, *, at: datetime) -> Webhook:
    """Send nothing for a while; what happens meanwhile can be replayed."""
    hook = get_webhook(session, actor, webhook_id, for_change=True)
    if hook.paused_at is None:
        hook.paused_at = at
        session.add(hook)
        events.record(session, actor, "webhook.pause", hook, at=at)
    return hook


def resume_webhook(session: Session, actor: Actor, webhook_id: UUID, *, at: datetime) -> Webhook:
    """Go on telling."""
    hook = get_webhook(session, actor, webhook_id, for_change=True)
    if hook.paused_at is not None:
        hook.paused_at = None
        session.add(hook)
        events.record(session, actor, "webhook.resume", hook, at=at)
    return hook


def remove_webhook(session: Session, actor: Actor, webhook_id: UUID, *, at: datetime) -> None:
    """End it: nothing goes there any more, also what waited."""
    hook = get_webhook(session, actor, webhook_id, for_change=True)
    hook.ended_at = at
    session.add(hook)
    events.record(session, actor, "webhook.end", hook, at=at)
