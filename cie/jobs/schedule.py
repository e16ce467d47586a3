"""What runs by the clock: late answers are reminded and returned, what was kept for a while is forgotten."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import delete
from sqlmodel import col

from cie import referrals
from cie.db import reading, transaction
from cie.events import IdempotencyKey, Throttle
from cie.identity.models import KeptForm

FORGET_AFTER = timedelta(days=1)


def look_after_late_answers() -> None:
    """Remind, then return, each answer that is late; one transaction each, safe to run twice."""
    now = datetime.now(UTC)
    with reading() as session:
        task_ids = [task.id for task in referrals.overdue(session, at=now)]
    for task_id in task_ids:
        with transaction() as session:
            referrals.remind_or_return(session, session.get_one(referrals.ReferralTask, task_id), at=now)


def forget_what_has_passed() -> None:
    """Delete windows of throttles, keys of repeated requests and kept forms that are older than a day."""
    before = datetime.now(UTC) - FORGET_AFTER
    with transaction() as session:
        session.execute(delete(Throttle).where(col(Throttle.window_started_at) < before))
        session.execute(delete(IdempotencyKey).where(col(IdempotencyKey.created_at) < before))
        session.execute(delete(KeptForm).where(col(KeptForm.kept_at) < before))
