"""Webhooks: telling the programs of an organization that something changed about a referral that they may know of.

A notice holds ids and the kind of change, never anything about a person; who wants more reads it with a token, through
the gate. Notices of one referral keep their order, each keeps its id however often it goes, and goes until the other
side says yes, for about a day. Then it is a dead letter, which the program and the administrators of its organization
see and can send once more. What was missed, for whatever reason, can be replayed.
"""

from cie.webhooks.delivery import KIND, WebhookDeliverer
from cie.webhooks.models import Webhook
from cie.webhooks.notices import (
    Counts,
    NoticePage,
    StuckNotices,
    counts_of,
    notices_in,
    notices_of,
    replay,
    resend_notice,
    resend_stuck,
    stuck_by_program,
)
from cie.webhooks.registering import (
    NewWebhook,
    add_webhook,
    get_webhook,
    new_secret,
    pause_webhook,
    ping,
    remove_webhook,
    resume_webhook,
    secret_of,
    webhooks_of,
)
from cie.webhooks.telling import CHANGED, EVENTS, PING, project

__all__ = [
    "CHANGED",
    "EVENTS",
    "KIND",
    "PING",
    "Counts",
    "NewWebhook",
    "NoticePage",
    "StuckNotices",
    "Webhook",
    "WebhookDeliverer",
    "add_webhook",
    "counts_of",
    "get_webhook",
    "new_secret",
    "notices_in",
    "notices_of",
    "pause_webhook",
    "ping",
    "project",
    "remove_webhook",
    "replay",
    "resend_notice",
    "resend_stuck",
    "resume_webhook",
    "secret_of",
    "stuck_by_program",
    "webhooks_of",
]
