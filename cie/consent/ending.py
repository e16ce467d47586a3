"""What can still be read of a person, and the end of it: taken back, refused, recalled.

A release is never deleted: it gets the moment from which its recipient reads nothing of it.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from cie import calendar, events
from cie.access import Actor, ActorKind
from cie.consent.asking import records_of, subject_of
from cie.consent.decisions import answers_of, decision_of, kinds_in
from cie.consent.law.signers import may_sign
from cie.consent.models import Consent, Decision, Release, ReleaseElement, SignerKind
from cie.consent.records import with_replaced
from cie.people.models import Person


def end_releases(session: Session, actor: Actor, rows: Sequence[Release], *, at: datetime) -> None:
    """Stop these releases from being readable."""
    for row in rows:
        row.ended_at = at
        session.add(row)
        events.record(session, actor, "release.end", row, at=at, organization_id=row.organization_id)


def live_releases(session: Session, person_id: UUID) -> list[Release]:
    """What is readable now of a person, in both directions between the owner and the others, newest first."""
    return list(session.execute(_LIVE, {"person_id": person_id}).scalars())


_LIVE = (
    select(Release)
    .where(col(Release.person_id) == bindparam("person_id"), col(Release.ended_at).is_(None))
    .order_by(col(Release.released_at).desc(), col(Release.id).desc())
)


def releases_under(session: Session, consent: Consent) -> list[Release]:
    """What is readable now because of one consent or of those that it replaced, in both directions."""
    ids = {str(record.id) for record in with_replaced(session, consent)}
    return [r for r in live_releases(session, consent.person_id) if ids & set(r.consent_ids)]


def end_releases_under(session: Session, actor: Actor, consent: Consent, *, at: datetime) -> list[Release]:
    """Stop what was released because of one consent."""
    rows = releases_under(session, consent)
    if actor.kind == ActorKind.PROXY or consent.revoked_by in _FOR_OTHERS:
        rows = _without_minors_own(session, consent, rows, at)
    end_releases(session, actor, rows, at=at)
    return rows


_FOR_OTHERS = (SignerKind.PARENT_OR_GUARDIAN, SignerKind.LEGAL_REPRESENTATIVE)


def _without_minors_own(session: Session, consent: Consent, rows: Sequence[Release], at: datetime) -> list[Release]:
    """Whoever stands for a minor ends nothing that the minor's own word carries as well, all of it."""
    today, said = calendar.local_day(at), records_of(session, consent.organization_id, consent.person_id)
    own = {r.id for r in said if r.signer == SignerKind.MINOR and not r.is_taken_back and not r.has_ended(today)}
    return [row for row in rows if not _is_carried_by(session, row, own)]


def _is_carried_by(session: Session, row: Release, ids: Collection[UUID]) -> bool:
    kept = decision_of(session, row.id)
    permitted = [answer for answer in answers_of(kept) if answer.permitted] if kept else []
    return bool(permitted) and all(set(answer.record_ids) & set(ids) for answer in permitted)


def releases_between(session: Session, person: Person, other_id: UUID) -> list[Release]:
    """What the owner of a person and one other organization can now read of each other about the person."""
    return [r for r in live_releases(session, person.id) if other_side(r, person.organization_id) == other_id]


def other_side(row: Release, owner_id: UUID) -> UUID:
    """The organization with which the owner shares in this release, whoever discloses."""
    return row.recipient_id if row.organization_id == owner_id else row.organization_id


def end_what_is_not_allowed(session: Session, actor: Actor, decision: Consent, *, at: datetime) -> None:
    """Stop what a new decision of the person does not allow any more: all that a no concerns, and what a yes leaves
    out of the one that it replaces.
    """
    if decision.decision == Decision.DO_NOT_SHARE:
        live = live_releases(session, decision.person_id)
        about = [r for r in live if decision.is_about(other_side(r, decision.organization_id))]
        rows = [r for r in about if _counts_for(session, decision, r, at)]
    else:
        rows = _beyond(session, releases_under(session, decision), decision.categories)
    end_releases(session, actor, rows, at=at)


def _counts_for(session: Session, no: Consent, row: Release, at: datetime) -> bool:
    """Whether a no ends a release: a parent's does where they could have signed a yes for all that it tells."""
    kept = decision_of(session, row.id)
    if no.signer != SignerKind.PARENT_OR_GUARDIAN or kept is None:
        return True
    person = session.get_one(Person, no.person_id)
    (record,) = [r for r in records_of(session, no.organization_id, no.person_id) if r.id == no.id]
    return may_sign(record, subject_of(person, asked_for_it=False), kinds_in(kept), calendar.local_day(at))


def _beyond(session: Session, rows: Sequence[Release], categories: Collection[str]) -> list[Release]:
    """Those releases that hold an element outside these categories."""
    if not rows:
        return []
    query = select(col(ReleaseElement.release_id)).where(
        col(ReleaseElement.release_id).in_([r.id for r in rows]), col(ReleaseElement.category).not_in(categories)
    )
    beyond = set(session.execute(query).scalars())
    return [r for r in rows if r.id in beyond]


def end_releases_of(session: Session, actor: Actor, subject_id: UUID, recipient_id: UUID, *, at: datetime) -> None:
    """Stop what one recipient could read of one task: it was recalled, declined or cancelled."""
    query = select(Release).where(
        col(Release.subject_id) == subject_id,
        col(Release.recipient_id) == recipient_id,
        col(Release.ended_at).is_(None),
    )
    end_releases(session, actor, session.execute(query).scalars().all(), at=at)
