"""Keeping what each organization reads over FHIR in step with what happened, at the commit that made it happen."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlmodel import Session

from cie.consent import Release
from cie.events import Event
from cie.fhir.projecting.audiences import follow_readers
from cie.fhir.projecting.directory import Listed, listed_touched, sight_of_listed
from cie.fhir.projecting.loop import Sight
from cie.fhir.projecting.loops import (
    Loop,
    loops_about,
    loops_among,
    merged,
    sides_of,
    sight_of_loops,
    with_offers,
)
from cie.fhir.projecting.own_people import sight_of_people
from cie.fhir.projecting.own_records import OwnRecords, own_records_touched
from cie.fhir.projecting.sent import kept_now, senders, show
from cie.fhir.projecting.staff import sight_of_staff, staff_touched
from cie.fhir.projecting.subscriptions import sight_of_subscriptions, subscriptions_touched
from cie.fhir.store import EVERYONE, Stored, lock_audiences
from cie.identity import UserAccount
from cie.people import Person
from cie.referrals import Referral, ReferralTask, Touched

_OF_LOOPS = frozenset({Referral.__tablename__, ReferralTask.__tablename__, Release.__tablename__})
_ERASED = "tombstone"
"""What an erasure lays: after it all loops of the person are shown anew, since their bodies went with the rest."""


def project(session: Session, events: Sequence[Event], about: Touched) -> None:
    """Bring what organizations read over FHIR up to these events; nothing for those without a program that reads."""
    follow_readers(session, events)
    touched = _touched(session, events, about)
    for audience in lock_audiences(session, touched.concerned() | senders(session)):
        sight = merged(touched.sights(session, audience.organization_id))
        kept = kept_now(session, audience.organization_id)
        show(session, audience, [*sight.contents, *kept], sight.gone)


@dataclass(frozen=True)
class _Touched:
    """The records about which something happened."""

    persons: Sequence[Person]
    loops: Sequence[Loop]
    staff: Sequence[UserAccount]
    listed: Listed
    subscriptions: Mapping[UUID, Collection[UUID]]
    """By the organization that has them."""
    own: OwnRecords

    def concerned(self) -> set[UUID]:
        """Whose reading may be another now."""
        sides = {side for loop in self.loops for side in sides_of(loop)}
        owners = {person.organization_id for person in self.persons} | {user.organization_id for user in self.staff}
        everyone = {EVERYONE} if self.listed else set()
        return sides | owners | set(self.subscriptions) | self.own.concerned() | everyone

    def sights(self, session: Session, organization_id: UUID) -> Iterator[Sight]:
        """What an organization reads of all this now."""
        now = datetime.now(UTC)
        if organization_id == EVERYONE:
            yield sight_of_listed(session, self.listed, at=now)
        yield sight_of_people(session, organization_id, self.persons)
        yield from self.own.sights(session, organization_id, now)
        yield sight_of_loops(session, organization_id, self.loops)
        yield sight_of_staff(organization_id, self.staff)
        yield sight_of_subscriptions(session, organization_id, self.subscriptions.get(organization_id, ()))


def _may_change_person(event: Event) -> bool:
    """Whether what is told of a person may be another after this: what happens to their loops leaves it as it was."""
    is_received = event.subject_type == Stored.__tablename__
    return event.codes.get("type") == "Patient" if is_received else event.subject_type not in _OF_LOOPS


def _touched(session: Session, events: Sequence[Event], about: Touched) -> _Touched:
    erased = {event.person_id for event in events if event.subject_type == _ERASED}
    theirs = loops_about(session, [person for person in about.persons if person.id in erased])
    others = loops_among(session, theirs - about.loops.keys())
    loops = [*(with_offers(session, each.referral, each.tasks) for each in about.loops.values()), *others]
    staff, listed = staff_touched(session, events), listed_touched(events)
    own = own_records_touched(session, events)
    changed = {event.person_id for event in events if _may_change_person(event)}
    persons = [person for person in about.persons if person.id in changed]
    return _Touched(persons, loops, staff, listed, subscriptions_touched(events), own)
