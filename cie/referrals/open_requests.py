"""Open requests: asking anyone who can help instead of a place that one chose, and being the first to say yes.

It goes to the organizations whose services meet the need near the person and take referrals, through the gate one by
one, never to a protected place. Each sees an offer without a name. The first yes wins and has the task from then on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from itertools import islice
from uuid import UUID

from sqlmodel import Session
from uuid_utils.compat import uuid7

from cie import consent, directory, events, geography, people
from cie.access import Actor, Permission, check
from cie.directory import Category, Query
from cie.errors import NotPossibleNow, Stale
from cie.people import Person
from cie.referrals import timers
from cie.referrals.drafts import check_request, check_wish
from cie.referrals.lifecycle import accept
from cie.referrals.lineage import end_replaced
from cie.referrals.models import OpenOffer, Referral, ReferralTask, Urgency
from cie.referrals.open_offers import end_offers, lock_offer
from cie.referrals.previewing import Preview, Request, disclosure_for, is_protected, preview
from cie.referrals.sending import opened, tell_person
from cie.referrals.states import Reason, TaskStatus

MOST = 20
"""So many organizations are asked at most: those whose services fit best."""
LOOKED_AT = 60
NOBODY = "Nobody near them can be asked openly. Choose a place, or give the person a contact"


def candidates(session: Session, actor: Actor, request: Request, *, at: datetime) -> list[Preview]:
    """Who could take this request now, best first, and exactly what each would see: one service an organization.

    Raises NotFound, Invalid (the need).
    """
    person = people.get_person(session, actor, request.person_id)
    return list(islice(_candidates(session, actor, person, request, at), MOST))


def _candidates(session: Session, actor: Actor, person: Person, request: Request, at: datetime) -> Iterator[Preview]:
    seen = {None, person.organization_id}
    for service_id in _meeting(session, person, request, at):
        (each,) = preview(session, actor, replace(request, is_open=True, service_ids=(service_id,)), at=at)
        if each.performer_id not in seen and not each.protected and each.refusal is None:
            seen.add(each.performer_id)
            yield each


def _meeting(session: Session, person: Person, request: Request, at: datetime) -> Sequence[UUID]:
    """The services that meet the need where the person is; none where that is not known, or to ask is a risk."""
    zip_code = person.zip if geography.point_of_zip(person.zip) else ""
    is_risky = directory.need(request.need_code).category == Category.VICTIM_SERVICES
    if is_risky or not (zip_code or person.county_fips):
        return ()
    query = Query(
        need=request.need_code, zip=zip_code, county=person.county_fips, accepts_referrals=True, limit=LOOKED_AT
    )
    return [hit.service.id for hit in directory.search(session, query, at=at).items]


def open_fingerprint(found: Sequence[Preview]) -> str:
    """The mark of who could take a request, and of exactly what they would see."""
    shown = sorted(f"{each.service.id} {each.fingerprint}" for each in found)
    return sha256("\n".join(shown).encode()).hexdigest()


def ask_openly(
    session: Session,
    actor: Actor,
    request: Request,
    *,
    previewed: str | None,
    at: datetime,
    draft_id: UUID | None = None,
) -> Referral:
    """Let everybody who can help see an offer, each exactly what the preview showed, and tell the person by text.

    `previewed` is the mark of the preview; None only where no page showed one. Raises Stale when who could see it or
    what they would see differs from it, NotPossibleNow (nobody, no longer a draft), Invalid, NotFound.
    """
    person = people.get_person(session, actor, request.person_id)
    check(actor, Permission.REFERRAL_WRITE)
    check_request(session, actor, person, request)
    check_wish(session, person, request)
    asked = replace(request, is_open=True, service_ids=())
    found = candidates(session, actor, asked, at=at)
    if not found:
        raise NotPossibleNow(NOBODY)
    if previewed is not None and previewed != open_fingerprint(found):
        raise Stale("What they will see has changed. Look again")
    referral = opened(session, actor, person, asked, (), draft_id, at)
    due = timers.answer_due(asked.urgency, at=at)
    referral.open_task_id, referral.open_due_at = uuid7(), due
    session.add(referral)
    events.record(session, actor, "referral.open", referral, at=at)
    for each in found:
        _offer(session, actor, person, asked, referral, each, due, at)
    tell_person(session, referral, person, due, at=at)
    end_replaced(session, actor, referral, at=at)
    return referral


def _offer(
    session: Session,
    actor: Actor,
    person: Person,
    request: Request,
    referral: Referral,
    found: Preview,
    due: datetime,
    at: datetime,
) -> None:
    """One organization may take it: the gate decides once more, and the release is made."""
    assert found.performer_id is not None and found.ruling is not None and referral.open_task_id is not None
    disclosure = disclosure_for(session, person, request, found.service, found.performer_id, at)
    consent.release(session, actor, disclosure, referral_id=referral.id, subject_id=referral.open_task_id, at=at)
    knows_urgency = any(element.code == "urgency" for element in found.ruling.permitted)
    offer = OpenOffer(
        organization_id=referral.organization_id,
        referral_id=referral.id,
        task_id=referral.open_task_id,
        person_id=referral.person_id,
        performer_id=found.performer_id,
        service_id=found.service.id,
        urgency_rank=(referral.urgency if knows_urgency else Urgency.NOT_URGENT).rank,
        sent_at=at,
        due_at=due,
    )
    session.add(offer)
    session.flush()


def claim(session: Session, actor: Actor, task_id: UUID, *, at: datetime) -> ReferralTask:
    """The first organization to say yes has the task from now on; nobody else may take it or read of it any more.

    Raises NotFound, NotAllowed, NotPossibleNow (Ended when somebody else was first), ConsentRequired.
    """
    referral, offer = lock_offer(session, actor, task_id)
    if is_protected(session, directory.get_service(session, offer.service_id)):
        raise NotPossibleNow("This cannot be done at this point")
    task = ReferralTask(
        id=task_id,
        organization_id=offer.organization_id,
        referral_id=referral.id,
        person_id=offer.person_id,
        performer_id=offer.performer_id,
        service_id=offer.service_id,
        is_offer=True,
        status=TaskStatus.REQUESTED,
        requested_at=offer.sent_at,
    )
    offer.status, offer.ended_at = TaskStatus.ACCEPTED, at
    session.add_all([task, offer])
    session.flush()
    end_offers(session, actor, referral, TaskStatus.CANCELLED, at=at, reason=Reason.RECALLED)
    return accept(session, actor, task.id, at=at)
