"""What happened: audit chains, change history, read-model projectors, and the one outbox.

Verbs collect with `record`, `queue`, `showed`, `refused`; everything is written once, at the outermost commit.
"""

from cie.events.audit import NETWORK, Event, append
from cie.events.models import (
    AuditEntry,
    AuditHead,
    AuditPerson,
    Change,
    DeliveryState,
    IdempotencyKey,
    Outbox,
    Throttle,
)
from cie.events.outbox import (
    ON_THE_WAY,
    STUCK,
    UNCERTAIN,
    Claimed,
    Deliverer,
    Outcome,
    claim,
    held,
    queue_age_seconds,
    reopen,
    resend,
    retry_delay,
    settle,
    stuck,
    stuck_deliveries,
)
from cie.events.recording import Projector, changed, install, put_off_access, queue, record, refused, showed
from cie.events.repeats import attempts_left, claim_key, count_attempt, forget_attempts, forgive_attempts, request_hash
from cie.events.verification import Fault, Report, checkpoint, read_checkpoint, verify

__all__ = [
    "NETWORK",
    "ON_THE_WAY",
    "STUCK",
    "UNCERTAIN",
    "AuditEntry",
    "AuditHead",
    "AuditPerson",
    "Change",
    "Claimed",
    "Deliverer",
    "DeliveryState",
    "Event",
    "Fault",
    "IdempotencyKey",
    "Outbox",
    "Outcome",
    "Projector",
    "Report",
    "Throttle",
    "append",
    "attempts_left",
    "changed",
    "checkpoint",
    "claim",
    "claim_key",
    "count_attempt",
    "forget_attempts",
    "forgive_attempts",
    "held",
    "install",
    "put_off_access",
    "queue",
    "queue_age_seconds",
    "read_checkpoint",
    "record",
    "refused",
    "reopen",
    "request_hash",
    "resend",
    "retry_delay",
    "settle",
    "showed",
    "stuck",
    "stuck_deliveries",
    "verify",
]
