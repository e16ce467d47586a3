"""Which webhooks hear of an event: those of an organization that may know of it, and that asked for its kind."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlmodel import Session, col
from uuid_utils.compat import uuid7

from cie import events, referrals
from cie.events import Event
from cie.referrals import Loop, ReferralActivity
from cie.webhooks.models import Webhook

KIND = "webhook"
CHANGED, PING = "referral.changed", "ping"
EVENTS = ("referral", "task", "entry", "file", "result", "contact", "person", "assign")
"""The kinds of change that a webhook can ask for: how the codes of changes begin."""

_LISTENING = (
    select(Webhook, col(ReferralActivity.referral_id))
    .join(ReferralActivity, col(ReferralActivity.organization_id) == col(Webhook.organization_id))
    .where(
        col(ReferralActivity.referral_id).in_(bindparam("ids", expanding=True)),
        col(Webhook.ended_at).is_(None),
    )
    .order_by(col(Webhook.id), col(ReferralActivity.referral_id))
)


def project(session: Session, happened: Sequence[Event], loops: Mapping[UUID, Loop]) -> None:
    """Queue a notice for each webhook that may know of one of these events and wants it: the newest that it wants.

    Runs after the read model of what changed, which says who may know of a referral. What happened meanwhile and was
    written first makes no notice less. A paused webhook has its notices, too, so that they can be replayed.
    """
    listening = _listening(session, loops.keys()) if loops else []
    news = {about: referrals.news(session, loops[about], happened) for about in {about for _hook, about in listening}}
    for hook, about in listening:
        wanted = [each for each in news[about].get(hook.organization_id, ()) if wants(hook, each.code)]
        if wanted:
            newest = max(wanted, key=lambda each: each.at)
            queue_notice(session, hook, about, newest.code, newest.at, due_at=newest.at)


def _listening(session: Session, referral_ids: Collection[UUID]) -> list[tuple[Webhook, UUID]]:
    return [(hook, about) for hook, about in session.execute(_LISTENING, {"ids": list(referral_ids)})]


def wants(hook: Webhook, change: str) -> bool:
    """Whether a webhook asked for this kind of change."""
    return not hook.changes or change.partition(":")[0].partition(".")[0] in hook.changes


def queue_notice(
    session: Session, hook: Webhook, referral_id: UUID, change: str, changed_at: datetime, *, due_at: datetime
) -> None:
    """Put one notice in the outbox: ids, the kind of change and its moment."""
    codes = {"event": CHANGED, "change": change, "changed_at": changed_at.isoformat()}
    _queue(session, hook, referral_id, codes, due_at)


def queue_ping(session: Session, hook: Webhook, *, at: datetime) -> None:
    """Put a notice in the outbox that says nothing."""
    _queue(session, hook, hook.id, {"event": PING}, at)


def _queue(session: Session, hook: Webhook, about: UUID, codes: dict[str, str], due_at: datetime) -> None:
    events.queue(
        session,
        kind=KIND,
        organization_id=hook.organization_id,
        destination_id=hook.id,
        order_key=f"{hook.id}:{about}",
        # two changes of one kind at one moment are two, as in a batch
        dedup_key=f"{KIND}:{uuid7()}",
        due_at=due_at,
        subject_id=about,
        codes=codes,
    )
