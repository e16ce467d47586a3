"""The sheet for a person: who was asked and may call, what comes next, whom to call here. Never what for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import g
from sqlmodel import Session

from cie import directory
from cie.people.formats import format_phone
from cie.referrals import ReferralTask, TaskStatus
from cie.web.language import chosen_language
from cie.web.referral_scene import Scene
from cie.web.words import status_words
from cie.web.words_of_time import day

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
    """What is printed; `looking` stands there when no place is left."""

    id: UUID
    places: Sequence[Place]
    looking: str
    us: str
    phone: str


def phones_of(session: Session, scene: Scene) -> Mapping[UUID, Sequence[str]]:
    """The public numbers of each service on the sheet, by task."""
    return {
        task.id: [format_phone(n) for n in directory.get_service_details(session, task.service_id, at=g.now).phones]
        for task in scene.tasks
        if task.status in LISTED
    }


def sheet_of(scene: Scene, phones: Mapping[UUID, Sequence[str]]) -> Sheet:
    """The sheet in the language of the page."""
    own = scene.organizations[scene.own_id]
    places = [
        Place(scene.provider(task), phones[task.id], _state(scene, task)) for task in scene.tasks if task.id in phones
    ]
    looking = status_words("rejected", "person", chosen_language(), worker=own.name)
    return Sheet(scene.id, places, looking, own.name, format_phone(own.phone) if own.phone else "")


def _state(scene: Scene, task: ReferralTask) -> str:
    code = "requested-waitlist" if task.waitlist_until else task.status.value
    when = task.hold_until or task.due_at
    if code == "requested" and (task.due_at is None or task.due_at < g.now):
        code = "requested-late"
    names = {"worker": scene.organizations[scene.own_id].name, "day": day(when) if when else ""}
    return status_words(code, "person", chosen_language(), **names)
