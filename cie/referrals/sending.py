"""Sending a referral: previewing exactly what each receiver will see, then asking one or several services.

To one service the whole referral data set goes at once. To several, in order or at once, each sees an offer without a
name; name and contact go to the one that accepts, by a second decision of the gate.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from cie import calendar, consent, directory, events, messaging, people
from cie.access import Actor, Permission, check
from cie.consent import DataSet, Ruling
from cie.directory import Category, Service
from cie.errors import Invalid, NotPossibleNow, Stale
from cie.people import Person
from cie.referrals import asks, moves
from cie.referrals.disclosure import disclosure_of
from cie.referrals.models import Kind, Referral, ReferralStatus, ReferralTask, Urgency
from cie.referrals.states import Side, TaskStatus

PROTECTED = frozenset({Category.VICTIM_SERVICES})


@dataclass(frozen=True)
class Request:
    """What is asked, as it stands in the form."""

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

    @property
    def data_set(self) -> DataSet:
        """What goes when the request is sent: to several services only an offer."""
        return DataSet.REFERRAL if len(self.service_ids) == 1 else DataSet.OFFER


@dataclass(frozen=True)
class Preview:
    """Exactly what one receiver will see, or why nothing goes there."""

    service: Service
    performer_id: UUID | None
    recipient_name: str
    ruling: Ruling | None


def preview(session: Session, actor: Actor, request: Request, *, at: datetime) -> list[Preview]:
    """What each receiver of this request would see, decided by the gate; nothing is written. Raises NotFound."""
    person = people.get_person(session, actor, request.person_id)
    return [_preview(session, person, request, service_id, at) for service_id in request.service_ids]


def _preview(session: Session, person: Person, request: Request, service_id: UUID, at: datetime) -> Preview:
    service = directory.get_service(session, service_id)
    organization = directory.organization_of(session, service)
    if organization.participant_id is None:
        return Preview(service, None, organization.name, None)
    ruling = _decide(session, person, request, service, organization.participant_id, at)
    return Preview(service, organization.participant_id, organization.name, ruling)


def _decide(
    session: Session, person: Person, request: Request, service: Service, performer_id: UUID, at: datetime
) -> Ruling:
    disclosure = disclosure_of(
        session,
        person,
        service,
        performer_id,
        request.data_set,
        title=service.name,
        need_code=request.need_code,
        urgency=request.urgency,
        message=request.message,
        at_person_request=request.at_person_request,
        today=calendar.local_day(at),
    )
    return consent.preview(session, disclosure, at=at)


def send(
    session: Session,
    actor: Actor,
    request: Request,
    *,
    previewed: Sequence[str] | None,
    at: datetime,
) -> Referral:
    """Ask the services for help, letting each see exactly what the preview showed, and tell the person by text.

    `previewed` holds the fingerprints of the previews, in the order of the services. Raises Stale when what a receiver
    would see differs from it, ConsentRequired, NotPossibleNow (closed service, none to ask), Invalid, NotFound.
    """
    person = people.get_person(session, actor, request.person_id)
    check(actor, Permission.REFERRAL_WRITE)
    directory.need(request.need_code)
    if not request.service_ids:
        raise Invalid("Who should we ask: choose a service", "service")
    services = [directory.get_service(session, service_id) for service_id in request.service_ids]
    referral = _new_referral(session, actor, person, request, services, at)
    tasks = [_new_task(session, referral, request, s, n) for n, s in enumerate(services, 1)]
    _check_previews(session, actor, request, previewed, at)
    asked = tasks[:1] if request.in_order else tasks
    for task in asked:
        ask(session, actor, referral, task, at=at)
    _tell_person(session, actor, referral, person, at)
    return referral


def _new_referral(
    session: Session, actor: Actor, person: Person, request: Request, services: Sequence[Service], at: datetime
) -> Referral:
    referral = Referral(
        organization_id=person.organization_id,
        person_id=person.id,
        need_id=request.need_id,
        need_code=request.need_code,
        title=services[0].name if len(services) == 1 else directory.need(request.need_code).label["en"],
        kind=request.kind,
        urgency=request.urgency,
        status=ReferralStatus.ACTIVE,
        masked=any(s.sensitivity in PROTECTED for s in services),
        in_order=request.in_order,
        replaces_id=request.replaces_id,
        assignee_id=actor.id,
        created_by_id=actor.id,
        created_at=at,
        first_sent_at=at,
    )
    referral.message = request.message
    session.add(referral)
    session.flush()
    events.record(session, actor, "referral.send", referral, at=at, kind=referral.kind.value)
    return referral


def _new_task(session: Session, referral: Referral, request: Request, service: Service, position: int) -> ReferralTask:
    directory.require_open(service)
    performer_id = directory.organization_of(session, service).participant_id
    if performer_id is None or not service.accepts_referrals:
        raise NotPossibleNow("This service does not take referrals here. Give the person its contact instead")
    task = ReferralTask(
        organization_id=referral.organization_id,
        referral_id=referral.id,
        person_id=referral.person_id,
        performer_id=performer_id,
        service_id=service.id,
        position=position,
        is_offer=request.data_set == DataSet.OFFER,
    )
    session.add(task)
    session.flush()
    return task


def _check_previews(
    session: Session, actor: Actor, request: Request, previewed: Sequence[str] | None, at: datetime
) -> None:
    if previewed is None:
        return
    now = [p.ruling.fingerprint if p.ruling else "" for p in preview(session, actor, request, at=at)]
    if list(previewed) != now:
        raise Stale("What they will see has changed. Look again")


def ask(session: Session, actor: Actor, referral: Referral, task: ReferralTask, *, at: datetime) -> None:
    """Request one task: the gate decides, the release is made, the clock of the answer starts."""
    data_set = DataSet.OFFER if task.is_offer else DataSet.REFERRAL
    task.requested_at = at
    moves.move(session, actor, referral, task, TaskStatus.REQUESTED, Side.REQUESTER, at=at)
    release_to(session, actor, referral, task, data_set, at=at)


def release_to(
    session: Session, actor: Actor, referral: Referral, task: ReferralTask, data_set: DataSet, *, at: datetime
) -> None:
    """Let the performer of a task read a data set of the referral. Raises ConsentRequired."""
    disclosure = disclosure_of(
        session,
        session.get_one(Person, referral.person_id),
        directory.get_service(session, task.service_id),
        task.performer_id,
        data_set,
        title=directory.get_service(session, task.service_id).name,
        need_code=referral.need_code,
        urgency=referral.urgency,
        message=referral.message,
        at_person_request=referral.masked or referral.kind == Kind.SELF,
        today=calendar.local_day(at),
    )
    consent.release(session, actor, disclosure, referral_id=referral.id, subject_id=task.id, at=at)


def _tell_person(session: Session, actor: Actor, referral: Referral, person: Person, at: datetime) -> None:
    if referral.masked:
        return
    messaging.tell(session, person, "asked", referral.id, at=at)
    asks.plan_after_sending(session, person, referral, at=at)
