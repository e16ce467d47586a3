"""Whether what an organization keeps of a person may be erased: on which ground, and what stands in the way.

Nothing is erased by itself. A hold stands in the way of every ground; so does a case that still needs the record, since
a person cannot be told or answered whose record is gone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie import events, participants, people
from cie.access import Actor, Permission, check
from cie.errors import NotFound, NotPossibleNow
from cie.participants import ParticipantKind
from cie.people import Person
from cie.privacy.models import (
    AffectedGroup,
    AffectedPerson,
    Incident,
    LegalDemand,
    LegalDemandPerson,
    PersonRequest,
    RequestKind,
    RequestState,
)
from cie.referrals import Referral, ReferralStatus, ReferralTask
from cie.referrals.states import OPEN
from cie.retention.due import past_all_spans
from cie.retention.holds import holds_on
from cie.retention.models import Ground, LegalHold
from cie.retention.removing import keeps_anything


@dataclass(frozen=True)
class Readiness:
    """What an officer must know before erasing. `person`: None when the record is another organization's.

    In the way: `holds`, open `requests` of the person, open `incidents` and `demands` that they are in, and open
    `tasks` about another organization's person; `in_danger`: nobody has closed that yet. `loops`: the referrals that
    end with the record.
    """

    person_id: UUID
    person: Person | None
    grounds: tuple[Ground, ...]
    holds: Sequence[LegalHold] = ()
    requests: Sequence[PersonRequest] = ()
    incidents: Sequence[Incident] = ()
    demands: Sequence[LegalDemand] = ()
    tasks: Sequence[ReferralTask] = ()
    loops: Sequence[Referral] = ()
    in_danger: bool = False

    @property
    def is_free(self) -> bool:
        """Whether nothing stands in the way."""
        return not (self.holds or self.requests or self.incidents or self.demands or self.tasks or self.in_danger)

    def require(self, ground: Ground) -> None:
        """Refuse what may not be erased on this ground now. Raises NotPossibleNow."""
        if self.holds:
            raise NotPossibleNow("A legal hold is on this record. It stays until the hold ends")
        if not self.is_free:
            raise NotPossibleNow("An open case still needs this record. Close it first")
        if ground not in self.grounds:
            raise NotPossibleNow("There is no ground to erase this record now")


def readiness(session: Session, actor: Actor, person_id: UUID, *, at: datetime) -> Readiness:
    """Whether the caller's organization may erase what it keeps of a person; that they were looked at is recorded.

    Raises NotFound (also when it keeps nothing), NotAllowed, NotPossibleNow (it was erased before).
    """
    check(actor, Permission.PRIVACY_CASE_MANAGE)
    person = session.get(Person, person_id)
    if person is not None and person.organization_id == actor.organization_id:
        people.get_person(session, actor, person_id)
        return _own(session, actor, person, at)
    return _others(session, actor, person_id, at)


def _own(session: Session, actor: Actor, person: Person, at: datetime) -> Readiness:
    found = _granted(session, person) | _by_time(session, person, at) | _by_kind(session, actor)
    return Readiness(
        person.id,
        person,
        grounds=tuple(ground for ground in Ground if ground in found),
        holds=holds_on(session, actor.organization, person.id, at=at),
        requests=_open_requests(session, person),
        incidents=_open_incidents(session, person),
        demands=_open_demands(session, person),
        loops=_open_loops(session, person),
        in_danger=people.has_open_alert(session, person),
    )


def _others(session: Session, actor: Actor, person_id: UUID, at: datetime) -> Readiness:
    """A victim service also purges what it wrote about a person who was referred to it."""
    if not _by_kind(session, actor) or not keeps_anything(session, actor.organization, person_id):
        raise NotFound("There is no such record")
    events.showed(session, actor, person_id)
    tasks = select(ReferralTask).where(
        col(ReferralTask.performer_id) == actor.organization,
        col(ReferralTask.person_id) == person_id,
        col(ReferralTask.status).in_(OPEN),
    )
    holds = holds_on(session, actor.organization, person_id, at=at)
    return Readiness(person_id, None, (Ground.PURGE,), holds, tasks=session.execute(tasks).scalars().all())


def _granted(session: Session, person: Person) -> set[Ground]:
    """A deletion that the person asked for and that was granted in whole; a part is deleted where it stands."""
    query = select(col(PersonRequest.id)).where(
        col(PersonRequest.organization_id) == person.organization_id,
        col(PersonRequest.person_id) == person.id,
        col(PersonRequest.kind) == RequestKind.DELETION,
        col(PersonRequest.state) == RequestState.GRANTED,
    )
    return {Ground.REQUEST} if session.execute(query.limit(1)).first() else set()


def _by_time(session: Session, person: Person, at: datetime) -> set[Ground]:
    query = select(col(Person.id)).where(col(Person.id) == person.id, *past_all_spans(person.organization_id, at))
    return {Ground.RETENTION} if session.execute(query).first() else set()


def _by_kind(session: Session, actor: Actor) -> set[Ground]:
    """A victim service erases at any time: 34 USC 12291(b)(2), 42 USC 10406(c)(5), 28 CFR 94.115."""
    kind = participants.get_participant(session, actor.organization).kind
    return {Ground.PURGE} if kind is ParticipantKind.VICTIM_SERVICES else set()


def _open_requests(session: Session, person: Person) -> Sequence[PersonRequest]:
    query = select(PersonRequest).where(
        col(PersonRequest.organization_id) == person.organization_id,
        col(PersonRequest.person_id) == person.id,
        col(PersonRequest.closed_at).is_(None),
    )
    return session.execute(query.order_by(col(PersonRequest.id))).scalars().all()


def _open_incidents(session: Session, person: Person) -> Sequence[Incident]:
    """The incidents of which this person may still have to be told."""
    listed = (
        select(col(AffectedGroup.incident_id))
        .join(AffectedPerson, col(AffectedPerson.group_id) == col(AffectedGroup.id))
        .where(
            col(AffectedPerson.organization_id) == person.organization_id,
            col(AffectedPerson.person_id) == person.id,
            col(AffectedGroup.taken_back_at).is_(None),
        )
    )
    query = select(Incident).where(col(Incident.id).in_(listed), col(Incident.closed_at).is_(None))
    return session.execute(query.order_by(col(Incident.id))).scalars().all()


def _open_demands(session: Session, person: Person) -> Sequence[LegalDemand]:
    """The legal demands about this person that nobody has decided."""
    named = select(col(LegalDemandPerson.demand_id)).where(
        col(LegalDemandPerson.organization_id) == person.organization_id,
        col(LegalDemandPerson.person_id) == person.id,
        col(LegalDemandPerson.taken_off_at).is_(None),
    )
    query = select(LegalDemand).where(col(LegalDemand.id).in_(named), col(LegalDemand.closed_at).is_(None))
    return session.execute(query.order_by(col(LegalDemand.id))).scalars().all()


def _open_loops(session: Session, person: Person) -> Sequence[Referral]:
    query = select(Referral).where(
        col(Referral.organization_id) == person.organization_id,
        col(Referral.person_id) == person.id,
        col(Referral.status) == ReferralStatus.ACTIVE,
    )
    return session.execute(query.order_by(col(Referral.id))).scalars().all()
