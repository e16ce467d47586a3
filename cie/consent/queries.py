"""Questions without a referral: a care partner that serves a person asks whether a permission stands elsewhere.

Whoever is entitled hears that there is one, and its scope; all others hear the same as if there were none, for the
same work: each organization of the network is looked at, and of each the gate is asked about one person, who is the
asker's own where nobody there is certain to be the same. What is told is a release, and so is who asked.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import JSON, Index, select
from sqlmodel import Field, Session, col

from cie import events, participants, people
from cie.access import Actor, Permission, Purpose, check
from cie.consent import law
from cie.consent.asking import question_of
from cie.consent.entitled import (
    PermissionScope,
    asked_elements,
    may_hear,
    question_elements,
    says_no_to,
    scopes_in,
    told_elements,
)
from cie.consent.gate import Disclosure, Element, decide
from cie.consent.law.question import TELLING
from cie.consent.models import DataSet, Release
from cie.consent.releases import release
from cie.db import Table, at_field, id_field
from cie.directory.models import Category, Organization, Service, ServiceStatus
from cie.errors import Invalid, NotPossibleNow
from cie.participants import STAND_APART, Participant
from cie.people import Person

ASKS_A_DAY, DAY = 20, timedelta(days=1)
PROTECTED = TELLING | {Category.IMMIGRATION, Category.VICTIM_SERVICES}
"""Whoever hears that a person is known to a place that does nothing else knows what for."""


class ConsentQuery(Table, table=True):
    """That `asker_id` asked about a permission: once in the asker's own book, and once in that of each who told.

    `person_id` is of the organization whose row it is; the asker's row names no permission. Append-only.
    """

    __tablename__ = "consent_query"
    __table_args__ = (Index("ix_consent_query_person", "organization_id", "person_id"),)

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    asker_id: UUID = Field(foreign_key="participant.id")
    person_id: UUID = Field(foreign_key="person.id")
    purpose: str = Field(max_length=20)
    consent_ids: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    asked_at: datetime = at_field()
    asked_by_id: UUID | None = None


@dataclass(frozen=True)
class PermissionElsewhere:
    """What one organization may tell: which it is, its permissions newest first, and the duties that go with them."""

    holder: Participant
    scopes: Sequence[PermissionScope]
    obligations: frozenset[law.Obligation]


@dataclass(frozen=True)
class _Asking:
    """One question. `own`: what the person said to the asker; `by_name`: what the name of each organization tells."""

    actor: Actor
    person: Person
    own: law.Question
    purpose: Purpose
    by_name: dict[UUID, frozenset[Category]]
    at: datetime


def purposes_of(asker: Participant) -> list[Purpose]:
    """For what its staff may ask."""
    return [Purpose.CARE_COORDINATION, *([Purpose.TREATMENT] if asker.treats else [])]


def require_can_ask(session: Session, actor: Actor, person_id: UUID) -> tuple[Person, Participant]:
    """The person and the asker, where a question can be asked at all; this hangs on the asker's own records alone.

    Raises NotFound, NotAllowed, NotPossibleNow.
    """
    person = people.get_person(session, actor, person_id)
    check(actor, Permission.PERMISSION_ASK, person)
    asker = participants.get_participant(session, person.organization_id)
    if asker.kind in STAND_APART:
        raise NotPossibleNow("Your organization stands apart: nobody else may learn whom you serve")
    if not people.can_be_known_elsewhere(session, person):
        raise NotPossibleNow("Write down the whole birth date, and a phone number or the ZIP. Then you can ask")
    return person, asker


def ask_about_permission(
    session: Session, actor: Actor, person_id: UUID, *, purpose: Purpose, at: datetime
) -> list[PermissionElsewhere]:
    """What other organizations may tell the asker of permissions of a person whom it serves, in a fixed order.

    Each that tells, and the person, can see who asked. Raises NotFound, NotAllowed, NotPossibleNow, Invalid (purpose),
    TooMany.
    """
    person, asker = require_can_ask(session, actor, person_id)
    if purpose not in purposes_of(asker):
        raise Invalid("What for: choose one", "purpose")
    events.count_attempt(session, f"permission-query:{actor.id}", limit=ASKS_A_DAY, window=DAY, at=at)
    everybody = participants.participants(session)
    others = [p for p in everybody if p.is_active and p.id != asker.id and p.kind not in STAND_APART]
    asking = _asking(session, replace(actor, purpose=purpose), person, others, at)
    same = people.same_human(session, person, [each.id for each in others])
    found = [(other, same.get(other.id), _scopes(session, asking, other, same.get(other.id))) for other in others]
    row = _write_down(session, asking, person, actor.id, ())
    events.record(session, actor, "permission.ask", row, at=at, purpose=purpose.value)
    return [_tell(session, asking, other, who, scopes) for other, who, scopes in found if who is not None and scopes]


def _asking(session: Session, actor: Actor, person: Person, others: Sequence[Participant], at: datetime) -> _Asking:
    own, purpose = person.organization_id, actor.purpose
    said = question_of(session, person, own, own, [], purpose=purpose, asked_for_it=False, at=at)
    return _Asking(actor, person, said, purpose, _told_by_names(session, [own, *(p.id for p in others)]), at)


def _told_by_names(session: Session, ids: Collection[UUID]) -> dict[UUID, frozenset[Category]]:
    """What the name of an organization tells by itself: of a Part 2 program, or where every service is protected."""
    services: dict[UUID, set[Category]] = defaultdict(set)
    query = (
        select(col(Organization.participant_id), col(Service.sensitivity))
        .join(Service, col(Service.organization_id) == col(Organization.id))
        .where(col(Organization.participant_id).in_(ids), col(Service.status) == ServiceStatus.ACTIVE)
    )
    for id_, kind in session.execute(query):
        services[id_].add(kind)
    alone = {id_: frozenset(services[id_]) if services[id_] <= PROTECTED else frozenset[Category]() for id_ in ids}
    programs = {id_ for id_ in ids if participants.get_participant(session, id_).is_part2_program}
    return {id_: kinds | {Category.SUD_PART2} if id_ in programs else kinds for id_, kinds in alone.items()}


def _scopes(session: Session, asking: _Asking, other: Participant, found: Person | None) -> list[PermissionScope]:
    """What may be told of the person who was found; where nobody was, the gate is asked about the asker's own."""
    subject = found or asking.person
    elements = asked_elements(asking.by_name[other.id])
    ruling = decide(session, _to_asker(asking, subject, other, elements), at=asking.at)
    if subject.standing_sealed is None:
        # the gate opens what is on file of a standing: opened once more where nothing is, it is always as much work
        people.birth_of(asking.person)
    scopes = scopes_in(ruling) if found is not None else []
    heard = _heard(asking, scopes)
    is_refused = says_no_to(asking.own, ruling.question.discloser, heard) or not may_hear(ruling.question, heard)
    return [] if is_refused else scopes


def _heard(asking: _Asking, scopes: Sequence[PermissionScope]) -> list[Element]:
    return question_elements(asking.by_name[asking.person.organization_id], scopes)


def _to_asker(asking: _Asking, subject: Person, other: Participant, elements: Sequence[Element]) -> Disclosure:
    asker_id = asking.person.organization_id
    return Disclosure(subject, other.id, asker_id, DataSet.PERMISSION, elements, purpose=asking.purpose)


def _tell(
    session: Session, asking: _Asking, other: Participant, found: Person, scopes: Sequence[PermissionScope]
) -> PermissionElsewhere:
    """Let the asker have it and the other side hear who asked: two releases, and neither can be read again."""
    row = _write_down(session, asking, found, None, scopes)
    elements = told_elements(scopes, other.name, asking.by_name[other.id])
    asker_id = asking.person.organization_id
    asked = _to_asker(asking, found, other, _heard(asking, scopes))
    told = _once(session, asking, row, _to_asker(asking, found, other, elements))
    _once(session, asking, row, replace(asked, discloser_id=asker_id, recipient_id=other.id))
    codes = {"purpose": row.purpose, "asker": str(asker_id)}
    events.record(session, asking.actor, "permission.tell", row, at=asking.at, organization_id=other.id, **codes)
    return PermissionElsewhere(other, scopes, frozenset(law.Obligation(code) for code in told.obligations))


def _once(session: Session, asking: _Asking, row: ConsentQuery, disclosure: Disclosure) -> Release:
    told = release(session, asking.actor, disclosure, referral_id=None, subject_id=row.id, at=asking.at)
    told.ended_at = asking.at
    return told


def _write_down(
    session: Session, asking: _Asking, person: Person, by_id: UUID | None, scopes: Sequence[PermissionScope]
) -> ConsentQuery:
    row = ConsentQuery(
        organization_id=person.organization_id,
        asker_id=asking.person.organization_id,
        person_id=person.id,
        purpose=asking.purpose.value,
        consent_ids=[str(scope.consent_id) for scope in scopes],
        asked_at=asking.at,
        asked_by_id=by_id,
    )
    session.add(row)
    session.flush()
    return row


def duties_of_hearing(session: Session, rows: Collection[Release]) -> dict[UUID, list[law.Obligation]]:
    """The duties that go with who asked, by question, for those who told: what a Part 2 program asks is its record."""
    asked = {row.subject_id for row in rows if row.data_set is DataSet.PERMISSION}
    if not asked:
        return {}
    query = select(col(Release.subject_id), col(Release.obligations)).where(
        col(Release.subject_id).in_(asked),
        col(Release.data_set) == DataSet.PERMISSION,
        col(Release.id).not_in([row.id for row in rows]),
    )
    return {id_: [law.Obligation(code) for code in codes] for id_, codes in session.execute(query)}
