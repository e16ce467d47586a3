"""Who owes the next step, as one box: at most one button and two links. The rule is that of the worklist."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from flask import url_for

from cie.access import Permission, is_allowed
from cie.people.formats import format_phone
from cie.referrals import PersonWord, Reason, ReferralStatus, ReferralTask, TaskStatus, performers_line
from cie.web.element_words import element_value
from cie.web.language import chosen_language
from cie.web.language import gettext as _
from cie.web.person_words import contact_line
from cie.web.referral_actions import ENDED, Action, ask_other, loop_action, refer_again, task_action, word_action
from cie.web.referral_scene import Scene
from cie.web.referral_words import reason_of
from cie.web.words import witness_words
from cie.web.words_of_time import day, due_words


@dataclass(frozen=True)
class Step:
    """The box: its title, the line under it, what can be done."""

    title: str
    due: str | None = None
    primary: Action | None = None
    others: Sequence[Action] = field(default_factory=tuple)


def step_of(scene: Scene) -> Step:
    """The next step as this reader sees it; readers who may not act see no actions."""
    found = _write(scene)
    if is_allowed(scene.actor, Permission.REFERRAL_ENTRY_WRITE):
        return found
    return Step(found.title, found.due)


def _write(scene: Scene) -> Step:
    task = scene.line.task or scene.main
    if scene.is_sender and task is not None and task.performer_id == scene.own_id and task.status not in ENDED:
        return _PROVIDER.get(performers_line(task).group, _nothing)(scene)
    if scene.is_out_of_sight:
        return Step(_("No next step here: the person and the place go on by themselves"))
    steps = _SENDER if scene.is_sender else _PROVIDER
    return steps.get(scene.line.group, _nothing)(scene)


def _due(kind: str, task: ReferralTask) -> str | None:
    due = due_words(kind, task.due_at)
    return f"{due.text}." if due else None


def _about(scene: Scene) -> ReferralTask:
    task = scene.line.task or scene.main
    assert task is not None
    return task


def _no_reply(scene: Scene) -> Step:
    task = _about(scene)
    phone = scene.organizations[task.performer_id].phone
    call = None if scene.masked or not phone else _("Their number: %(phone)s.", phone=format_phone(phone))
    return Step(
        _("Your next step: call %(name)s. They have not answered", name=scene.provider(task)),
        call,
        task_action(_("They answered by phone"), "tasks.told", task),
        (refer_again(scene, _("Ask another place")), task_action(_("Cancel this request"), "tasks.cancel", task)),
    )


def _choose(scene: Scene) -> Step:
    if scene.main is None:
        close = loop_action(_("Close this request"), "tasks.close", scene)
        late = _("Nobody said yes in time. A late yes still counts.") if scene.is_unclaimed else None
        return Step(_("Your next step: choose a place"), late, refer_again(scene, _("Choose a place")), (close,))
    task = _about(scene)
    if task.waitlist_until:
        return Step(
            _("Your next step: choose with %(name)s: wait, or look elsewhere", name=scene.first_name),
            _(
                "On the waiting list of %(place)s. They look again %(day)s.",
                place=scene.provider(task),
                day=day(task.waitlist_until),
            ),
            refer_again(scene, _("Look elsewhere")),
            (
                task_action(_("They answered by phone"), "tasks.told", task),
                task_action(_("Cancel this request"), "tasks.cancel", task),
            ),
        )
    return Step(
        _("Your next step: choose another place"),
        _why_another(scene, task),
        refer_again(scene, _("Choose another place")),
        (loop_action(_("Close this request"), "tasks.close", scene), word_action(scene)),
    )


def _not_shared(scene: Scene) -> Step:
    """All that is known is that the place answered: the person may always know more."""
    by = due_words("call", scene.line.due_at)
    place = _("%(place)s answered, and may not tell you more.", place=scene.provider(_about(scene), first=True))
    return Step(
        _("Your next step: ask %(name)s what came of it", name=scene.first_name),
        " ".join(filter(None, [place, f"{by.text}." if by else "", how_to_reach(scene)])),
        word_action(scene),
        (loop_action(_("Close this request"), "tasks.close", scene), refer_again(scene, _("Choose another place"))),
    )


def _on_their_list(scene: Scene, task: ReferralTask, until: date) -> str:
    place = scene.provider(task)
    return _("On the waiting list of %(place)s. They look again %(day)s.", place=place, day=day(until))


def _why_another(scene: Scene, task: ReferralTask) -> str:
    if task.status == TaskStatus.CANCELLED:
        return _("Cancelled: %(reason)s.", reason=reason_of(task.reason))
    if scene.masked:
        return _("They cannot help. Why is not told.")
    why = _("%(place)s: %(reason)s.", place=scene.provider(task), reason=reason_of(task.reason) or _("no reason given"))
    if task.proposed_service_id and task.proposed_service_id in scene.services:
        named = scene.services[task.proposed_service_id].name
        why += " " + _("They name %(service)s instead.", service=named)
    return why


def _differ(scene: Scene) -> Step:
    assert scene.referral is not None
    word = scene.words[0].word if scene.words else None
    links = [ask_other(scene, scene.line.task)] if scene.line.task else []
    if scene.referral.status == ReferralStatus.ACTIVE and word in _SETTLES:
        said = witness_words(word.value, "sender", chosen_language()) if word else ""
        return Step(
            _("Your next step: close this request, or ask"),
            _("%(name)s says: %(word)s.", name=scene.first_name, word=said),
            loop_action(_("Close this request"), "tasks.close", scene),
            links,
        )
    call = loop_action(_("Record the call"), "tasks.word", scene)
    if scene.line.task is not None:
        call = task_action(_("Record the call"), "tasks.record_contact", scene.line.task)
    title = _("Your next step: call %(name)s and ask what happened", name=scene.first_name)
    by = due_words("call", scene.line.due_at)
    reach = how_to_reach(scene)
    return Step(title, f"{by.text}. {reach}" if by else reach, call, (*links, refer_again(scene)))


_SETTLES = frozenset({PersonWord.GOT_HELP, PersonWord.NO_LONGER_NEEDS})


def _draft(scene: Scene) -> Step:
    url = url_for("referring.new", draft=scene.id)
    return Step(_("Your next step: look at it again and send it"), None, Action(_("Finish this request"), url))


def _look_again(scene: Scene) -> Step:
    due = due_words("review", scene.line.due_at)
    return Step(
        _("Your next step: ask %(name)s how it went", name=scene.first_name),
        ". ".join(filter(None, [due.text if due else "", how_to_reach(scene)])),
        loop_action(_("Close this request"), "tasks.close", scene),
        (refer_again(scene),),
    )


def how_to_reach(scene: Scene) -> str:
    """How to reach the person safely, in one line."""
    if scene.contact is None:
        return _("We have no number or address for them.")
    line = contact_line(scene.contact)
    return ". ".join(filter(None, [f"{line.kind} {line.value}", line.flag, *line.facts])) + "."


def _wait_for_person(scene: Scene) -> Step:
    return Step(
        _("Next step is with %(name)s: say whether help came", name=scene.first_name),
        _("We ask by text, if they allowed texts. You can ask them, too."),
        None,
        (word_action(scene), refer_again(scene)),
    )


def _wait_for_papers(scene: Scene) -> Step:
    task = _about(scene)
    title = _("Next step is with %(name)s: papers are missing", name=scene.first_name)
    if scene.is_sender and task.performer_id != scene.own_id:
        return Step(title, _due("review", task), None, (ask_other(scene, task), word_action(scene)))
    return Step(title, _due("review", task), None, (task_action(_("Update"), "tasks.update", task),))


def _wait_for_anyone(scene: Scene) -> Step:
    by = due_words("answer", scene.line.due_at)
    close = loop_action(_("Close this request"), "tasks.close", scene)
    return Step(_("Next step is with whoever can help: say yes"), f"{by.text}." if by else None, None, (close,))


def _wait_for_answer(scene: Scene) -> Step:
    if scene.is_unclaimed:
        return _wait_for_anyone(scene)
    task = _about(scene)
    return Step(
        _("Next step is with %(name)s: answer", name=scene.provider(task)),
        _due("answer", task),
        None,
        (
            task_action(_("They answered by phone"), "tasks.told", task),
            task_action(_("Cancel this request"), "tasks.cancel", task),
        ),
    )


def _under_way(scene: Scene) -> Step:
    task, name = _about(scene), scene.provider(_about(scene))
    titles = {
        TaskStatus.ACCEPTED: _("Next step is with %(name)s: contact the person", name=name),
        TaskStatus.IN_PROGRESS: _("Next step is with %(name)s: help, then close", name=name),
        TaskStatus.ON_HOLD: _("Next step is with %(name)s: look at this again", name=name),
    }
    kinds = {TaskStatus.ACCEPTED: "first-contact", TaskStatus.IN_PROGRESS: "update", TaskStatus.ON_HOLD: "review"}
    told = task_action(_("They told you that help was given"), "tasks.told", task)
    return Step(titles[task.status], _due(kinds[task.status], task), None, (ask_other(scene, task), told))


def _answer(scene: Scene) -> Step:
    task = _about(scene)
    ask = Action(_("Ask %(name)s a question", name=scene.sender), "#message")
    return Step(
        _("Your next step: say whether you can help"),
        _due("answer", task),
        task_action(_("Answer"), "tasks.answer", task),
        () if scene.tells_nobody else (ask,),
    )


def _help(scene: Scene) -> Step:
    task = _about(scene)
    contact = task_action(_("Record contact"), "tasks.record_contact", task)
    update = task_action(_("Update"), "tasks.update", task)
    if task.status == TaskStatus.ACCEPTED:
        title = _("Your next step: contact %(name)s", name=scene.short_name)
        reach = scene.released.get("contact")
        lines = [_due("first-contact", task), element_value("contact", reach) + "." if reach else None]
        return Step(title, " ".join(filter(None, lines)), contact, (update,))
    return Step(_("Your next step: close this, or say how it goes"), _due("update", task), update, (contact,))


def _paused(scene: Scene) -> Step:
    task = _about(scene)
    update = task_action(_("Update"), "tasks.update", task)
    return Step(_("Paused: %(reason)s", reason=reason_of(task.reason)), _due("review", task), None, (update,))


def _on_our_list(scene: Scene) -> Step:
    task = _about(scene)
    answer = task_action(_("Answer"), "tasks.answer", task)
    title = _("Next step is with %(name)s: wait, or look elsewhere", name=scene.sender)
    return Step(title, _due("waiting-list", task), None, (answer,))


def _nothing(scene: Scene) -> Step:
    if scene.is_sender and scene.referral is not None:
        return Step(_("No next step is owed"), None, None, () if scene.is_erased else (refer_again(scene),))
    if scene.main is not None and scene.main.reason is Reason.OTHER_FITS_BETTER:
        return Step(_("Nothing to do here"), _("%(name)s decides whether to ask whom you named.", name=scene.sender))
    return Step(_("Nothing to do here"))


_SENDER: dict[str, Callable[[Scene], Step]] = {
    "call-them": _no_reply,
    "choose": _choose,
    "not-shared": _not_shared,
    "differ": _differ,
    "waiting-reply": _wait_for_person,
    "papers": _wait_for_papers,
    "waiting-answer": _wait_for_answer,
    "under-way": _under_way,
    "draft": _draft,
    "next-step": _look_again,
}
_PROVIDER: dict[str, Callable[[Scene], Step]] = {
    "answer": _answer,
    "next-step": _help,
    "papers": _wait_for_papers,
    "under-way": _paused,
    "waiting-list": _on_our_list,
}
