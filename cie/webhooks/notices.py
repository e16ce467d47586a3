"""What became of notices, and sending them once more: one that got stuck, all of those, or all since a moment.

What goes once more keeps its id, so that a receiver knows what it has had; and its place before later ones.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlmodel import Session, col

from cie import events
from cie.access import Actor
from cie.errors import Invalid, NotFound, NotPossibleNow
from cie.events import ON_THE_WAY, STUCK, DeliveryState, Outbox
from cie.referrals import ReferralActivity
from cie.webhooks.models import Webhook
from cie.webhooks.registering import get_webhook
from cie.webhooks.telling import KIND, queue_notice, wants

MOST_REPLAYED = 10_000
_MAY_GO_AGAIN = (DeliveryState.SENT, DeliveryState.DROPPED, DeliveryState.RETRY, *STUCK)


@dataclass(frozen=True)
class NoticePage:
    """Some notices, newest first. `next` is the id to go on before; None on the last page."""

    items: Sequence[Outbox]
    next: UUID | None


@dataclass(frozen=True)
class Counts:
    """How many notices of one webhook are on the way, and how many got stuck."""

    on_the_way: int
    stuck: int


@dataclass(frozen=True)
class StuckNotices:
    """How many notices of one program got stuck."""

    organization_id: UUID
    client_id: UUID
    count: int


def notices_in(hook: Webhook, states: Collection[DeliveryState] = ()) -> "Select[Any]":
    """The notices of a webhook that the caller may see, newest first; all states when none is named."""
    query = select(Outbox).where(*_of(hook)).order_by(col(Outbox.id).desc())
    return query.where(col(Outbox.state).in_(states)) if states else query


def _of(hook: Webhook) -> Sequence[ColumnElement[bool]]:
    return (
        col(Outbox.organization_id) == hook.organization_id,
        col(Outbox.destination_id) == hook.id,
        col(Outbox.kind) == KIND,
    )


def notices_of(
    session: Session,
    actor: Actor,
    webhook_id: UUID,
    *,
    states: Collection[DeliveryState] = (),
    before: UUID | None = None,
    limit: int = 100,
) -> NoticePage:
    """What became of the notices of a webhook, newest first, those before one of them. Raises NotFound, NotAllowed."""
    query = notices_in(get_webhook(session, actor, webhook_id), states)
    if before is not None:
        query = query.where(col(Outbox.id) < before)
    rows = session.execute(query.limit(limit + 1)).scalars().all()
    return NoticePage(rows[:limit], rows[limit - 1].id if len(rows) > limit else None)


def counts_of(session: Session, hooks: Sequence[Webhook]) -> dict[UUID, Counts]:
    """How the notices of some webhooks of one organization stand."""
    states = (*ON_THE_WAY, *STUCK)
    query = (
        select(col(Outbox.destination_id), col(Outbox.state), func.count())
        .where(
            col(Outbox.organization_id).in_({hook.organization_id for hook in hooks}),
            col(Outbox.destination_id).in_([hook.id for hook in hooks]),
            col(Outbox.state).in_(states),
        )
        .group_by(col(Outbox.destination_id), col(Outbox.state))
    )
    found: dict[UUID, dict[DeliveryState, int]] = {hook.id: {} for hook in hooks}
    for hook_id, state, count in session.execute(query) if hooks else ():
        found[hook_id][state] = count
    return {
        hook_id: Counts(*(sum(count.get(state, 0) for state in group) for group in (ON_THE_WAY, STUCK)))
        for hook_id, count in found.items()
    }


def stuck_by_program(session: Session, organization_id: UUID | None = None) -> Sequence[StuckNotices]:
    """Which programs have notices that got stuck, of one organization or of all; nothing of webhooks that ended."""
    query = (
        select(col(Webhook.organization_id), col(Webhook.client_id), func.count())
        .join(Outbox, (col(Outbox.destination_id) == Webhook.id) & (col(Outbox.kind) == KIND))
        .where(col(Outbox.organization_id) == Webhook.organization_id)
        .where(col(Outbox.state).in_(STUCK), col(Webhook.ended_at).is_(None))
        .group_by(col(Webhook.organization_id), col(Webhook.client_id))
        .order_by(col(Webhook.organization_id), col(Webhook.client_id))
    )
    if organization_id is not None:
        query = query.where(col(Webhook.organization_id) == organization_id)
    return [StuckNotices(*row) for row in session.execute(query)]


def resend_notice(session: Session, actor: Actor, webhook_id: UUID, notice_id: UUID, *, at: datetime) -> Outbox:
    """Somebody looked at a notice that got stuck and wants it sent. It goes with the id that it had.

    Raises NotFound, NotAllowed, NotPossibleNow (it is not stuck).
    """
    hook = get_webhook(session, actor, webhook_id)
    row = session.get(Outbox, notice_id, with_for_update=True)
    if row is None or row.destination_id != hook.id or row.kind != KIND:
        raise NotFound("There is no such record")
    if row.state not in STUCK:
        raise NotPossibleNow("This delivery is not stuck")
    events.reopen(session, select(col(Outbox.id)).where(col(Outbox.id) == row.id), at=at)
    session.refresh(row)
    events.record(session, actor, "delivery.resend", row, at=at)
    return row


def resend_stuck(session: Session, actor: Actor, webhook_id: UUID, *, at: datetime) -> int:
    """All notices of a webhook that got stuck go once more, oldest first; how many. Raises NotFound, NotAllowed."""
    hook = get_webhook(session, actor, webhook_id)
    count = _sent_again(session, hook, col(Outbox.state).in_(STUCK), at=at)
    events.record(session, actor, "webhook.resend", hook, at=at, count=count)
    return count


def _sent_again(session: Session, hook: Webhook, *which: ColumnElement[bool], at: datetime) -> int:
    oldest = select(col(Outbox.id)).where(*_of(hook), *which).order_by(col(Outbox.id)).limit(MOST_REPLAYED)
    return events.reopen(session, oldest, at=at)


def replay(
    session: Session,
    actor: Actor,
    webhook_id: UUID,
    *,
    since: datetime | None = None,
    after: UUID | None = None,
    at: datetime,
) -> int:
    """Send every notice since a moment, or after one notice, once more, oldest first; how many go, at most 10,000.

    Of referrals that changed since the moment before there was a webhook, or while none was written, the newest change
    is told. What is on its way to be tried again goes at once. Raises NotFound, NotAllowed, Invalid (neither or both).
    """
    hook = get_webhook(session, actor, webhook_id)
    if (since is None) == (after is None):
        raise Invalid("Name either a moment or a notice", "since")
    began = col(Outbox.created_at) >= since if since else col(Outbox.id) > after
    is_news = (began, col(Outbox.subject_id) != hook.id)
    known = set(session.execute(select(col(Outbox.subject_id)).where(*_of(hook), *is_news)).scalars())
    count = _sent_again(session, hook, *is_news, col(Outbox.state).in_(_MAY_GO_AGAIN), at=at)
    count += _told_now(session, hook, known, since, at) if since else 0
    events.record(session, actor, "webhook.replay", hook, at=at, count=count)
    return count


def _told_now(session: Session, hook: Webhook, known: Collection[UUID], since: datetime, at: datetime) -> int:
    """Queue the newest change of each referral of which there is no notice since; how many those are."""
    place = (col(ReferralActivity.changed_at), col(ReferralActivity.referral_id))
    mine = (col(ReferralActivity.organization_id) == hook.organization_id, place[0] >= since)
    rows = session.execute(select(ReferralActivity).where(*mine).order_by(*place).limit(MOST_REPLAYED)).scalars()
    missing = [row for row in rows if row.referral_id not in known and wants(hook, row.change)]
    for row in missing:
        queue_notice(session, hook, row.referral_id, row.change, row.changed_at, due_at=at)
    return len(missing)
