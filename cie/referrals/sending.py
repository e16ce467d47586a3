"""Sending a referral: previewing exactly what each receiver will see, then asking one or several services.

To one service the whole referral data set goes at once. To several, in order or at once, each sees an offer without a
name; name and contact go to the one that accepts, by a second decision of the gate.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from cie import calendar, consent, directory, events, messaging, people
from cie.access import Actor, Permission, check
from cie.consent import DataSet, Disclosure
from cie.directory import Service
from cie.errors import Invalid, NotPossibleNow, Stale
from cie.people import Person
from cie.referrals import asks, moves
from cie.referrals.disclosure import disclosure_of
from cie.referrals.drafts import begin, check_request, check_wish, fill
from cie.referrals.lineage import end_replaced
from cie.referrals.models import Kind, Referral, ReferralStatus, ReferralTask
from cie.referrals.previewing import Preview, Request, preview
from cie.referrals.states import Side, TaskStatus


def send(
    session: Session,
    actor: Actor,
    request: Request,
    *,
    previewed: Sequence[str] | None,
    at: datetime,
    draft_id: UUID | None = None,
) -> Referral:
    """Ask the services for help, letting each see exactly what the preview showed, and tell the person by text.

    `previewed` holds the fingerprints of the previews, in the order of the services; None only where no page showed
    one. A draft is sent as the row that it is. Raises Stale when what a receiver would see differs from the preview,
    ConsentRequired, NotPossibleNow (closed service, none to ask, no longer a draft), Invalid, NotFound.
    """
    person = people.get_person(session, actor, request.person_id)
    check(actor, Permission.REFERRAL_WRITE)
    check_request(session, actor, person, request)
    check_wish(session, person, request)
    if not request.service_ids:
        raise Invalid("Who should we ask: choose a service", "service")
    services = [directory.get_service(session, service_id) for service_id in request.service_ids]
    _check_previews(session, actor, person, request, previewed, at)
    referral = opened(session, actor, person, request, services, draft_id, at)
    tasks = [_new_task(session, referral, request, s, n) for n, s in enumerate(services, 1)]
    asked = tasks[:1] if request.in_order else tasks
    for task in asked:
        ask(session, actor, referral, task, at=at)
    tell_person(session, referral, person, max((task.due_at for task in asked if task.due_at), default=at), at=at)
    end_replaced(session, actor, referral, at=at)
    return referral


def opened(
    session: Session,
    actor: Actor,
    person: Person,
    request: Request,
    services: Sequence[Service],
    draft_id: UUID | None,
    at: datetime,
) -> Referral:
    """The loop from now on: the draft, or a new row. Raises NotFound, NotPossibleNow (no longer a draft)."""
    referral = begin(session, actor, person, request, draft_id, at=at)
    fill(session, referral, request, services)
    referral.status, referral.first_sent_at = ReferralStatus.ACTIVE, at
    referral.service_id, referral.asks_anyone = None, False
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
    session: Session, actor: Actor, person: Person, request: Request, previewed: Sequence[str] | None, at: datetime
) -> None:
    if previewed is None:
        return
    previews = preview(session, actor, request, at=at)
    for each in previews:
        if each.refusal:
            events.refused(session, actor, "release.refuse", person, at=at, rule=each.refusal.rule)
        require_sendable(each)
    if list(previewed) != [each.fingerprint for each in previews]:
        raise Stale("What they will see has changed. Look again")


def require_sendable(found: Preview) -> None:
    """Refuse what nobody may be sent. Raises NotPossibleNow (the service), ConsentRequired (the gate)."""
    if found.obstacle:
        raise NotPossibleNow(found.obstacle.sentence)
    if found.refusal:
        raise consent.refusal_error(found.refusal)


def ask(session: Session, actor: Actor, referral: Referral, task: ReferralTask, *, at: datetime) -> None:
    """Request one task: the gate decides, the release is made, the clock of the answer starts."""
    task.requested_at = at
    moves.move(session, actor, referral, task, TaskStatus.REQUESTED, Side.REQUESTER, at=at)
    release_to(session, actor, referral, task, _first_told(task), at=at)


def may_be_told(session: Session, referral: Referral, task: ReferralTask, *, at: datetime) -> bool:
    """Whether the gate would let the performer of a task learn of it now."""
    disclosure = disclosure_to(session, referral, task, _first_told(task), at)
    return consent.preview(session, disclosure, at=at).refusal is None


def _first_told(task: ReferralTask) -> DataSet:
    return DataSet.OFFER if task.is_offer else DataSet.REFERRAL


def release_to(
    session: Session, actor: Actor, referral: Referral, task: ReferralTask, data_set: DataSet, *, at: datetime
) -> None:
    """Let the performer of a task read a data set of the referral. Raises ConsentRequired."""
    disclosure = disclosure_to(session, referral, task, data_set, at)
    consent.release(session, actor, disclosure, referral_id=referral.id, subject_id=task.id, at=at)


def disclosure_to(
    session: Session, referral: Referral, task: ReferralTask, data_set: DataSet, at: datetime
) -> Disclosure:
    """What a data set of the referral would tell the performer of a task, with the values of this moment."""
    return disclosure_of(
        session,
        session.get_one(Person, referral.person_id),
        directory.get_service(session, task.service_id),
        task.performer_id,
        data_set,
        title=directory.get_service(session, task.service_id).name,
        need_code=referral.need_code,
        urgency=referral.urgency,
        message=referral.message,
        at_person_request=referral.at_person_request or referral.kind == Kind.SELF,
        today=calendar.local_day(at),
    )


def tell_person(session: Session, referral: Referral, person: Person, due: datetime, *, at: datetime) -> None:
    """Tell by text that somebody was asked, who answers by `due`, and plan to ask whether help came."""
    if referral.masked:
        return
    messaging.tell(session, person, "asked", referral.id, at=at, codes={"by": due.isoformat()})
    asks.plan_after_sending(session, person, referral, at=at)
