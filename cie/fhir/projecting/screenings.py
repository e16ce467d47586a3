"""Screenings and needs as the organization that keeps them reads them; nothing of safety, and no private need.

A screening is read from when it was finished first. That questions on safety are asked afterwards changes nothing in
what is read, not even a version.
"""

import hmac
from collections.abc import Collection, Iterable, Sequence
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie import identity, screening
from cie.db import current
from cie.fhir.codes import reference
from cie.fhir.projecting.loop import Sight
from cie.fhir.resources.condition import can_be_told, condition
from cie.fhir.resources.questionnaire import questionnaire
from cie.fhir.resources.questionnaire_response import questionnaire_response
from cie.fhir.resources.screening_response import IdOf, evidence_ids, screening_responses
from cie.fhir.store import Content, Indexed, Key, Stored
from cie.identity import UserAccount
from cie.screening import Need, OpenRecord, QuestionnaireRow, Screening


def questionnaires_among(session: Session, ids: Collection[UUID]) -> Sequence[QuestionnaireRow]:
    """These instruments with all their versions: a new one retires those before."""
    if not ids:
        return []
    codes = select(col(QuestionnaireRow.code)).where(col(QuestionnaireRow.id).in_(ids))
    query = select(QuestionnaireRow).where(col(QuestionnaireRow.code).in_(codes)).order_by(col(QuestionnaireRow.id))
    return session.execute(query).scalars().all()


def sight_of_questionnaires(rows: Iterable[QuestionnaireRow]) -> Sight:
    """What everybody reads of these instruments."""
    return Sight([Content(questionnaire(row)) for row in rows])


def screenings_among(session: Session, ids: Collection[UUID]) -> Sequence[Screening]:
    """These screenings, in the order of their ids."""
    if not ids:
        return []
    query = select(Screening).where(col(Screening.id).in_(ids)).order_by(col(Screening.id))
    return session.execute(query).scalars().all()


def needs_among(session: Session, ids: Collection[UUID], screening_ids: Collection[UUID] = ()) -> Sequence[Need]:
    """These needs and those that these screenings proposed, in the order of their ids."""
    if not ids and not screening_ids:
        return []
    wanted = col(Need.id).in_(ids) | col(Need.screening_id).in_(screening_ids)
    query = select(Need).where(wanted).order_by(col(Need.id))
    return session.execute(query).scalars().all()


def sight_of_screenings(session: Session, organization_id: UUID, screenings: Iterable[Screening]) -> Sight:
    """What the organization reads of those of these that it keeps and that were finished."""
    sight = Sight()
    own = [each for each in screenings if each.organization_id == organization_id and each.was_finished]
    staff = _staff(session, {each.started_by_id for each in own}, organization_id)
    for each in own:
        record = screening.open_record(session, each)
        found = [questionnaire_response(record, _author(each, staff)), *screening_responses(record, _id_of(each.id))]
        sight.contents += [Content(body, each.person_id) for body in found]
    made = {content.key for content in sight.contents}
    sight.gone += [key for key in _observed_before(session, organization_id, own) if key not in made]
    return sight


def sight_of_needs(session: Session, organization_id: UUID, needs: Iterable[Need]) -> Sight:
    """What the organization reads of those of these that it keeps, that are not private and that a code can say."""
    sight, records = Sight(), dict[UUID | None, OpenRecord | None]()
    own = [each for each in needs if each.organization_id == organization_id]
    told = [each for each in own if can_be_told(each) and not screening.is_private(each)]
    staff = _staff(session, {each.decided_by_id for each in told}, organization_id)
    for need in told:
        if need.screening_id not in records:
            records[need.screening_id] = _record(session, need.screening_id)
        role = staff.get(need.decided_by_id)
        body = condition(need, _evidence(records[need.screening_id], need), _role(role) if role else None)
        sight.contents.append(Content(body, need.person_id))
    sight.gone += [("Condition", str(each.id)) for each in own if each not in told]
    return sight


def _record(session: Session, screening_id: UUID | None) -> OpenRecord | None:
    found = session.get(Screening, screening_id) if screening_id else None
    return screening.open_record(session, found) if found and found.was_finished else None


def _evidence(record: OpenRecord | None, need: Need) -> list[str]:
    return evidence_ids(record, need.need_code, _id_of(record.screening.id)) if record else []


def _id_of(screening_id: UUID) -> IdOf:
    """The id of an Observation: always the same, and told from nothing that it says by who has no key."""

    def id_of(link_id: str, code: str) -> str:
        said = f"{screening_id}\0{link_id}\0{code}".encode()
        digest = hmac.new(current().keyring.derived("fhir-observation"), said, sha256).digest()
        return str(UUID(bytes=digest[:16], version=4))

    return id_of


def _observed_before(session: Session, organization_id: UUID, screenings: Sequence[Screening]) -> list[Key]:
    """The Observations that were made of these screenings and can be read now."""
    if not screenings:
        return []
    query = (
        select(col(Stored.resource_type), col(Stored.resource_id))
        .join(Indexed, col(Indexed.stored_id) == col(Stored.id))
        .where(
            col(Indexed.organization_id) == organization_id,
            col(Indexed.resource_type) == "Observation",
            col(Indexed.name) == "derived-from",
            col(Indexed.value).in_([str(each.id) for each in screenings]),
            col(Stored.is_kept).is_(False),
        )
        .order_by(col(Stored.resource_id))
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def _staff(session: Session, ids: Collection[UUID | None], organization_id: UUID) -> dict[UUID | None, UserAccount]:
    """Those of these who work for the organization; the rest are programs, people by a link, or nobody."""
    found = identity.accounts_by_id(session, {id for id in ids if id})
    return {id: user for id, user in found.items() if user.organization_id == organization_id}


def _role(user: UserAccount) -> dict[str, str]:
    return reference("PractitionerRole", user.id)


def _author(each: Screening, staff: dict[UUID | None, UserAccount]) -> dict[str, str]:
    """Who wrote the answers down."""
    if each.started_by_id in staff:
        return _role(staff[each.started_by_id])
    if each.started_by_id == each.person_id:
        return reference("Patient", each.person_id)
    return reference("Organization", each.organization_id)
