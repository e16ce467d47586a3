"""Requests that are not sent yet: kept in the sender's own record, where they disclose nothing and run no clock."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from cie import directory, events, people
from cie.access import Actor, ActorKind, Permission, check
from cie.directory import Service
from cie.errors import Invalid, NotFound, NotPossibleNow
from cie.people import Person
from cie.referrals.models import Referral, ReferralStatus
from cie.referrals.previewing import Request, is_protected
from cie.referrals.queries import get_referral, lock_referral
from cie.screening import Need, Wish

LONGEST_MESSAGE = 2000


def save_draft(
    session: Session, actor: Actor, request: Request, *, at: datetime, draft_id: UUID | None = None
) -> Referral:
    """Keep a request for later: a new one, or `draft_id` as it stands now. No service needs to be chosen yet.

    Raises NotFound, NotAllowed, Invalid (need, message), NotPossibleNow (it was sent meanwhile).
    """
    person = people.get_person(session, actor, request.person_id)
    check(actor, Permission.REFERRAL_WRITE)
    check_request(session, actor, person, request)
    services = [directory.get_service(session, service_id) for service_id in request.service_ids[:1]]
    draft = begin(session, actor, person, request, draft_id, at=at)
    fill(session, draft, request, services)
    draft.service_id, draft.asks_anyone = services[0].id if services else None, request.is_open
    session.add(draft)
    session.flush()
    events.record(session, actor, "referral.draft", draft, at=at)
    return draft


def get_draft(session: Session, actor: Actor, draft_id: UUID) -> Referral:
    """A request of the caller's organization that was not sent yet. Raises NotFound, NotAllowed, NotPossibleNow."""
    draft = get_referral(session, actor, draft_id)
    check(actor, Permission.REFERRAL_WRITE, draft)
    if draft.status != ReferralStatus.DRAFT:
        raise NotPossibleNow("This is no longer a draft")
    return draft


def begin(
    session: Session, actor: Actor, person: Person, request: Request, draft_id: UUID | None, *, at: datetime
) -> Referral:
    """The locked draft, or a new row of a request for the person. Raises NotFound, NotPossibleNow."""
    if draft_id is None:
        return Referral(
            organization_id=person.organization_id,
            person_id=person.id,
            need_code=request.need_code,
            title="",
            urgency=request.urgency,
            status=ReferralStatus.DRAFT,
            assignee_id=actor.id if actor.kind is ActorKind.STAFF else None,
            created_by_id=actor.id,
            created_at=at,
        )
    get_draft(session, actor, draft_id)
    draft = lock_referral(session, draft_id)
    if draft.status != ReferralStatus.DRAFT:
        raise NotPossibleNow("This is no longer a draft")
    if draft.person_id != person.id:
        raise NotFound("There is no such record")
    draft.version += 1
    return draft


def fill(session: Session, referral: Referral, request: Request, services: Sequence[Service]) -> None:
    """Put what is asked into the row."""
    referral.need_id, referral.need_code = request.need_id, request.need_code
    referral.title = services[0].name if len(services) == 1 else directory.need(request.need_code).label["en"]
    referral.kind, referral.urgency = request.kind, request.urgency
    referral.message = request.message
    referral.masked = any(is_protected(session, service) for service in services)
    referral.at_person_request = request.at_person_request
    referral.in_order, referral.replaces_id = request.in_order, request.replaces_id


def check_request(session: Session, actor: Actor, person: Person, request: Request) -> None:
    """Refuse what no request may hold. Raises Invalid (need, message), NotFound (another person's records)."""
    directory.need(request.need_code)
    length = len(request.message or "")
    if length > LONGEST_MESSAGE:
        raise Invalid(
            "Message: use at most %(most)s characters. You have %(have)s", "message", most=LONGEST_MESSAGE, have=length
        )
    if request.need_id is not None:
        _need_of(session, person, request)
    if request.replaces_id is not None:
        replaced = get_referral(session, actor, request.replaces_id)
        if replaced.person_id != person.id or replaced.status == ReferralStatus.DRAFT:
            raise NotFound("There is no such record")


def require_wanted(session: Session, actor: Actor, request: Request) -> None:
    """Only what the person wants help with is sent to anybody. Raises Invalid (need), NotFound."""
    check_wish(session, people.get_person(session, actor, request.person_id), request)


def check_wish(session: Session, person: Person, request: Request) -> None:
    """As `require_wanted`, for a person already at hand."""
    if request.need_id is not None and _need_of(session, person, request).wish != Wish.WANTS_HELP:
        raise Invalid("What they want help with: ask first, and record that they want help with this", "need")


def _need_of(session: Session, person: Person, request: Request) -> Need:
    need = session.get(Need, request.need_id)
    if need is None or (need.organization_id, need.person_id) != (person.organization_id, person.id):
        raise NotFound("There is no such record")
    if need.need_code != request.need_code:
        raise Invalid("What they want help with: choose one of the list", "need")
    return need
