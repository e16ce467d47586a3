"""Who may be affected by an incident: persons chosen one by one, by a referral, or all whom a colleague read.

What a colleague read is told by the audit chain: the access rows, and what they did or released about a person. Persons
are those whom the organization serves, and those whom it knows through a release to it.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import Select, func, select, union
from sqlmodel import Session, col

from cie import calendar, identity
from cie.access import Actor
from cie.consent import Release
from cie.errors import Invalid, NotFound, NotPossibleNow
from cie.events import AuditEntry, AuditPerson
from cie.people import Person
from cie.privacy.dates import owe
from cie.privacy.history import get_case, open_case, require_words, write_down
from cie.privacy.models import AffectedGroup, AffectedPerson, ChosenBy, Incident, Step


def add_person(session: Session, actor: Actor, incident_id: UUID, person_id: UUID, *, at: datetime) -> AffectedGroup:
    """One person may be affected. Raises NotFound, NotAllowed, NotPossibleNow."""
    incident = open_case(session, actor, Incident, incident_id)
    return _add(session, actor, incident, _group(incident, ChosenBy.PERSON), [person_id], at=at)


def add_referral(
    session: Session, actor: Actor, incident_id: UUID, referral_id: UUID, person_ids: Collection[UUID], *, at: datetime
) -> AffectedGroup:
    """The persons of a referral may be affected; the caller looked the referral up. Raises as `add_person`."""
    incident = open_case(session, actor, Incident, incident_id)
    group = _group(incident, ChosenBy.REFERRAL)
    group.referral_id = referral_id
    return _add(session, actor, incident, group, person_ids, at=at)


def add_all_read_by(
    session: Session, actor: Actor, incident_id: UUID, reader_id: UUID, *, first_on: date, last_on: date, at: datetime
) -> AffectedGroup:
    """Everybody whom a colleague read between two days, both included, may be affected.

    Raises NotFound, NotAllowed, NotPossibleNow; Invalid when the days are in the wrong order or nobody was read.
    """
    incident = open_case(session, actor, Incident, incident_id)
    identity.get_staff(session, actor, reader_id)
    if last_on < first_on:
        raise Invalid("Last day: choose a day that is not before the first", "last_on")
    found = read_by(session, actor.organization, reader_id, first_on, last_on)
    if not found:
        raise Invalid("Who read them: this colleague read nobody in these days", "reader_id")
    group = _group(incident, ChosenBy.READER)
    group.reader_id, group.first_on, group.last_on = reader_id, first_on, last_on
    return _add(session, actor, incident, group, found, at=at)


def _group(incident: Incident, chosen_by: ChosenBy) -> AffectedGroup:
    return AffectedGroup(organization_id=incident.organization_id, incident_id=incident.id, chosen_by=chosen_by)


def _add(
    session: Session,
    actor: Actor,
    incident: Incident,
    group: AffectedGroup,
    person_ids: Collection[UUID],
    *,
    at: datetime,
) -> AffectedGroup:
    known = _known(session, actor.organization, person_ids)
    if not known:
        raise NotFound("There is no such record")
    group.count, group.added_at, group.added_by_id = len(known), at, actor.id
    session.add(group)
    session.flush()
    rows = (AffectedPerson(group_id=group.id, person_id=id_, organization_id=actor.organization) for id_ in known)
    session.add_all(rows)
    session.flush()
    owe(incident, count_affected(session, incident))
    write_down(session, actor, incident, Step.LIST_GREW, count=group.count, at=at)
    return group


def _known(session: Session, organization_id: UUID, wanted: Collection[UUID] | Select[UUID]) -> list[UUID]:
    """Those of these persons whom the organization serves, or knows through a release to it, in a fixed order."""
    own = select(col(Person.id)).where(col(Person.organization_id) == organization_id, col(Person.id).in_(wanted))
    told = select(col(Release.person_id)).where(
        col(Release.recipient_id) == organization_id, col(Release.person_id).in_(wanted)
    )
    return sorted(session.execute(union(own, told)).scalars())


def read_by(session: Session, organization_id: UUID, reader_id: UUID, first_on: date, last_on: date) -> list[UUID]:
    """The persons whom a member of staff read, changed or sent something about, from the first day to the last."""
    start = calendar.instant(first_on, time())
    end = calendar.instant(last_on + timedelta(days=1), time())
    within = (col(AuditEntry.actor_id) == reader_id, col(AuditEntry.at) >= start, col(AuditEntry.at) < end)
    looked = (
        select(col(AuditPerson.person_id))
        .join(AuditEntry, col(AuditEntry.id) == col(AuditPerson.entry_id))
        .where(col(AuditEntry.stream) == f"{organization_id}:seen", *within)
    )
    acted = select(col(AuditEntry.person_id)).where(
        col(AuditEntry.stream) == str(organization_id), col(AuditEntry.person_id).is_not(None), *within
    )
    return _known(session, organization_id, select(union(looked, acted).subquery().c.person_id))


def take_back(session: Session, actor: Actor, group_id: UUID, *, reason: str, at: datetime) -> Incident:
    """These persons are not affected after all, for a reason. What was chosen stays in the history.

    Raises NotFound, NotAllowed, NotPossibleNow (taken back already, or the case is closed), Invalid.
    """
    group = get_group(session, actor, group_id)
    incident = open_case(session, actor, Incident, group.incident_id)
    session.refresh(group)
    if group.taken_back_at is not None:
        raise NotPossibleNow("A colleague took this off the list already")
    group.reason = require_words("Why they are not affected", "words", reason)
    group.taken_back_at = at
    session.add(group)
    session.flush()
    owe(incident, count_affected(session, incident))
    write_down(session, actor, incident, Step.LIST_TAKEN_BACK, words=group.reason, count=group.count, at=at)
    return incident


def get_group(session: Session, actor: Actor, group_id: UUID) -> AffectedGroup:
    """One choice of persons, of a case of the caller's organization. Raises NotFound, NotAllowed."""
    query = select(AffectedGroup).where(
        col(AffectedGroup.id) == group_id, col(AffectedGroup.organization_id) == actor.organization
    )
    group: AffectedGroup | None = session.execute(query).scalar_one_or_none()
    if group is None:
        raise NotFound("There is no such record")
    get_case(session, actor, Incident, group.incident_id)
    return group


def groups_of(session: Session, incident: Incident) -> Sequence[AffectedGroup]:
    """How the list came about, oldest first, with what was taken back."""
    query = (
        select(AffectedGroup)
        .where(
            col(AffectedGroup.organization_id) == incident.organization_id,
            col(AffectedGroup.incident_id) == incident.id,
        )
        .order_by(col(AffectedGroup.id))
    )
    return session.execute(query).scalars().all()


def sole_persons(session: Session, groups: Collection[AffectedGroup]) -> dict[UUID, UUID]:
    """Who it is, by group, of the groups of one person."""
    alone = [group.id for group in groups if group.count == 1]
    query = select(col(AffectedPerson.group_id), col(AffectedPerson.person_id))
    rows = session.execute(query.where(col(AffectedPerson.group_id).in_(alone)))
    return {row.group_id: row.person_id for row in rows}


def affected_query(incident: Incident) -> Select[UUID]:
    """The ids of those who may be affected, each once, in the order in which they became known to the exchange."""
    return (
        select(col(AffectedPerson.person_id))
        .join(AffectedGroup, col(AffectedGroup.id) == col(AffectedPerson.group_id))
        .where(
            col(AffectedGroup.organization_id) == incident.organization_id,
            col(AffectedGroup.incident_id) == incident.id,
            col(AffectedGroup.taken_back_at).is_(None),
        )
        .distinct()
        .order_by(col(AffectedPerson.person_id))
    )


def count_listed(session: Session, incident: Incident) -> int:
    """How many persons are on the list, each once."""
    query = select(func.count()).select_from(affected_query(incident).order_by(None).subquery())
    return int(session.execute(query).scalar_one())


def count_affected(session: Session, incident: Incident) -> int:
    """How many may be affected: those on the list, and those whom the exchange does not know.

    Each counts as a resident of California, since the exchange serves California.
    """
    return count_listed(session, incident) + incident.elsewhere


def note_download(session: Session, actor: Actor, incident_id: UUID, *, at: datetime) -> Incident:
    """The list is taken out as a file. Raises NotFound, NotAllowed."""
    incident = get_case(session, actor, Incident, incident_id, lock=True)
    count = count_listed(session, incident)
    write_down(session, actor, incident, Step.LIST_DOWNLOADED, count=count, at=at)
    return incident


def why_listed(session: Session, incident: Incident, person_ids: Collection[UUID]) -> dict[UUID, list[AffectedGroup]]:
    """The choices that put each of these persons on the list."""
    groups = {group.id: group for group in groups_of(session, incident) if group.taken_back_at is None}
    query = select(col(AffectedPerson.person_id), col(AffectedPerson.group_id)).where(
        col(AffectedPerson.group_id).in_(groups), col(AffectedPerson.person_id).in_(person_ids)
    )
    found: dict[UUID, list[AffectedGroup]] = {id_: [] for id_ in person_ids}
    for person_id, group_id in session.execute(query.order_by(col(AffectedPerson.group_id))):
        found[person_id].append(groups[group_id])
    return found
