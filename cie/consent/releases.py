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

from cie import events
from cie.access import Actor, Permission, check
from cie.consent.decisions import keep_decision
from cie.consent.gate import Disclosure, Refusal, Ruling, decide
from cie.consent.law import Obligation
from cie.consent.models import DataSet, Release, ReleaseElement
from cie.errors import ConsentRequired, NotFound

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
