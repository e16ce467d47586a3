"""The read models of an invented loop at its end, as the projectors would have left them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from cie import measures, referrals
from cie.events import Event
from cie.referrals import ReferralActivity, WorklistItem
from cie.referrals.activity import rows_of as activity_rows
from cie.referrals.last_events import PROVIDER, SENDER, Last, Viewer, last_of
from cie.referrals.worklist import NOTHING_OWED
from cie.referrals.worklist_rows import row_of
from cie.seeding.loops import Batch, Record

NO_SESSION: Any = None
"""What happens in an invented loop is told by its events alone, so that nothing is asked of the database."""


class End(NamedTuple):
    """A loop with its one task and what happened in it; `asked`: the person was asked whether help came.

    Records read as the rows that they will be.
    """

    referral: Any
    person: Any
    task: Any
    words: Sequence[Record]
    events: Sequence[Event]
    asked: bool


def write_read_models(batch: Batch, end: End) -> None:
    """Measures, activity, and the line of the worklist of each side."""
    referral, words, tasks = end.referral, list[Any](end.words), [end.task]
    if facts := measures.facts_of(referral, end.person, tasks, words, asked=end.asked):
        batch.rows[measures.ReferralFact].append(facts)
    batch.rows[ReferralActivity] += activity_rows(NO_SESSION, referral, tasks, end.events)
    own = Viewer(referral.organization_id, SENDER)
    line = referrals.requesters_line(referral, tasks, words)
    _write_line(batch, end, own, line, referral.id, end.task.performer_id, referral.assignee_id)
    theirs = Viewer(end.task.performer_id, PROVIDER, end.task.id)
    line = referrals.performers_line(end.task)
    _write_line(batch, end, theirs, line, end.task.id, referral.organization_id, end.task.assignee_id)


def _write_line(batch: Batch, end: End, viewer: Viewer, line: Any, item_id: Any, other: Any, assignee_id: Any) -> None:
    if line is NOTHING_OWED:
        return
    last = last_of(NO_SESSION, viewer, end.events) or Last("referral.send", end.referral.first_sent_at)
    known = {
        "counterpart_id": other,
        "need_code": end.referral.need_code,
        "language": end.person.language,
        "urgency_rank": end.referral.urgency.rank,
    }
    batch.rows[WorklistItem].append(row_of(end.referral, line, item_id, viewer, last, assignee_id) | known)
