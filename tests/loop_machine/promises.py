"""What the loop promises of each single act, written down again from the design and not read from the product."""

import json
from typing import Any
from uuid import UUID

from cie.access import ActorKind, Role
from cie.consent.models import Consent, Release, ReleaseElement
from cie.errors import ConsentRequired
from cie.events import AuditEntry, Outbox
from cie.events.models import Change
from cie.people import ContactPoint, Person
from cie.referrals import (
    Attachment,
    ContactAttempt,
    Entry,
    Referral,
    ReferralTask,
    TaskHistory,
    WithheldAnswer,
    WordOfPerson,
)
from tests.loop_machine.snapshot import WATCHED, Step

ASKER, ASKED = "asker", "asked"
MOVES = {
    ("draft", "requested"): {ASKER},
    ("requested", "accepted"): {ASKED},
    ("requested", "rejected"): {ASKED},
    ("requested", "cancelled"): {ASKER, ASKED},
    ("accepted", "in-progress"): {ASKED},
    ("accepted", "on-hold"): {ASKED},
    ("accepted", "completed"): {ASKED},
    ("accepted", "failed"): {ASKED},
    ("accepted", "cancelled"): {ASKER, ASKED},
    ("in-progress", "on-hold"): {ASKED},
    ("in-progress", "completed"): {ASKED},
    ("in-progress", "failed"): {ASKED},
    ("in-progress", "cancelled"): {ASKER, ASKED},
    ("on-hold", "in-progress"): {ASKED},
    ("on-hold", "completed"): {ASKED},
    ("on-hold", "failed"): {ASKED},
    ("on-hold", "cancelled"): {ASKER, ASKED},
} | {
    (status, "entered-in-error"): {ASKER}
    for status in (
        "draft", "requested", "accepted", "in-progress", "on-hold", "completed", "failed", "rejected", "cancelled",
    )
}  # fmt: skip
LOOP_MOVES = {
    (None, "draft"),
    (None, "active"),
    ("draft", "active"),
    ("draft", "entered-in-error"),
    ("active", "completed"),
    ("active", "revoked"),
    ("active", "entered-in-error"),
    ("completed", "entered-in-error"),
    ("revoked", "entered-in-error"),
}
BY_VOICE = {"accepted", "rejected", "completed", "failed"}
WITH_REASON = {"rejected", "cancelled", "on-hold", "failed"}
OVER = {"completed", "failed", "rejected", "cancelled", "entered-in-error"}
UNDER_WAY = {"accepted", "in-progress", "on-hold"}
UNREADABLE = {"rejected", "cancelled", "entered-in-error"}
CASE_WORKERS = {Role.CASEWORKER, Role.SUPERVISOR, Role.NAVIGATOR}
MAY_ALSO = {
    "record_consent": {Role.PRIVACY_OFFICER},
    "revoke": {Role.PRIVACY_OFFICER},
    "stop_sharing_with": {Role.PRIVACY_OFFICER},
    "hand_over": {Role.ORGANIZATION_ADMINISTRATOR},
}
TRIES = 2
"""How often this network wants a person to be tried before "we cannot reach them"."""
ENDS_SHARING = {
    "accept", "reject", "cancel", "close_loop", "mark_in_error", "record_consent", "revoke", "stop_sharing_with",
    "end_what_has_expired",
}  # fmt: skip
NEVER_CHANGED = (TaskHistory, WordOfPerson, Entry, ContactAttempt, Attachment, Change, ReleaseElement, AuditEntry)
MAY_CHANGE = {
    Consent: {"revoked_at", "revoked_method", "revoked_by", "deliveries_on_the_way"},
    Release: {"ended_at"},
}


def check(step: Step) -> None:
    """All that one act must keep."""
    a_refusal_changes_nothing(step)
    only_those_who_work_with_people_act(step)
    each_move_is_in_the_table(step)
    no_row_of_history_is_lost(step)
    each_change_has_its_history(step)
    each_change_is_audited(step)
    nobody_else_wins(step)
    what_is_shared_ends_only_with_a_cause(step)
    what_is_shared_ends_with_its_task(step)
    whoever_is_asked_or_says_yes_can_read(step)
    nobody_gives_up_before_the_tries(step)


def a_refusal_changes_nothing(step: Step) -> None:
    if not step.done:
        changed = [table.__name__ for table in WATCHED if table is not AuditEntry and step.differs(table)]
        assert not changed, f"refused, and yet changed: {changed}"
        told = {e.action for e in step.new(AuditEntry)}
        assert told <= {"release.refuse", "seen"}
        is_kept = not isinstance(step.refusal, ConsentRequired) or "release.refuse" in told
        assert is_kept, "a refusal that nobody wrote down"


def only_those_who_work_with_people_act(step: Step) -> None:
    if step.done and step.actor.kind == ActorKind.STAFF:
        may = CASE_WORKERS | MAY_ALSO.get(step.verb, set())
        assert step.actor.roles & may, "a role that may not do this did it"


def each_move_is_in_the_table(step: Step) -> None:
    """A task moves by a row of history that says so; a loop moves only forward."""
    tasks, moved = step.after[ReferralTask], step.new(TaskHistory)
    apart = {row.task_id: row.status for row in step.new(WithheldAnswer)}
    for row in moved:
        task, pair = tasks[row.task_id], (row.from_status, apart.get(row.task_id, row.to_status))
        assert row.task_id not in apart or (row.to_status, row.reason) == ("completed", None), "an end tells which"
        assert pair in MOVES, f"no such move: {pair}"
        assert _side(step, row, task, pair) in MOVES[pair], f"the other side made the move {pair}"
        assert (row.reason is not None) == (row.to_status in WITH_REASON)
        assert row.at == step.at
    for task in tasks.values():
        assert (task.ended_at is not None) == (task.status in OVER)
        assert task.status != "draft" or task.requested_at is None
    for row in step.new(Referral):
        assert (None, row.status) in LOOP_MOVES
    for before, after in step.changed(Referral):
        if before.status != after.status:
            assert (before.status, after.status) in LOOP_MOVES, "the loop was reopened"
            assert after.version > before.version, "a version that tells nobody of the end"


def _side(step: Step, row: Any, task: Any, pair: tuple[str, str]) -> str:
    """Which side made a move. By the answer of one the others are recalled or asked in the name of the asker."""
    actor = row.actor_organization_id
    siblings = {r.to_status for r in step.new(TaskHistory) if r.referral_id == row.referral_id and r.id != row.id}
    recalled = pair in (("requested", "cancelled"), ("draft", "entered-in-error")) and "accepted" in siblings
    passed_over = pair == ("draft", "entered-in-error") and "rejected" in siblings
    next_in_order = pair == ("draft", "requested") and "rejected" in siblings
    if recalled or passed_over or next_in_order:
        return ASKER
    if row.told_by_sealed is not None:
        assert actor == task.organization_id and row.to_status in BY_VOICE and step.says.get("told")
        return ASKED
    assert actor in (task.organization_id, task.performer_id), "a stranger moved it"
    sides = {ASKER: actor == task.organization_id, ASKED: actor == task.performer_id}
    return next((s for s in MOVES.get(pair, ()) if sides[s]), ASKER if sides[ASKER] else ASKED)


def no_row_of_history_is_lost(step: Step) -> None:
    """What was written down stays as it was written; nothing is ever deleted."""
    for table in WATCHED:
        assert not step.gone(table), f"a row of {table.__name__} is gone"
    for table in NEVER_CHANGED:
        assert not list(step.changed(table)), f"a row of {table.__name__} was rewritten"
    for table, may in MAY_CHANGE.items():
        for before, after in step.changed(table):
            differs = {name for name in before._fields if getattr(before, name) != getattr(after, name)}
            assert differs <= may, f"{table.__name__} was rewritten: {differs - may}"
            assert all(getattr(before, name) is None for name in differs), f"{table.__name__} was rewritten"


def each_change_has_its_history(step: Step) -> None:
    """Each new status of a task has its row of history with who did it; each move and waiting counts one version."""
    moved: dict[Any, list[Any]] = {}
    for row in step.new(TaskHistory):
        moved.setdefault(row.task_id, []).append(row)
        who = row.actor_kind, row.actor_id, row.actor_organization_id, row.door
        assert who == (step.actor.kind, step.actor.id, step.actor.organization_id, step.actor.door)
    for task in step.after[ReferralTask].values():
        old = step.before[ReferralTask].get(task.id)
        status, version = (old.status, old.version) if old else ("draft", 1)
        for row in moved.get(task.id, ()):
            assert row.from_status == status, "a row of history is lost"
            status, version = row.to_status, version + 1
        assert task.status == status, "the task moved and no history says so"
        waited = step.verb == "put_on_waitlist" and old is not None and old != task
        assert task.version == version + waited, "a version that tells nobody of the change"
    told = {(c.record_type, c.record_id) for c in step.new(Change)}
    for table, names in CORRECTED.items():
        for before, after in step.changed(table):
            if any(getattr(before, name) != getattr(after, name) for name in names):
                assert (str(table.__tablename__), after.id) in told, f"{table.__name__}: what it was before is lost"


CORRECTED: dict[Any, tuple[str, ...]] = {
    Person: ("given_name_sealed", "language", "zip", "household_size"),
    ContactPoint: ("may_text", "safety", "is_current", "safe_from_hour", "safe_until_hour"),
}
NAMED_BY: dict[Any, Any] = {
    TaskHistory: lambda row: row.task_id,
    ReleaseElement: lambda row: row.release_id,
    ReferralTask: lambda row: row.referral_id if row.status == "draft" else row.id,
    Change: lambda row: row.record_id,
    WithheldAnswer: lambda row: row.task_id,
}
"""What is audited under the id of the record that it belongs to."""
UNAUDITED = (Outbox, AuditEntry)


def each_change_is_audited(step: Step) -> None:
    """Each row that is new or differs is named by an audit entry of this very act, of this actor, at this time."""
    entries = [e for e in step.new(AuditEntry) if e.action not in ("seen", "release.refuse")]
    for entry in entries:
        who = entry.actor_kind, entry.actor_id, entry.actor_organization_id, entry.door
        assert who == _doer(step, entry), f"{entry.action}: somebody else"
        assert entry.at == step.at
    named = {e.subject_id for e in entries} | {e.person_id for e in entries if e.action.startswith("danger.")}
    named |= {UUID(codes["corrects"]) for codes in (json.loads(e.codes) for e in entries) if "corrects" in codes}
    for table in WATCHED:
        if table in UNAUDITED:
            continue
        id_of = NAMED_BY.get(table, lambda row: row.id)
        for row in [*step.new(table), *(after for _before, after in step.changed(table))]:
            assert id_of(row) in named, f"{step.verb} changed {table.__name__} and no audit entry says so"
    apart = {row.task_id for row in step.new(WithheldAnswer)}
    moves = step.new(TaskHistory)
    wanted = {"task.answered" if row.task_id in apart else f"task.{row.to_status}" for row in moves}
    assert wanted <= {e.action for e in entries}, "a move is audited as something else"
    _no_more_is_said_than_done(step, entries)


def _doer(step: Step, entry: Any) -> tuple[Any, ...]:
    """Who is to stand in an entry. A text speaks for each person who has its number, in the record of each."""
    actor = step.actor
    speaker = entry.person_id if step.verb == "take_in" else actor.id
    place = actor.organization_id if speaker == actor.id else entry.actor_organization_id
    return (actor.kind, speaker, place, actor.door)


def _no_more_is_said_than_done(step: Step, entries: list[Any]) -> None:
    count = {"task.": len(step.new(TaskHistory)), "person.word": len(step.new(WordOfPerson))}
    statuses = {to for _from, to in MOVES} | {"answered"}
    moves = [e for e in entries if e.action.removeprefix("task.") in statuses and e.action.startswith("task.")]
    assert len(moves) == count["task."], "moves and their audit entries differ"
    assert sum(e.action == "person.word" for e in entries) == count["person.word"]
    releases = sum(e.action == "release.disclose" for e in entries)
    assert releases == len(step.new(Release)), "a disclosure is recorded once"


def nobody_else_wins(step: Step) -> None:
    """One yes a loop, ever; with it the others are told, and no text or answer can make a second one."""
    wins: dict[Any, int] = {}
    for row in step.after[TaskHistory].values():
        wins[row.referral_id] = wins.get(row.referral_id, 0) + (row.to_status == "accepted")
    assert all(count <= 1 for count in wins.values()), "a second winner"
    for task in step.after[ReferralTask].values():
        if wins.get(task.referral_id):
            assert task.status not in ("draft", "requested"), "somebody else said yes and this one is still asked"


def what_is_shared_ends_only_with_a_cause(step: Step) -> None:
    ended = [after for before, after in step.changed(Release) if after.ended_at]
    has_cause = step.verb in ENDS_SHARING or step.new(WithheldAnswer)
    assert not ended or has_cause, f"{step.verb} ended what was shared"
    if step.verb == "accept":
        winners = {row.task_id for row in step.new(TaskHistory) if row.to_status == "accepted"}
        assert not any(row.subject_id in winners for row in ended), "who accepted lost what it could read"


def what_is_shared_ends_with_its_task(step: Step) -> None:
    """Whoever declined, was recalled or cancelled reads neither the request nor what was written to them before."""
    for row in step.new(TaskHistory):
        task = step.after[ReferralTask][row.task_id]
        if row.to_status not in UNREADABLE or task.performer_id == task.organization_id:
            continue
        written = [r.id for table in (Entry, Attachment) for r in step.before[table].values() if r.task_id == task.id]
        for release in step.before[Release].values():
            if release.recipient_id == task.performer_id and release.subject_id in (task.id, *written):
                assert step.after[Release][release.id].ended_at, "what was written is read after the end"


def whoever_is_asked_or_says_yes_can_read(step: Step) -> None:
    """Several read an offer, one alone the whole request; name and contact go to the one that says yes."""
    new = {(r.subject_id, r.recipient_id, r.data_set) for r in step.new(Release)}
    for row in step.new(TaskHistory):
        task = step.after[ReferralTask][row.task_id]
        if row.to_status == "requested" or (row.to_status == "accepted" and task.is_offer):
            wanted = "offer" if task.is_offer and row.to_status == "requested" else "referral"
            assert (task.id, task.performer_id, wanted) in new, f"{row.to_status}, and nothing to read"


def nobody_gives_up_before_the_tries(step: Step) -> None:
    """Who cannot be reached was tried in vain, on record; an answer by voice is the word of the one who gave it."""
    for row in step.new(TaskHistory):
        if (row.to_status, row.reason) == ("failed", "unable-to-reach") and row.told_by_sealed is None:
            tries = [a for a in step.before[ContactAttempt].values() if a.task_id == row.task_id and not a.reached]
            assert len(tries) >= TRIES, "given up too early"
