"""The sheet for a person: who was asked and may call, what comes next, whom to call here. Never what for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import g
from sqlmodel import Session

from cie import directory
from cie.people.formats import format_phone
from cie.referrals import Kind, ReferralTask, TaskStatus
from cie.web.language import chosen_language
from cie.web.language import gettext as _
from cie.web.referral_scene import Scene, is_untold
from cie.web.words import status_words
from cie.web.words_of_time import day, long_day

LISTED = frozenset(
    {TaskStatus.REQUESTED, TaskStatus.ACCEPTED, TaskStatus.IN_PROGRESS, TaskStatus.ON_HOLD, TaskStatus.COMPLETED}
)
"""A place that cannot help is not on the sheet: a no reaches the person with a next step, from a worker."""


@dataclass(frozen=True)
class Place:
    """One organization that was asked."""

    name: str
    phones: Sequence[str]
    state: str


@dataclass(frozen=True)
class Sheet:
    """What is printed; `looking` stands there when no place is left. `is_given`: nobody was asked, the person calls."""

    id: UUID
    places: Sequence[Place]
    looking: str
    us: str
    phone: str
    is_given: bool = False


@dataclass(frozen=True)
class Contact:
    """An organization as the directory has it: whom to call, and where."""

    name: str
    phones: Sequence[str]


def contacts_of(session: Session, scene: Scene) -> Mapping[UUID, Contact]:
    """Whom the sheet names, by service: the places that were asked, or the one whose contact was given."""
    asked = {task.service_id for task in scene.tasks if task.status in LISTED}
    given = {scene.informed.id} if scene.informed and _is_given(scene) else set()
    return {service_id: _contact(session, service_id) for service_id in asked | given}


def _is_given(scene: Scene) -> bool:
    return scene.referral is not None and scene.referral.kind is Kind.INFORMATIONAL


def _contact(session: Session, service_id: UUID) -> Contact:
    details = directory.get_service_details(session, service_id, at=g.now)
    return Contact(details.hit.organization.name, [format_phone(number) for number in details.phones])


def sheet_of(scene: Scene, contacts: Mapping[UUID, Contact]) -> Sheet:
    """The sheet in the language of the page."""
    own = scene.organizations[scene.own_id]
    places = [
        Place(scene.provider(task), contacts[task.service_id].phones, _state(scene, task))
        for task in scene.tasks
        if task.status in LISTED
    ]
    if is_given := _is_given(scene):
        places = [Place(contact.name, contact.phones, _call_them(scene)) for contact in contacts.values()]
    looking = status_words("rejected", "person", chosen_language(), worker=own.name)
    return Sheet(scene.id, places, looking, own.name, format_phone(own.phone) if own.phone else "", is_given)


def _call_them(scene: Scene) -> str:
    day_set = scene.referral.follow_up_on if scene.referral else None
    call = _("Call them when you are ready.")
    return f"{call} {_('We ask you how it went on %(day)s.', day=long_day(day_set))}" if day_set else call


def _state(scene: Scene, task: ReferralTask) -> str:
    code = "requested-waitlist" if task.waitlist_until else task.status.value
    when = task.hold_until or task.due_at
    if code == "requested" and (task.due_at is None or task.due_at < g.now):
        code = "requested-late"
    if is_untold(scene, task):
        code = "answered"
    names = {"worker": scene.organizations[scene.own_id].name, "day": day(when) if when else ""}
    return status_words(code, "person", chosen_language(), **names)
