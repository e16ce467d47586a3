"""What stands beside the page of one referral: facts of the person and the loop, or of what a receiver may read."""

from dataclasses import dataclass
from uuid import UUID

from flask import g, url_for
from sqlmodel import Session

from cie import calendar, people, referrals
from cie.access import Permission, is_allowed
from cie.people.birth import age_on
from cie.referrals import TaskStatus
from cie.web.element_words import element_label, element_value
from cie.web.language import gettext as _
from cie.web.language import ngettext
from cie.web.language_names import language_name
from cie.web.referral_actions import Action
from cie.web.referral_scene import Scene
from cie.web.referral_steps import how_to_reach
from cie.web.words_of_time import day


@dataclass(frozen=True)
class Fact:
    """A line beside the page, with an optional link after it."""

    label: str
    value: str
    url: str | None = None
    more: Action | None = None


def facts_of(session: Session, scene: Scene) -> list[Fact]:
    """The facts that the reader's side may know."""
    return _about_person(session, scene) if scene.is_sender else _about_task(scene)


def _about_person(session: Session, scene: Scene) -> list[Fact]:
    person, loop = scene.person, scene.referral
    assert person is not None and loop is not None
    age = age_on(people.birth_of(person), calendar.local_day(g.now))
    name = scene.short_name if age is None else _("%(name)s, age %(age)s", name=scene.short_name, age=age)
    language = language_name(person.language)
    spoken = _("%(language)s. Needs an interpreter", language=language) if person.interpreter else language
    asked, waiting = _places(scene)
    return [
        Fact(_("Person"), name, url_for("people.show", person_id=person.id)),
        *([] if scene.is_erased else [Fact(_("Language"), spoken), Fact(_("Safe contact"), how_to_reach(scene))]),
        Fact(_("Asked of"), asked or (_who_could(scene) if scene.offers else _("Nobody: nothing was sent"))),
        *([Fact(_("Asked next, if they cannot help"), waiting)] if waiting else []),
        *_informed(scene),
        *_lineage(session, scene),
        *_reported(session, scene),
        _in_charge(scene, loop.assignee_id),
    ]


def _lineage(session: Session, scene: Scene) -> list[Fact]:
    """The request before this one and the one after it, by the day on which they were sent."""
    assert scene.referral is not None
    labels = (_("Earlier request"), _("Later request"))
    neighbours = zip(labels, referrals.neighbours_of(session, scene.referral), strict=True)
    return [
        Fact(label, _("Sent %(day)s", day=day(other.first_sent_at)), url_for("referrals.show", referral_id=other.id))
        for label, other in neighbours
        if other is not None and other.first_sent_at is not None
    ]


def _reported(session: Session, scene: Scene) -> list[Fact]:
    """The loop in the words of the list that plans and counties report by."""
    loop = scene.referral
    assert loop is not None
    state = referrals.reported_by(session, g.actor, [(loop, scene.tasks)], at=g.now).get(loop.id)
    if state is None:
        return []
    words = state.status.display if state.closing is None else f"{state.status.display}: {state.closing.display}"
    return [Fact(_("In reports to the state"), words)]


def _places(scene: Scene) -> tuple[str, str]:
    """Who was asked, and who would be asked next when the offers go in order."""
    asked = [scene.provider(task, first=True) for task in scene.tasks if task.requested_at is not None]
    waiting = [scene.provider(task, first=True) for task in scene.tasks if task.status is TaskStatus.DRAFT]
    return ", ".join(dict.fromkeys(asked)), ", ".join(dict.fromkeys(waiting))


def _who_could(scene: Scene) -> str:
    return ngettext("%(num)d place that can help", "%(num)d places that can help", len(scene.offers))


def _informed(scene: Scene) -> list[Fact]:
    if scene.informed is None:
        return []
    if scene.masked:
        return [Fact(_("Service"), _("A protected service"))]
    url = url_for("directory.show", service_id=scene.informed.id)
    return [Fact(_("Service"), scene.informed.name, url)]


def _about_task(scene: Scene) -> list[Fact]:
    assert scene.main is not None
    facts = [
        Fact(element_label(code), element_value(code, value))
        for code, value in scene.released.items()
        if code != "message"
    ]
    facts = facts or [Fact(_("Shared with you"), _("No further updates. What you wrote down stays with you."))]
    return [*facts, Fact(_("Asked by"), scene.sender), _in_charge(scene, scene.main.assignee_id)]


def _in_charge(scene: Scene, user_id: UUID | None) -> Fact:
    more = None
    if is_allowed(g.actor, Permission.REFERRAL_ASSIGN):
        more = Action(_("Hand over"), url_for("referrals.assignment", referral_id=scene.id))
    return Fact(_("In charge here"), scene.staff_name(user_id) or _("Not assigned"), None, more)
