"""Releases: what one organization lets another read of a person, frozen as it was previewed.

A receiver reads the discloser's data only through these rows. `release` and `preview` run the same decision.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import load_only
from sqlmodel import Session, col

from cie import calendar, events
from cie.access import Actor, Permission, check
from cie.consent.asking import records_of, subject_of
from cie.consent.decisions import decision_of, keep_decision, kinds_in
from cie.consent.gate import Disclosure, Refusal, Ruling, decide
from cie.consent.law import Obligation
from cie.consent.law.signers import may_sign
from cie.consent.models import Consent, DataSet, Decision, Release, ReleaseElement, SignerKind
from cie.consent.records import with_replaced
from cie.errors import ConsentRequired, NotFound
from cie.people.models import Person

preview = decide


@dataclass(frozen=True)
class Released:
    """What a recipient may read at this moment, by element code, in the order of the preview."""

    release: Release
    elements: dict[str, Any]


_PART: Any = ReleaseElement


def release(
    session: Session,
    actor: Actor,
    disclosure: Disclosure,
    *,
    referral_id: UUID | None,
    subject_id: UUID,
    at: datetime,
) -> Release:
    """Let the recipient read exactly the permitted elements, and record the disclosure.

    `subject_id` is the task, message or answer that the release belongs to. Raises ConsentRequired when nothing may go.
    """
    ruling = decide(session, disclosure, at=at)
    if ruling.refusal:
        events.refused(session, actor, "release.refuse", disclosure.person, at=at, rule=ruling.refusal.rule)
        raise refusal_error(ruling.refusal)
    row = _row(session, disclosure, ruling, referral_id, subject_id, at)
    session.add(row)
    session.flush()
    for position, element in enumerate(ruling.permitted):
        _add_element(session, row, position, element.code, element.category.value, element.value)
    keep_decision(session, row, ruling, at=at)
    events.record(session, actor, "release.disclose", row, at=at, basis=row.basis, version=row.version)
    return row


def refusal_error(refusal: Refusal) -> ConsentRequired:
    """The refusal as an error whose words may be shown to the one who wanted to send."""
    return ConsentRequired(refusal.sentence, rule=refusal.rule, source=refusal.source, remedy=refusal.remedy)


def _row(
    session: Session, disclosure: Disclosure, ruling: Ruling, referral_id: UUID | None, subject_id: UUID, at: datetime
) -> Release:
    return Release(
        organization_id=disclosure.discloser_id,
        recipient_id=disclosure.recipient_id,
        person_id=disclosure.person.id,
        referral_id=referral_id,
        subject_id=subject_id,
        data_set=disclosure.data_set,
        version=_next_version(session, disclosure, subject_id),
        purpose=disclosure.purpose.value,
        basis=ruling.basis,
        consent_ids=[str(c) for c in ruling.consent_ids],
        obligations=[duty.value for duty in ruling.obligations],
        fingerprint=ruling.fingerprint,
        masked=ruling.masked,
        released_at=at,
    )


def _next_version(session: Session, disclosure: Disclosure, subject_id: UUID) -> int:
    query = select(func.max(Release.version)).where(
        col(Release.subject_id) == subject_id,
        col(Release.recipient_id) == disclosure.recipient_id,
        col(Release.data_set) == disclosure.data_set,
    )
    return (session.execute(query).scalar() or 0) + 1


def _add_element(session: Session, row: Release, position: int, code: str, category: str, value: Any) -> None:
    element = ReleaseElement(
        organization_id=row.organization_id, release_id=row.id, position=position, element=code, category=category
    )
    element.value = value
    session.add(element)


def released_to(session: Session, recipient_id: UUID, subject_id: UUID, data_set: DataSet) -> Released | None:
    """The newest live release of this subject to this recipient, or None when there is nothing to read."""
    query = (
        select(Release)
        .where(
            col(Release.recipient_id) == recipient_id,
            col(Release.subject_id) == subject_id,
            col(Release.data_set) == data_set,
            col(Release.ended_at).is_(None),
        )
        .order_by(col(Release.version).desc())
        .limit(1)
    )
    row = session.execute(query).scalar_one_or_none()
    return Released(row, elements_of(session, row.id)) if row else None


def released_about(
    session: Session, recipient_id: UUID, subject_ids: Collection[UUID], *, elements: Collection[str] = ()
) -> dict[UUID, dict[str, Any]]:
    """What one recipient may read now about many tasks, in two statements: by subject, then by element.

    The referral counts before the offer, the newest version before older ones. Only `elements`, when they are named.
    """
    releases = _newest_about(session, recipient_id, subject_ids)
    found: dict[UUID, dict[str, Any]] = {subject_id: {} for subject_id in releases.values()}
    if not releases:
        return found
    query = (
        select(ReleaseElement)
        .where(col(ReleaseElement.release_id).in_(releases))
        .order_by(col(ReleaseElement.release_id), col(ReleaseElement.position))
        .options(load_only(_PART.release_id, _PART.element, _PART.value_sealed))
    )
    if elements:
        query = query.where(col(ReleaseElement.element).in_(elements))
    for element in session.execute(query).scalars():
        found[releases[element.release_id]][element.element] = element.value
    return found


def _newest_about(session: Session, recipient_id: UUID, subject_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The release that counts for each of these tasks, with the task that it is about."""
    columns = (col(Release.subject_id), col(Release.data_set), col(Release.version), col(Release.id))
    query = select(*columns).where(
        col(Release.recipient_id) == recipient_id,
        col(Release.subject_id).in_(subject_ids),
        col(Release.data_set).in_([DataSet.OFFER, DataSet.REFERRAL]),
        col(Release.ended_at).is_(None),
    )
    newest: dict[UUID, tuple[bool, int, UUID]] = {}
    for subject_id, data_set, version, release_id in session.execute(query):
        rank = (data_set == DataSet.REFERRAL, version, release_id)
        newest[subject_id] = max(newest.get(subject_id, rank), rank)
    return {release_id: subject_id for subject_id, (_referral, _version, release_id) in newest.items()}


def elements_of(session: Session, release_id: UUID) -> dict[str, Any]:
    """The values of one release, by element code, in order."""
    query = (
        select(ReleaseElement)
        .where(col(ReleaseElement.release_id) == release_id)
        .order_by(col(ReleaseElement.position))
    )
    return {e.element: e.value for e in session.execute(query).scalars()}


def duties_to(session: Session, recipient_id: UUID, referral_ids: Collection[UUID]) -> list[Obligation]:
    """The duties that go with what one recipient may read now of these referrals, in a fixed order."""
    query = select(col(Release.obligations)).where(
        col(Release.recipient_id) == recipient_id,
        col(Release.referral_id).in_(referral_ids),
        col(Release.ended_at).is_(None),
    )
    found = {code for codes in session.execute(query).scalars() for code in codes} if referral_ids else set()
    return [duty for duty in Obligation if duty.value in found]


def receipts_query(organization_id: UUID, person_id: UUID) -> Select[Any]:
    """Every release of a person's data by an organization, newest first, masked and ended ones included."""
    return (
        select(Release)
        .where(col(Release.person_id) == person_id, col(Release.organization_id) == organization_id)
        .order_by(col(Release.released_at).desc(), col(Release.id).desc())
    )


def receipts(session: Session, organization_id: UUID, person_id: UUID) -> Sequence[Release]:
    """All of them at once."""
    return session.execute(receipts_query(organization_id, person_id)).scalars().all()


def element_codes(session: Session, release_ids: Collection[UUID]) -> dict[UUID, list[str]]:
    """What each release holds, by code and in order; the values stay sealed."""
    query = (
        select(col(ReleaseElement.release_id), col(ReleaseElement.element))
        .where(col(ReleaseElement.release_id).in_(release_ids))
        .order_by(col(ReleaseElement.release_id), col(ReleaseElement.position))
    )
    found: dict[UUID, list[str]] = {release_id: [] for release_id in release_ids}
    for release_id, code in session.execute(query):
        found[release_id].append(code)
    return found


def get_release(session: Session, actor: Actor, release_id: UUID) -> Release:
    """One release by the caller's own organization. Raises NotFound, also to its recipient."""
    row = session.get(Release, release_id)
    if row is None or row.organization_id != actor.organization_id:
        raise NotFound("There is no such record")
    check(actor, Permission.CONSENT_READ, row)
    return row


def end_releases(session: Session, actor: Actor, rows: Sequence[Release], *, at: datetime) -> None:
    """Stop these releases from being readable."""
    for row in rows:
        row.ended_at = at
        session.add(row)
        events.record(session, actor, "release.end", row, at=at, organization_id=row.organization_id)


def live_releases(session: Session, person_id: UUID) -> list[Release]:
    """What is readable now of a person, in both directions between the owner and the others, newest first."""
    query = select(Release).where(col(Release.person_id) == person_id, col(Release.ended_at).is_(None))
    return list(session.execute(query.order_by(col(Release.released_at).desc(), col(Release.id).desc())).scalars())


def releases_under(session: Session, consent: Consent) -> list[Release]:
    """What is readable now because of one consent or of those that it replaced, in both directions."""
    ids = {str(record.id) for record in with_replaced(session, consent)}
    return [r for r in live_releases(session, consent.person_id) if ids & set(r.consent_ids)]


def end_releases_under(session: Session, actor: Actor, consent: Consent, *, at: datetime) -> list[Release]:
    """Stop what was released because of one consent."""
    rows = releases_under(session, consent)
    end_releases(session, actor, rows, at=at)
    return rows


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
