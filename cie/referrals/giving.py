"""Giving the person a contact instead of asking for them: nothing is released, nobody has to answer, no clock runs."""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session

from cie import calendar, directory, events, people
from cie.access import Actor, Permission, check
from cie.errors import Invalid
from cie.referrals.drafts import begin, check_request, fill
from cie.referrals.entries import write_note
from cie.referrals.lineage import end_replaced
from cie.referrals.models import Kind, Referral, ReferralStatus
from cie.referrals.previewing import Request


def give_contact(
    session: Session,
    actor: Actor,
    request: Request,
    *,
    at: datetime,
    follow_up_on: date | None = None,
    said: str | None = None,
    draft_id: UUID | None = None,
) -> Referral:
    """Keep that the person was given the contact of a service; on `follow_up_on` we look again.

    `said` is what the service answered when somebody called, kept as a note of our own. Staff close it; it is counted
    in no measure. Raises NotFound, Invalid (service, until), NotPossibleNow (closed service, no longer a draft).
    """
    person = people.get_person(session, actor, request.person_id)
    check(actor, Permission.REFERRAL_WRITE)
    check_request(session, actor, person, request)
    if len(request.service_ids) != 1:
        raise Invalid("Who should we ask: choose a service", "service")
    service = directory.get_service(session, request.service_ids[0])
    directory.require_open(service)
    referral = begin(session, actor, person, request, draft_id, at=at)
    fill(session, referral, request, [service])
    referral.kind, referral.status, referral.message = Kind.INFORMATIONAL, ReferralStatus.ACTIVE, None
    referral.service_id, referral.first_sent_at = service.id, at
    referral.follow_up_on = _day_to_come(referral, follow_up_on, at)
    session.add(referral)
    session.flush()
    events.record(session, actor, "referral.give-contact", referral, at=at, kind=referral.kind.value)
    if said and said.strip():
        write_note(session, actor, referral.id, said, at=at)
    end_replaced(session, actor, referral, at=at)
    return referral


def _day_to_come(referral: Referral, day: date | None, at: datetime) -> date | None:
    if day is None:
        return None
    if referral.masked:
        raise Invalid("Look again: nobody is reminded of a protected service", "until")
    if day <= calendar.local_day(at):
        raise Invalid("Look again: choose a day to come", "until")
    return day
