"""Ending the sharing with one place, while all others keep theirs."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie import calendar, people
from cie.access import Actor, Permission, check
from cie.consent.ending import end_releases, releases_between
from cie.consent.models import Consent, Decision, Method, Release
from cie.consent.recording import record_consent
from cie.consent.records import consents_of, in_force, says_no
from cie.consent.revocation import on_the_way, revoke
from cie.errors import NotFound, NotPossibleNow
from cie.people import Person


@dataclass(frozen=True)
class Stopped:
    """What ended the sharing with one place: the records taken back, a no that names it when others keep theirs."""

    revoked: tuple[Consent, ...]
    no: Consent | None
    ended: tuple[Release, ...]
    on_the_way: int


def stop_sharing_with(
    session: Session, actor: Actor, person_id: UUID, recipient_id: UUID, *, method: Method, at: datetime
) -> Stopped:
    """One place may read nothing of the person any more; what others may read stays as it is.

    A yes that names this place alone is taken back. Where a yes covers others too, a no that names this place is
    recorded. Raises NotFound (also for a place that nothing is shared with), NotAllowed, NotPossibleNow.
    """
    person = people.get_person(session, actor, person_id)
    check(actor, Permission.CONSENT_WRITE, person)
    waiting = on_the_way(session, person.organization_id, person.id)
    live = releases_between(session, person, recipient_id)
    yes = _yes_to(session, person, recipient_id, at)
    _require_sharing(session, person, recipient_id, is_shared=bool(live or yes))
    alone = [c for c in yes if c.recipient_ids == [str(recipient_id)]]
    for record in alone:
        revoke(session, actor, record.id, method=method, at=at)
    no = _no_to(session, actor, person, recipient_id, method, at) if len(alone) < len(yes) else None
    if no is not None:
        no.deliveries_on_the_way = waiting
        session.add(no)
    end_releases(session, actor, [row for row in live if row.ended_at is None], at=at)
    return Stopped(tuple(alone), no, tuple(live), waiting)


def _yes_to(session: Session, person: Person, recipient_id: UUID, at: datetime) -> list[Consent]:
    """What allows sharing with this place now; a no that names it leaves nothing."""
    records = consents_of(session, person.organization_id, person.id)
    about = [c for c in in_force(records, calendar.local_day(at)) if c.is_about(recipient_id)]
    return [] if says_no(about) else [c for c in about if c.decision == Decision.SHARE]


def _require_sharing(session: Session, person: Person, recipient_id: UUID, *, is_shared: bool) -> None:
    """There was something to stop; who was never shown anything is not told from who does not exist."""
    query = select(col(Release.id)).where(
        col(Release.person_id) == person.id,
        col(Release.organization_id) == person.organization_id,
        col(Release.recipient_id) == recipient_id,
    )
    if session.execute(query.limit(1)).first() is None:
        raise NotFound("There is no such record")
    if not is_shared:
        raise NotPossibleNow("Sharing with this place has already stopped")


def _no_to(session: Session, actor: Actor, person: Person, recipient_id: UUID, method: Method, at: datetime) -> Consent:
    return record_consent(
        session,
        actor,
        person.id,
        decision=Decision.DO_NOT_SHARE,
        categories=[],
        recipient_ids=[recipient_id],
        method=method,
        expires_on=None,
        wording_version="",
        at=at,
    )
