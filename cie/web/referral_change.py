"""What happened to a task or a loop while somebody typed: one sentence, as far as this reader may know it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import g, request

from cie import calendar, referrals
from cie.db import reading
from cie.events import AuditEntry
from cie.referrals import Reason, ReferralTask, TaskHistory, TaskStatus
from cie.web import referral_loading
from cie.web.language import chosen_language
from cie.web.language import gettext as _
from cie.web.referral_scene import NOT_COLLECTED, Scene, is_untold
from cie.web.referral_words import closing_of, reason_of
from cie.web.words import witness_words
from cie.web.words_of_time import clock, day

Told = tuple[datetime, str]


def what_changed(*, task_id: UUID | None = None, referral_id: UUID | None = None, **_others: Any) -> str:
    """The newest thing that happened, in a sentence without its dot; empty when the reader may not know it.

    Takes the arguments of the views of a task, of a loop, or of both.
    """
    with reading() as session:
        if task_id is not None:
            referral_id = referrals.get_task(session, g.actor, task_id).referral_id
        assert referral_id is not None
        scene = referral_loading.load(session, g.actor, referral_id)
        tasks = [task for task in scene.tasks if task_id in (None, task.id)]
        if any(_is_unread_now(scene, task) for task in tasks):
            return _("There are no further updates about this person")
        return max(_happened(scene, tasks), default=(g.now, ""))[1]


def _is_unread_now(scene: Scene, task: ReferralTask) -> bool:
    """Nothing moved, yet what the reader saw of the person is not readable any more."""
    was_read = bool(request.form.get("seen_release"))
    return was_read and request.form.get("seen_version") == str(task.version) and not scene.seen.get(task.id)


def _happened(scene: Scene, tasks: list[ReferralTask]) -> Iterator[Told]:
    own = {task.id for task in tasks}
    moves = [(row, _moved(scene, row)) for row in scene.history if row.task_id in own]
    yield from ((row.at, words) for row, words in moves if words)
    steps = [(step, _stepped(scene, step)) for step in scene.steps if step.subject_id in own | {scene.id}]
    yield from ((step.at, words) for step, words in steps if words)
    for word in scene.words:
        said = witness_words(word.word.value, "sender", chosen_language())
        yield word.said_at, _("%(name)s says: %(word)s", name=scene.first_name, word=said)


def _moved(scene: Scene, row: TaskHistory) -> str:
    if scene.is_sender and scene.masked and row.to_status in NOT_COLLECTED:
        return ""
    if row.to_status == TaskStatus.COMPLETED and any(t.id == row.task_id and is_untold(scene, t) for t in scene.tasks):
        return _("%(who)s answered %(when)s. Details are not shared", **_named(scene, row))
    if row.told_by:
        return _("%(who)s wrote down an answer by phone %(when)s", **_named(scene, row))
    words = {
        TaskStatus.ACCEPTED: _("%(who)s said yes %(when)s", **_named(scene, row)),
        TaskStatus.REJECTED: _declined(scene, row),
        TaskStatus.IN_PROGRESS: _("%(who)s wrote %(when)s that help has started", **_named(scene, row)),
        TaskStatus.ON_HOLD: _("%(who)s paused it %(when)s: %(reason)s", **_named(scene, row)),
        TaskStatus.COMPLETED: _("%(who)s closed it %(when)s: help was given", **_named(scene, row)),
        TaskStatus.FAILED: _("%(who)s closed it %(when)s: %(reason)s", **_named(scene, row)),
        TaskStatus.CANCELLED: _cancelled(scene, row),
        TaskStatus.ENTERED_IN_ERROR: _("%(who)s marked it as sent by mistake %(when)s", **_named(scene, row)),
    }
    return words.get(row.to_status, "")


def _named(scene: Scene, row: TaskHistory) -> dict[str, str]:
    return {
        "who": _who(scene, row.actor_id, row.actor_organization_id, row.task_id),
        "when": _when(row.at),
        "reason": reason_of(row.reason),
    }


def _declined(scene: Scene, row: TaskHistory) -> str:
    if _is_hidden(scene, row):
        return _("%(who)s said no %(when)s", **_named(scene, row))
    return _("%(who)s said no %(when)s: %(reason)s", **_named(scene, row))


def _is_hidden(scene: Scene, row: TaskHistory) -> bool:
    """Why a protected service said no or ended it is not told to the sender."""
    return scene.masked and scene.is_sender and row.actor_organization_id != scene.own_id


def _cancelled(scene: Scene, row: TaskHistory) -> str:
    """The sender hears every reason, a receiver its own; that the other side ended it, and who was first, both do."""
    names = _named(scene, row)
    if row.reason is Reason.RECALLED:
        return "" if scene.is_sender else _("Someone else said yes %(when)s", when=names["when"])
    if scene.is_sender and row.reason is Reason.LOOP_CLOSED:
        return ""
    is_told_why = (scene.is_sender and not _is_hidden(scene, row)) or row.actor_organization_id == scene.own_id
    if is_told_why:
        return _("%(who)s cancelled %(when)s: %(reason)s", **names)
    return _("%(who)s cancelled %(when)s", **names)


def _stepped(scene: Scene, step: AuditEntry) -> str:
    names = {"who": _who(scene, step.actor_id, step.actor_organization_id, step.subject_id), "when": _when(step.at)}
    if step.action == "task.waitlist":
        return _("%(who)s put them on the waiting list %(when)s", **names)
    if step.action == "referral.close" and scene.referral is not None and scene.referral.closing is not None:
        how = closing_of(scene)
        return "" if _ended_by_place(scene, step) else _("%(who)s closed it %(when)s: %(reason)s", reason=how, **names)
    if step.action == "referral.error" and not scene.tasks:
        return _("%(who)s marked it as sent by mistake %(when)s", **names)
    return ""


def _ended_by_place(scene: Scene, step: AuditEntry) -> bool:
    return any(row.at == step.at and row.to_status in NOT_COLLECTED for row in scene.history)


def _who(scene: Scene, actor_id: UUID | None, organization_id: UUID | None, subject_id: UUID | None) -> str:
    """Colleagues by their names, anybody else by their organization."""
    if organization_id == scene.own_id and scene.staff_name(actor_id):
        return scene.staff_name(actor_id)
    task = next((task for task in scene.tasks if task.id == subject_id), None)
    if task is not None and organization_id == task.performer_id:
        return scene.provider(task, first=True)
    return scene.sender


def _when(at: datetime) -> str:
    if calendar.local_day(at) == calendar.local_day(g.now):
        return _("at %(clock)s", clock=clock(at))
    return _("on %(day)s at %(clock)s", day=day(at), clock=clock(at))
