"""What runs by the clock: late answers are reminded and returned, what was kept for a while is forgotten."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import delete
from sqlmodel import col

from cie import consent, identity, quarantine, referrals
from cie.db import empty_journal, reading, transaction
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


def return_what_nobody_took() -> None:
    """Give each open request that nobody took in time back to its sender; one transaction each, safe to run twice."""
    now = datetime.now(UTC)
    with reading() as session:
        referral_ids = referrals.unclaimed(session, at=now)
    for referral_id in referral_ids:
        with transaction() as session:
            referrals.return_unclaimed(session, referral_id, at=now)


def end_what_people_allowed_until_yesterday() -> None:
    """End what rests on a consent whose day is past; one transaction a person, safe to run twice."""
    now = datetime.now(UTC)
    with reading() as session:
        person_ids = consent.persons_with_ended_consent(session, at=now)
    for person_id in person_ids:
        with transaction() as session:
            consent.end_what_has_expired(session, person_id, at=now)


def end_emergencies() -> None:
    """End what was opened in an emergency and whose hours are over; one transaction each, safe to run twice."""
    now = datetime.now(UTC)
    with reading() as session:
        access_ids = consent.emergencies_past_their_end(session, at=now)
    for access_id in access_ids:
        with transaction() as session:
            consent.end_emergency(session, access_id, at=now)


def forget_what_has_passed() -> None:
    """Delete windows of throttles, keys of repeated requests, kept forms and ended tokens that are older than a day.

    So are messages that were refused, after their days.
    What was deleted or erased in the last hour leaves the journal of the database as well.
    """
    now = datetime.now(UTC)
    before = now - FORGET_AFTER
    with transaction() as session:
        session.execute(delete(Throttle).where(col(Throttle.window_started_at) < before))
        session.execute(delete(IdempotencyKey).where(col(IdempotencyKey.created_at) < before))
        session.execute(delete(KeptForm).where(col(KeptForm.kept_at) < before))
        identity.forget_old_tokens(session, at=now)
        quarantine.forget_old_messages(session, at=now)
    empty_journal()
