"""What is asked, and exactly what each receiver would see of it, or why nothing would go there."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from cie import calendar, consent, directory, participants, people
from cie.access import Actor
from cie.consent import DataSet, Disclosure, Refusal, Ruling
from cie.directory import Category, Service, ServiceStatus
from cie.participants import ParticipantKind
from cie.people import Person
from cie.referrals import timers
from cie.referrals.asks import DAYS_AFTER_SENDING
from cie.referrals.disclosure import disclosure_of
from cie.referrals.models import Kind, Urgency


@dataclass(frozen=True)
class Request:
    """What is asked, as it stands in the form. `is_open`: of whoever can help; the services are then found."""

    person_id: UUID
    need_code: str
    urgency: Urgency
    service_ids: tuple[UUID, ...]
    message: str | None = None
    need_id: UUID | None = None
    in_order: bool = False
    kind: Kind = Kind.DIRECT
    at_person_request: bool = False
    replaces_id: UUID | None = None
    is_open: bool = False

    @property
    def data_set(self) -> DataSet:
        """What goes when the request is sent: to several services, or to whoever can help, only an offer."""
        return DataSet.REFERRAL if len(self.service_ids) == 1 and not self.is_open else DataSet.OFFER


@dataclass(frozen=True)
class Preview:
    """Exactly what one receiver will see, or why nothing goes there.

    `obstacle` is what keeps the service itself from being asked, before the gate is. A protected service is one whose
    name alone may put the person at risk.
    """

    service: Service
    performer_id: UUID | None
    recipient_name: str
    ruling: Ruling | None
    obstacle: Refusal | None = None
    protected: bool = False

    @property
    def refusal(self) -> Refusal | None:
        """Why nothing would be sent, or None."""
        return self.obstacle or (self.ruling.refusal if self.ruling else None)

    @property
    def fingerprint(self) -> str:
        """The mark of what would be seen; empty when nobody there could see anything."""
        return self.ruling.fingerprint if self.ruling else ""


def preview(session: Session, actor: Actor, request: Request, *, at: datetime) -> list[Preview]:
    """What each receiver of this request would see, decided by the gate; nothing is written. Raises NotFound."""
    person = people.get_person(session, actor, request.person_id)
    return [_preview(session, person, request, service_id, at) for service_id in request.service_ids]


def _preview(session: Session, person: Person, request: Request, service_id: UUID, at: datetime) -> Preview:
    service = directory.get_service(session, service_id)
    organization = directory.organization_of(session, service)
    performer_id = organization.participant_id
    ruling = _decide(session, person, request, service, performer_id, at) if performer_id else None
    return Preview(
        service,
        performer_id,
        organization.name,
        ruling,
        _obstacle(session, service, performer_id, request.urgency, at),
        is_protected(session, service),
    )


def is_protected(session: Session, service: Service) -> bool:
    """Whether naming the service may put the person at risk: victim services, and what a privacy officer marks so."""
    if service.sensitivity == Category.VICTIM_SERVICES:
        return True
    performer_id = directory.organization_of(session, service).participant_id
    if performer_id is None:
        return False
    return participants.get_participant(session, performer_id).kind == ParticipantKind.VICTIM_SERVICES


def _obstacle(
    session: Session, service: Service, performer_id: UUID | None, urgency: Urgency, at: datetime
) -> Refusal | None:
    if service.status != ServiceStatus.ACTIVE:
        return Refusal("closed", "This service is closed", "The directory", "Choose another")
    if performer_id is None or not service.accepts_referrals:
        return Refusal(
            "not-here",
            "This service does not take referrals here",
            "The directory",
            "Give the person its contact, or call and note what they say",
        )
    if urgency == Urgency.TODAY and not _helps_now(session, service, at):
        return Refusal(
            "today",
            "This service is closed now or does not help the same day",
            "The directory",
            "Choose one that is open now, or call them",
        )
    return None


def _helps_now(session: Session, service: Service, at: datetime) -> bool:
    (hit,) = directory.described(session, [service], at=at)
    return service.same_day and hit.opening.open_until is not None


def _decide(
    session: Session, person: Person, request: Request, service: Service, performer_id: UUID, at: datetime
) -> Ruling:
    return consent.preview(session, disclosure_for(session, person, request, service, performer_id, at), at=at)


def disclosure_for(
    session: Session, person: Person, request: Request, service: Service, performer_id: UUID, at: datetime
) -> Disclosure:
    """What this request would tell one receiver; an open one says to all alike what is needed."""
    title = directory.need(request.need_code).label["en"] if request.is_open else service.name
    return disclosure_of(
        session,
        person,
        service,
        performer_id,
        request.data_set,
        title=title,
        need_code=request.need_code,
        urgency=request.urgency,
        message=request.message,
        at_person_request=request.at_person_request,
        today=calendar.local_day(at),
    )


@dataclass(frozen=True)
class Expected:
    """What will follow from sending now: until when they should answer, when silence is returned, when we ask."""

    answer_by: datetime
    told_of_silence_on: date
    asked_on: tuple[date, ...]


def expected(urgency: Urgency, *, at: datetime) -> Expected:
    """The clocks that start when a request of this urgency is sent now; a masked one starts none."""
    due = timers.answer_due(urgency, at=at)
    silent = calendar.due_after_business_days(due, timers.RETURN_AFTER_DAYS)
    asked = tuple(calendar.local_day(at) + timedelta(days=day) for day in DAYS_AFTER_SENDING)
    return Expected(due, calendar.local_day(silent), asked)
