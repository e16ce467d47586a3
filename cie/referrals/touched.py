"""What events were about, as its rows stand at the end of a transaction: loaded once for all who keep read models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from cie.events import Event
from cie.people import Person
from cie.referrals.models import Referral, ReferralTask, WordOfPerson
from cie.referrals.queries import tasks_of, words_of

_REFERRALS = select(Referral).where(col(Referral.id).in_(bindparam("ids", expanding=True))).order_by(col(Referral.id))
_PERSONS = select(Person).where(col(Person.id).in_(bindparam("ids", expanding=True))).order_by(col(Person.id))


@dataclass(frozen=True)
class Loop:
    """A referral with its person, its tasks in their order, and what the person said, the newest first."""

    referral: Referral
    person: Person
    tasks: Sequence[ReferralTask]
    words: Sequence[WordOfPerson]


@dataclass(frozen=True)
class Touched:
    """The persons and the loops about which something happened, in the order of their ids."""

    persons: Sequence[Person]
    loops: Mapping[UUID, Loop]


def touched_by(session: Session, events: Sequence[Event]) -> Touched:
    """What these events were about. Nothing of it may change before the transaction ends."""
    session.flush()
    about = {event.referral_id for event in events if event.referral_id}
    referrals = session.execute(_REFERRALS, {"ids": list(about)}).scalars().all() if about else []
    named = {event.person_id for event in events if event.person_id}
    wanted = named | {referral.person_id for referral in referrals}
    found = session.execute(_PERSONS, {"ids": list(wanted)}).scalars() if wanted else ()
    persons = {person.id: person for person in found}
    loops = {each.id: _loop(session, each, persons[each.person_id]) for each in referrals}
    return Touched([person for id, person in persons.items() if id in named], loops)


def loop_of(session: Session, referral: Referral) -> Loop:
    """One loop as its rows now stand."""
    return _loop(session, referral, session.get_one(Person, referral.person_id))


def _loop(session: Session, referral: Referral, person: Person) -> Loop:
    return Loop(referral, person, tasks_of(session, referral), words_of(session, referral))
