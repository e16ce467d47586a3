"""Delivering notices: signed as Standard Webhooks 1 says, to an address that is looked up anew each time.

At least once: a notice whose answer was lost goes again with the same id. Any answer but 2xx is tried again: after 15
seconds, then twice as long each time up to a quarter of an hour, 100 times in all, which takes 23 to 30 hours; then it
is a dead letter. At 410 (Gone) it is one at once and the webhook pauses. Only the status of an answer counts, and an
address that failed rests for ten seconds, so that one slow receiver does not hold up the notices of others.
"""

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import orjson
from sqlmodel import Session

from cie import events, identity, outbound
from cie.access import SYSTEM
from cie.access.scopes import Level, opens
from cie.errors import Busy, Invalid
from cie.events import DeliveryState, Outbox, Outcome
from cie.webhooks.models import Webhook
from cie.webhooks.telling import KIND as KIND
from cie.webhooks.telling import PING

REFERRALS = "referrals"
"""The area of which notices tell: who may not read it hears nothing of it."""
GONE, GONE_RESULT = 410, "gone"
NO_ANSWER, RESTING = "no answer", "no answer before"
RESTS = timedelta(seconds=10)
"""Less than the time to the first repeat, so that the failure of one notice delays only others."""


@dataclass(frozen=True)
class PreparedNotice:
    """A notice ready to be signed and sent."""

    id: UUID
    url: str
    body: bytes
    secrets: tuple[str, ...]


@dataclass(frozen=True)
class WebhookDeliverer:
    """Delivers outbox rows of kind `webhook`. `may_be_private`: addresses of this machine will do, for demo."""

    may_be_private: bool

    def prepare(self, session: Session, row: Outbox, *, at: datetime) -> PreparedNotice | Outcome:
        """Whether it may still go, and what it says: ids, the kind of change, the moment."""
        hook = session.get_one(Webhook, row.destination_id)
        client = identity.client_for(session, hook.client_id, at=at)
        if hook.ended_at is not None or client is None or not opens(client.scopes, Level.API, REFERRALS, "r"):
            return Outcome(DeliveryState.DROPPED, "not wanted any more")
        is_ping = row.codes["event"] == PING
        if hook.paused_at is not None and not is_ping:
            return Outcome(DeliveryState.DROPPED, "paused")
        if _rests(hook, at) and not is_ping:
            return Outcome(DeliveryState.RETRY, RESTING)
        signs = hook.old_until is not None and hook.old_until > at
        secrets = (hook.secret, *([hook.old_secret] if signs and hook.old_secret else []))
        return PreparedNotice(row.id, hook.url, _body(row), secrets)

    def send(self, prepared: PreparedNotice, *, interrupted: bool) -> Outcome:
        """Post it. One that may have arrived goes again: its id tells the receiver."""
        headers = {"Content-Type": "application/json", **signed(prepared, datetime.now(UTC))}
        try:
            answer = outbound.fetch(
                prepared.url, method="POST", body=prepared.body, headers=headers, may_be_private=self.may_be_private,
                wants_content=False,
            )  # fmt: skip
        except Busy:
            return Outcome(DeliveryState.RETRY, NO_ANSWER)
        except Invalid:
            return Outcome(DeliveryState.RETRY, "address refused")
        if 200 <= answer.status < 300:
            return Outcome(DeliveryState.SENT)
        if answer.status == GONE:
            return Outcome(DeliveryState.DEAD, GONE_RESULT)
        return Outcome(DeliveryState.RETRY, f"answered {answer.status}")

    def settled(self, session: Session, row: Outbox, outcome: Outcome, *, at: datetime) -> None:
        """Note on the webhook whether its address answers; at one that is gone it pauses."""
        hook = session.get_one(Webhook, row.destination_id, with_for_update=True)
        if outcome.state is DeliveryState.SENT:
            hook.reached_at = at
        elif outcome.state is not DeliveryState.DROPPED and outcome.result != RESTING:
            hook.failed_at = at
        if outcome.result == GONE_RESULT and hook.paused_at is None:
            hook.paused_at = at
            events.record(session, SYSTEM, "webhook.gone", hook, at=at)
        session.add(hook)


def _rests(hook: Webhook, at: datetime) -> bool:
    """Whether the last that is known of the address is that it failed, a moment ago."""
    is_failing = hook.failed_at is not None and (hook.reached_at is None or hook.reached_at < hook.failed_at)
    return is_failing and hook.failed_at is not None and at < hook.failed_at + RESTS


def _body(row: Outbox) -> bytes:
    codes: Mapping[str, str] = row.codes
    body = {"id": str(row.id), "type": codes["event"], "timestamp": row.created_at.isoformat()}
    if codes["event"] != PING:
        body |= {"referral_id": str(row.subject_id), "change": codes["change"], "changed_at": codes["changed_at"]}
    return orjson.dumps(body)


def signed(notice: PreparedNotice, at: datetime) -> dict[str, str]:
    """The headers of Standard Webhooks: id, moment, and one signature for each secret that counts."""
    moment = str(int(at.timestamp()))
    said = f"{notice.id}.{moment}.".encode() + notice.body
    marks = (hmac.digest(b64decode(secret.removeprefix("whsec_")), said, hashlib.sha256) for secret in notice.secrets)
    return {
        "Webhook-Id": str(notice.id),
        "Webhook-Timestamp": moment,
        "Webhook-Signature": " ".join("v1," + b64encode(mark).decode() for mark in marks),
    }
