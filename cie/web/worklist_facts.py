"""Everything that one page of the worklist shows of referrals and persons, fetched in a few statements for all rows."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlmodel import Session

from cie import consent, events, identity, participants, people, referrals
from cie.access import Actor
from cie.consent import Obligation
from cie.identity import UserAccount
from cie.messaging import TextMessage
from cie.people import ContactPoint, Person
from cie.referrals import Referral, ReferralTask, WorklistItem

SHOWN = ("need", "urgency", "name", "age", "area", "household", "contact", "language")
"""The elements of a release that a row shows."""


@dataclass(frozen=True)
class Facts:
    """What the rows need, by id. `released` holds what the sender lets us read, by task, then by element.

    `duties` go with all that others let us read on this page.
    """

    referrals: Mapping[UUID, Referral] = field(default_factory=dict)
    tasks: Mapping[UUID, ReferralTask] = field(default_factory=dict)
    persons: Mapping[UUID, Person] = field(default_factory=dict)
    contacts: Mapping[UUID, ContactPoint] = field(default_factory=dict)
    released: Mapping[UUID, Mapping[str, Any]] = field(default_factory=dict)
    duties: Sequence[Obligation] = ()
    organizations: Mapping[UUID, str] = field(default_factory=dict)
    colleagues: Mapping[UUID, UserAccount] = field(default_factory=dict)


def gather(
    session: Session, actor: Actor, items: Sequence[WorklistItem], texts: Sequence[TextMessage], staff: Collection[UUID]
) -> Facts:
    """The facts of these lines and texts, and of these colleagues. Each person shown is noted, in one access row."""
    loops, tasks = referrals.records_of(session, actor, items)
    asked = [item.item_id for item in items if item.side == "provider"]
    own = {loops[item.referral_id].person_id for item in items if _shows_own(item, loops)}
    persons = people.get_persons(session, actor, own | {text.person_id for text in texts if text.person_id})
    events.showed(session, actor, *(tasks[task_id].person_id for task_id in asked))
    opened = {user_id for task_id in asked if (user_id := tasks[task_id].opened_by_id)}
    return Facts(
        referrals=loops,
        tasks=tasks,
        persons=persons,
        contacts=people.newest_contacts(session, persons.values()) if persons else {},
        released=consent.released_about(session, actor.organization, asked, elements=SHOWN) if asked else {},
        duties=consent.duties_to(session, actor.organization, [item.referral_id for item in items]),
        organizations=participants.names_of(session, set(_sides(items))),
        colleagues=identity.colleagues_by_id(session, actor, opened | set(staff)),
    )


def _shows_own(item: WorklistItem, loops: Mapping[UUID, Referral]) -> bool:
    """Whether the row names the person by our own record: we sent it, and it is no protected one."""
    return item.side == "sender" and not loops[item.referral_id].masked


def _sides(items: Sequence[WorklistItem]) -> Iterable[UUID]:
    return (item.counterpart_id for item in items if item.counterpart_id)
