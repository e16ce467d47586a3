"""All that an audience reads, by the kinds of records that it is made of; each kind goes by the ids of its records."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlmodel import Session, col

from cie.consent import Consent
from cie.directory import Location, Organization, Service
from cie.fhir.projecting import directory
from cie.fhir.projecting.consents import consents_among, sight_of_consents
from cie.fhir.projecting.loop import Sight
from cie.fhir.projecting.loops import loops_among, sight_of_loops
from cie.fhir.projecting.own_people import persons_among, sight_of_people
from cie.fhir.projecting.patient_tasks import patient_tasks_among, sight_of_patient_tasks
from cie.fhir.projecting.screenings import (
    needs_among,
    questionnaires_among,
    screenings_among,
    sight_of_needs,
    sight_of_questionnaires,
    sight_of_screenings,
)
from cie.fhir.projecting.staff import sight_of_staff, staff_among
from cie.fhir.projecting.subscriptions import sight_of_subscriptions
from cie.fhir.store import EVERYONE
from cie.fhir.subscribing import Subscription
from cie.identity import UserAccount
from cie.participants import Participant
from cie.patient_tasks import PatientTask
from cie.people import Person
from cie.referrals import OpenOffer, Referral, ReferralActivity
from cie.screening import Need, QuestionnaireRow, Screening


@dataclass(frozen=True)
class Kind:
    """One kind of record: the ids of those that an organization reads something of, and what it reads of some."""

    name: str
    id: Any
    owner: Any
    sight: Callable[[Session, UUID, Sequence[UUID], datetime], Sight]

    def next_ids(self, session: Session, organization_id: UUID, after: str, limit: int) -> list[UUID]:
        """The ids after one, in their order; `after` is empty at the start."""
        query: Select[Any] = select(self.id).order_by(self.id).limit(limit)
        query = query if self.owner is None else query.where(self.owner == organization_id)
        query = query.where(self.id > UUID(after)) if after else query
        return list(session.execute(query).scalars())


def _people(session: Session, organization_id: UUID, ids: Sequence[UUID], _at: datetime) -> Sight:
    return sight_of_people(session, organization_id, persons_among(session, ids))


def _loops(session: Session, organization_id: UUID, ids: Sequence[UUID], _at: datetime) -> Sight:
    return sight_of_loops(session, organization_id, loops_among(session, ids))


def _staff(session: Session, organization_id: UUID, ids: Sequence[UUID], _at: datetime) -> Sight:
    return sight_of_staff(organization_id, staff_among(session, ids))


def _subscriptions(session: Session, organization_id: UUID, ids: Sequence[UUID], _at: datetime) -> Sight:
    return sight_of_subscriptions(session, organization_id, ids)


def _screenings(session: Session, organization_id: UUID, ids: Sequence[UUID], _at: datetime) -> Sight:
    return sight_of_screenings(session, organization_id, screenings_among(session, ids))


def _needs(session: Session, organization_id: UUID, ids: Sequence[UUID], _at: datetime) -> Sight:
    return sight_of_needs(session, organization_id, needs_among(session, ids))


def _patient_tasks(session: Session, organization_id: UUID, ids: Sequence[UUID], _at: datetime) -> Sight:
    return sight_of_patient_tasks(session, organization_id, patient_tasks_among(session, ids))


def _consents(session: Session, organization_id: UUID, ids: Sequence[UUID], at: datetime) -> Sight:
    return sight_of_consents(session, organization_id, consents_among(session, ids), at=at)


def _questionnaires(session: Session, _organization_id: UUID, ids: Sequence[UUID], _at: datetime) -> Sight:
    return sight_of_questionnaires(questionnaires_among(session, ids))


def _participants(session: Session, _organization_id: UUID, ids: Sequence[UUID], _at: datetime) -> Sight:
    return directory.sight_of_participants(session, ids)


def _organizations(session: Session, _organization_id: UUID, ids: Sequence[UUID], _at: datetime) -> Sight:
    return directory.sight_of_organizations(session, ids)


def _places(session: Session, _organization_id: UUID, ids: Sequence[UUID], _at: datetime) -> Sight:
    return directory.sight_of_places(session, ids)


def _services(session: Session, _organization_id: UUID, ids: Sequence[UUID], at: datetime) -> Sight:
    return directory.sight_of_services(session, ids, at=at)


_OF_ORGANIZATION = (
    Kind("staff", col(UserAccount.id), col(UserAccount.organization_id), _staff),
    Kind("people", col(Person.id), col(Person.organization_id), _people),
    Kind("screenings", col(Screening.id), col(Screening.organization_id), _screenings),
    Kind("needs", col(Need.id), col(Need.organization_id), _needs),
    Kind("patient-tasks", col(PatientTask.id), col(PatientTask.organization_id), _patient_tasks),
    Kind("consents", col(Consent.id), col(Consent.organization_id), _consents),
    Kind("sent", col(Referral.id), col(Referral.organization_id), _loops),
    Kind("heard-of", col(ReferralActivity.referral_id), col(ReferralActivity.organization_id), _loops),
    Kind("could-take", col(OpenOffer.referral_id), col(OpenOffer.performer_id), _loops),
    Kind("subscriptions", col(Subscription.id), col(Subscription.organization_id), _subscriptions),
)
_OF_EVERYONE = (
    Kind("participants", col(Participant.id), None, _participants),
    Kind("organizations", col(Organization.id), None, _organizations),
    Kind("places", col(Location.id), None, _places),
    Kind("services", col(Service.id), None, _services),
    Kind("questionnaires", col(QuestionnaireRow.id), None, _questionnaires),
)


def kinds_of(organization_id: UUID) -> dict[str, Kind]:
    """The kinds that an audience reads, in the order in which they are made: what is pointed to comes first."""
    kinds = _OF_EVERYONE if organization_id == EVERYONE else _OF_ORGANIZATION
    return {kind.name: kind for kind in kinds}
