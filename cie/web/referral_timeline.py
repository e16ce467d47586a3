"""What happened to a referral, newest first: moves, words of the person, texts, messages, notes, tries, files."""

from collections.abc import Iterator
from typing import Any

from flask import url_for

from cie.events import AuditEntry, DeliveryState
from cie.referrals import (
    Attachment,
    ContactAttempt,
    ContactMethod,
    Entry,
    EntryKind,
    Reason,
    ReferralTask,
    TaskHistory,
    TaskStatus,
)
from cie.web.language import chosen_language, lazy_gettext, ngettext
from cie.web.language import gettext as _
from cie.web.person_words import dated
from cie.web.referral_happening import Happening
from cie.web.referral_results import results_of
from cie.web.referral_scene import DATA_SETS, NOT_COLLECTED, Scene, is_untold
from cie.web.referral_words import closing_of, reason_of
from cie.web.words import witness_words


def happenings_of(scene: Scene) -> list[Happening]:
    """Everything that this reader may know to have happened, newest first."""
    found = [*_moves(scene), *_steps(scene), *_entries(scene), *_attempts(scene), *_files(scene)]
    found += results_of(scene)
    if scene.is_sender:
        found += [*_words(scene), *_texts(scene)]
    # of two events of one instant, the one that changed the loop came last
    return sorted(found, key=lambda each: (each.at, each.key), reverse=True)


def _moves(scene: Scene) -> Iterator[Happening]:
    for row in scene.history:
        # the end of a loop by its sender is an event of its own
        if scene.is_sender and (row.reason is Reason.LOOP_CLOSED or (scene.masked and row.to_status in NOT_COLLECTED)):
            continue
        title = _title(scene, row)
        if title:
            asked = _asked_with(scene, row) if row.to_status == TaskStatus.REQUESTED else {}
            yield Happening(row.at, title, _mover(scene, row), True, **asked)


def _title(scene: Scene, row: TaskHistory) -> str:
    task = next(t for t in scene.tasks if t.id == row.task_id)
    place, asked, reason = scene.provider(task, first=True), scene.provider(task), reason_of(row.reason)
    mine = not scene.is_sender
    if row.to_status == TaskStatus.COMPLETED and is_untold(scene, task):
        return _("%(name)s answered. Details are not shared", name=place)
    match row.to_status:
        case TaskStatus.REQUESTED:
            return _("%(name)s asked you", name=scene.sender) if mine else _("Sent to %(name)s", name=asked)
        case TaskStatus.ACCEPTED:
            return _("%(name)s: “Yes, we can help”", name=place)
        case TaskStatus.REJECTED if scene.masked and scene.is_sender:
            return _("%(name)s: “No, we cannot”", name=place)
        case TaskStatus.REJECTED:
            return _("%(name)s: “No, we cannot”. %(reason)s", name=place, reason=reason)
        case TaskStatus.IN_PROGRESS:
            return _("%(name)s: help has started", name=place)
        case TaskStatus.ON_HOLD:
            return _("%(name)s paused it: %(reason)s", name=place, reason=reason)
        case TaskStatus.COMPLETED:
            return _("%(name)s closed it: help was given", name=place)
        case TaskStatus.FAILED:
            return _("%(name)s closed it: %(reason)s", name=place, reason=reason)
        case TaskStatus.CANCELLED:
            return _cancelled(scene, row, place, reason)
        case TaskStatus.ENTERED_IN_ERROR:
            return "" if row.from_status == TaskStatus.DRAFT else _("Marked as sent by mistake")
        case _:
            return ""


def _cancelled(scene: Scene, row: TaskHistory, place: str, reason: str) -> str:
    by_place = row.actor_organization_id != row.organization_id
    if scene.is_sender:
        who = place if by_place else scene.sender
        return (
            _("%(name)s is no longer asked: %(reason)s", name=place, reason=reason)
            if _recalled(row)
            else _("%(name)s cancelled: %(reason)s", name=who, reason=reason)
        )
    if _recalled(row):
        return _("Someone else is helping. Thank you")
    if by_place:
        return _("%(name)s cancelled: %(reason)s", name=place, reason=reason)
    return _("%(name)s cancelled. Nothing to do", name=scene.sender)


def _recalled(row: TaskHistory) -> bool:
    return row.reason is not None and row.reason.value == "recalled"


def _mover(scene: Scene, row: TaskHistory) -> str | None:
    who = scene.staff_name(row.actor_id)
    if row.told_by and scene.is_sender:
        told = "" if scene.masked else row.told_by
        return _("Told by phone by %(told)s to %(who)s. Not yet confirmed by them", told=told, who=who)
    if row.told_by:
        return _("Written down by %(name)s. Not yet confirmed by you", name=scene.sender)
    if row.to_status == TaskStatus.REQUESTED and scene.is_sender:
        return _with_permission(scene, row, who)
    if row.to_status in (TaskStatus.COMPLETED, TaskStatus.FAILED) and scene.is_sender:
        if any(task.id == row.task_id and task.outcome_withheld for task in scene.tasks):
            return who or None
        return _("%(who)s. The provider's word.", who=who) if who else _("The provider's word.")
    return who or None


def _with_permission(scene: Scene, row: TaskHistory, who: str) -> str | None:
    basis = next((r for r in reversed(scene.releases) if r.subject_id == row.task_id and r.data_set in DATA_SETS), None)
    given = [scene.consents[c].given_at for c in basis.consent_ids if c in scene.consents] if basis else []
    if not given or not who:
        return who or None
    return _("%(who)s, with permission of %(day)s", who=who, day=dated(max(given)))


def _asked_with(scene: Scene, row: TaskHistory) -> dict[str, Any]:
    """The message that went with the request, to those who may read it."""
    task = next(t for t in scene.tasks if t.id == row.task_id)
    readers = (scene.sender, scene.provider(task))
    if not scene.is_sender:
        words = scene.seen[task.id].get("message")
        return {"message": words, "readers": readers, "shown": "messages" if words else ""}
    assert scene.referral is not None
    release = scene.seen_by(task)
    if release is not None and "message" in scene.codes[release.id]:
        return {"message": scene.referral.message, "readers": readers, "shown": "messages"}
    shown = "messages" if scene.referral.message else ""
    return {"note": scene.referral.message, "readers": readers, "shown": shown}


def _steps(scene: Scene) -> Iterator[Happening]:
    for step in scene.steps:
        title = _of_task(scene, step) if step.action.startswith("task.") else _of_loop(scene, step)
        if title:
            key = step.action != "task.remind"
            yield Happening(step.at, title, scene.staff_name(step.actor_id) or None, key)


def _of_task(scene: Scene, step: AuditEntry) -> str:
    task = next((t for t in scene.tasks if t.id == step.subject_id), None)
    if task is None:
        return ""
    match step.action:
        case "task.waitlist":
            return _("%(name)s: on the waiting list", name=scene.provider(task, first=True))
        case "task.remind":
            return _("%(name)s was reminded to answer", name=scene.provider(task, first=True))
        case _:
            return _("%(name)s did not answer in time", name=scene.provider(task, first=True))


_OPEN = {
    "referral.open": lazy_gettext("Asked whoever can help"),
    "referral.unclaimed": lazy_gettext("Nobody said yes in time"),
}


def _of_loop(scene: Scene, step: AuditEntry) -> str:
    assert scene.referral is not None
    if step.action == "referral.give-contact":
        return _("%(name)s was given the contact", name=scene.first_name)
    if step.action in _OPEN:
        return str(_OPEN[step.action])
    if step.action == "referral.error":
        return "" if scene.tasks else _("Marked as sent by mistake")
    ended_by_place = any(row.at == step.at and row.to_status in NOT_COLLECTED for row in scene.history)
    if ended_by_place or scene.referral.closing is None:
        return ""
    return _("The request was closed: %(how)s", how=closing_of(scene))


def _entries(scene: Scene) -> Iterator[Happening]:
    for entry in scene.entries:
        yield _entry(scene, entry)


def _entry(scene: Scene, entry: Entry) -> Happening:
    who, own = scene.staff_name(entry.author_id) or None, scene.organizations[scene.own_id].name
    if entry.kind is EntryKind.NOTE:
        return Happening(entry.written_at, _("Our note"), who, shown="notes", note=entry.text, readers=(own,))
    task = next((t for t in scene.tasks if t.id == entry.task_id), None)
    other = scene.other(task) if task else scene.sender
    is_ours = entry.organization_id == scene.own_id
    title = _entry_title(entry, own if is_ours else other)
    if is_ours and entry.id not in scene.shared:
        unread = _("%(title)s. %(other)s cannot read it now", title=title, other=other)
        return Happening(entry.written_at, unread, who, shown="messages", note=entry.text, readers=(own,))
    return Happening(entry.written_at, title, who, shown="messages", message=entry.text, readers=(own, other))


def _entry_title(entry: Entry, author: str) -> str:
    if entry.kind is EntryKind.REASON:
        return _("In the words of %(name)s", name=author)
    return _("Message from %(name)s", name=author)


METHODS = {
    ContactMethod.PHONE: lazy_gettext("by phone"),
    ContactMethod.TEXT: lazy_gettext("by text"),
    ContactMethod.IN_PERSON: lazy_gettext("in person"),
    ContactMethod.VIDEO: lazy_gettext("by video"),
    ContactMethod.EMAIL: lazy_gettext("by email"),
    ContactMethod.MAIL: lazy_gettext("by letter"),
}


def _attempts(scene: Scene) -> Iterator[Happening]:
    for attempt in scene.attempts:
        yield Happening(attempt.happened_at, _tried(scene, attempt), _how_long(scene, attempt))


def _tried(scene: Scene, attempt: ContactAttempt) -> str:
    how = METHODS[attempt.method]
    if attempt.reached:
        return _("Reached %(name)s %(how)s", name=scene.first_name, how=how)
    return _("Tried to reach %(name)s %(how)s", name=scene.first_name, how=how)


def _how_long(scene: Scene, attempt: ContactAttempt) -> str | None:
    who = scene.staff_name(attempt.by_id)
    minutes = ngettext("%(num)d minute", "%(num)d minutes", attempt.minutes) if attempt.minutes else ""
    return ", ".join(filter(None, [who, minutes])) or None


def _files(scene: Scene) -> Iterator[Happening]:
    for row in scene.files:
        yield _file(scene, row)


def _file(scene: Scene, row: Attachment) -> Happening:
    task = next(t for t in scene.tasks if t.id == row.task_id)
    who = scene.staff_name(row.author_id) or None
    if row.organization_id != scene.own_id:
        title = _("File from %(name)s", name=scene.other(task))
    elif row.quarantined:
        why = _("Kept apart: it is not what it says it is. Nobody can open it.")
        return Happening(row.added_at, _("Our file"), f"{who}. {why}" if who else why, file_name=row.name)
    else:
        title, who = _("Our file"), _file_readers(scene, row, task, who)
    url = url_for("attachments.show", attachment_id=row.id)
    return Happening(row.added_at, title, who, file_name=row.name, file_url=url)


def _file_readers(scene: Scene, row: Attachment, task: ReferralTask, who: str | None) -> str:
    is_shared = row.id in scene.shared
    words = _("%(name)s can open it.", name=scene.other(task)) if is_shared else _("Only we can open it.")
    return f"{who}. {words}" if who else words


def _words(scene: Scene) -> Iterator[Happening]:
    for word in scene.words:
        said = witness_words(word.word.value, "sender", chosen_language())
        title = _("%(name)s says: %(word)s", name=scene.first_name, word=said)
        taker = scene.staff_name(word.taken_by_id)
        by = _("The person's own word, told to %(name)s.", name=taker) if taker else _("The person's own word.")
        yield Happening(word.said_at, title, by, True)


TEXTS = {
    "first-text": lazy_gettext("what texts to expect"),
    "asked": lazy_gettext("we asked an organization"),
    "someone-can-help": lazy_gettext("someone can help"),
    "help-started": lazy_gettext("help has started"),
    "still-looking": lazy_gettext("we are still looking"),
    "waiting-list": lazy_gettext("there is a waiting list"),
    "paused": lazy_gettext("this is paused"),
    "ask": lazy_gettext("did help come?"),
}
"""What a text told, by its template."""


def _texts(scene: Scene) -> Iterator[Happening]:
    for text in scene.texts:
        if text.state == DeliveryState.SENT and text.settled_at is not None:
            title = _("Text sent to %(name)s", name=scene.first_name)
            about = TEXTS.get(text.codes.get("template", ""))
            if about:
                title = _("%(title)s: %(about)s", title=title, about=about)
            yield Happening(text.settled_at, title, _("No need or place was named in the text"))
