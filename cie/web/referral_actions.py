"""What can be done from the page of one referral: the actions of the box, and what else stands below the facts."""

from dataclasses import dataclass
from typing import Any

from flask import url_for

from cie import referrals
from cie.access import Permission, is_allowed
from cie.referrals import ReferralStatus, ReferralTask, TaskStatus
from cie.web.language import gettext as _
from cie.web.referral_scene import Scene

ENDED = frozenset({TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.REJECTED, TaskStatus.CANCELLED})


@dataclass(frozen=True)
class Action:
    """A button or link of the box."""

    label: str
    url: str
    post: bool = False


def refer_again(scene: Scene, label: str | None = None) -> Action:
    """Ask another place for the same need: the one that they named, if they did; the new referral follows this one."""
    assert scene.referral is not None
    loop, asked = scene.referral, scene.line.task
    named = asked.proposed_service_id if asked and not scene.masked else None
    url = url_for("referring.new", person=loop.person_id, need=loop.need_code, replaces=loop.id, service=named)
    return Action(label or _("Refer again"), url)


def ask_other(scene: Scene, task: ReferralTask) -> Action:
    return Action(_("Ask %(name)s", name=scene.other(task)), "#message")


def task_action(label: str, endpoint: str, task: ReferralTask) -> Action:
    return Action(label, url_for(endpoint, task_id=task.id))


def loop_action(label: str, endpoint: str, scene: Scene) -> Action:
    return Action(label, url_for(endpoint, referral_id=scene.id))


def word_action(scene: Scene) -> Action:
    return loop_action(_("Write down what the person said"), "tasks.word", scene)


def more_of(scene: Scene) -> list[Action]:
    """What else can be done, below the facts."""
    write = is_allowed(scene.actor, Permission.REFERRAL_ENTRY_WRITE)
    if scene.is_sender:
        return _senders_more(scene, write)
    agreed = loop_action(_("What the person agreed to"), "referrals.permission", scene)
    found, task = [agreed, *_erasing(scene)], scene.main
    if task is None or not write:
        return found
    if task.status not in _OVER:
        found += [task_action(_("Record contact"), "tasks.record_contact", task)]
        found += [task_action(_("Cancel this request"), "tasks.cancel", task)]
        found += _in_an_emergency(scene, task)
    return [*found, *_telling(scene, task), task_action(_("Add a file"), "attachments.new", task)]


def _telling(scene: Scene, task: ReferralTask) -> list[Action]:
    """What came of it, once they said yes."""
    if not referrals.may_have_results(task) or not is_allowed(scene.actor, Permission.TASK_ANSWER, task):
        return []
    return [task_action(_("Record an enrollment"), "tasks.record_enrollment", task)]


def _erasing(scene: Scene) -> list[Action]:
    """The officer of a victim service may erase what it wrote."""
    if not scene.tells_nobody or not is_allowed(scene.actor, Permission.PRIVACY_CASE_MANAGE):
        return []
    return [loop_action(_("Erase what we wrote about them"), "privacy.purging", scene)]


def _in_an_emergency(scene: Scene, task: ReferralTask) -> list[Action]:
    """Those who treat may open more, whether there is more or not."""
    is_own = task.requester_id == scene.own_id
    if is_own or not scene.organizations[scene.own_id].treats or not is_allowed(scene.actor, Permission.EMERGENCY_OPEN):
        return []
    return [task_action(_("Open more in an emergency"), "emergency.new", task)]


_OVER = ENDED | {TaskStatus.ENTERED_IN_ERROR}


def _senders_more(scene: Scene, write: bool) -> list[Action]:
    found: list[Action] = []
    loop: Any = scene.referral
    if scene.is_erased:
        return found
    if not scene.masked:
        label = _("Print a sheet for %(name)s", name=scene.first_name)
        found.append(Action(label, url_for("referrals.sheet", referral_id=scene.id)))
    if not write or loop.status in (ReferralStatus.ENTERED_IN_ERROR, ReferralStatus.DRAFT):
        return found
    if scene.main is not None:
        found += _senders_task(scene, scene.main)
    if loop.status == ReferralStatus.ACTIVE and not scene.is_out_of_sight:
        found.append(loop_action(_("Close this request"), "tasks.close", scene))
    return [*found, loop_action(_("Mark as sent by mistake"), "tasks.in_error", scene)]


def _senders_task(scene: Scene, task: ReferralTask) -> list[Action]:
    found = [task_action(_("Add a file"), "attachments.new", task)]
    if scene.masked:
        return found
    if task.status not in _OVER:
        found.append(task_action(_("Record contact"), "tasks.record_contact", task))
    return [*found, word_action(scene)]
