"""Releases: what one organization lets another read of a person, frozen as it was previewed.

A receiver reads the discloser's data only through these rows. `release` and `preview` run the same decision.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, func, or_, select
from sqlmodel import Session, col
from uuid_utils.compat import uuid7

from cie import events
from cie.access import Actor, Permission, check
from cie.consent.decisions import keep_decision
from cie.consent.gate import Disclosure, Element, Refusal, Ruling, decide
from cie.consent.law import Obligation
from cie.consent.models import DataSet, Release, ReleaseElement
from cie.db import current, insert_rows, place_of, table_of
from cie.errors import ConsentRequired, NotFound

preview = decide
OUTCOME = "outcome"


@dataclass(frozen=True)
class Released:
    """What a recipient may read at this moment, by element code, in the order of the preview."""

    release: Release
    elements: dict[str, Any]


_PART = table_of(ReleaseElement).c


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
    parts = [_part(row, position, element) for position, element in enumerate(ruling.permitted)]
    insert_rows(session, ReleaseElement, parts)
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
    asked = {
        "subject_id": subject_id,
        "recipient_id": disclosure.recipient_id,
        "data_set": disclosure.data_set,
    }
    return (session.execute(_LAST_VERSION, asked).scalar() or 0) + 1


_LAST_VERSION = select(func.max(Release.version)).where(
    col(Release.subject_id) == bindparam("subject_id"),
    col(Release.recipient_id) == bindparam("recipient_id"),
    col(Release.data_set) == bindparam("data_set"),
)


def _part(row: Release, position: int, element: Element) -> dict[str, Any]:
    id = uuid7()
    place = place_of(ReleaseElement.__tablename__, "value_sealed", id)
    return {
        "id": id,
        "organization_id": row.organization_id,
        "release_id": row.id,
        "position": position,
        "element": element.code,
        "category": element.category.value,
        "value_sealed": current().seal(place, element.value, row.organization_id),
    }


_LIVE = select(Release).where(col(Release.recipient_id) == bindparam("recipient_id"), col(Release.ended_at).is_(None))
_NEWEST = (
    _LIVE.where(
        col(Release.subject_id) == bindparam("subject_id"),
        col(Release.data_set) == bindparam("data_set"),
    )
    .order_by(col(Release.version).desc())
    .limit(1)
)
_OF_PERSON = _LIVE.where(
    col(Release.person_id) == bindparam("person_id"),
    col(Release.data_set) == DataSet.REFERRAL,
).order_by(col(Release.released_at).desc(), col(Release.id).desc())
_COLUMNS = (_PART.id, _PART.organization_id, _PART.release_id, _PART.element, _PART.value_sealed)
_ELEMENTS = select(*_COLUMNS).where(_PART.release_id == bindparam("release_id")).order_by(_PART.position)
_OUTCOMES = select(col(ReleaseElement.release_id)).where(
    col(ReleaseElement.release_id) == col(Release.id), col(ReleaseElement.element) == OUTCOME
)
_STAYS = and_(col(Release.data_set) == DataSet.ANSWER, _OUTCOMES.exists())
_DUTIES = select(col(Release.obligations)).where(
    col(Release.recipient_id) == bindparam("recipient_id"),
    col(Release.referral_id).in_(bindparam("referral_ids", expanding=True)),
    or_(col(Release.ended_at).is_(None), _STAYS),
)


def released_to(session: Session, recipient_id: UUID, subject_id: UUID, data_set: DataSet) -> Released | None:
    """The newest live release of this subject to this recipient, or None when there is nothing to read."""
    asked = {"recipient_id": recipient_id, "subject_id": subject_id, "data_set": data_set}
    row = session.execute(_NEWEST, asked).scalar_one_or_none()
    return Released(row, elements_of(session, row.id)) if row else None


def released_of_person(session: Session, recipient_id: UUID, person_id: UUID) -> list[Released]:
    """Every live release by which a recipient may know who a person is and reach them, newest first."""
    rows = session.execute(_OF_PERSON, {"recipient_id": recipient_id, "person_id": person_id}).scalars().all()
    elements: dict[UUID, dict[str, Any]] = {row.id: {} for row in rows}
    for part in session.execute(_PARTS, {"release_ids": list(elements)}) if rows else ():
        elements[part.release_id][part.element] = ReleaseElement.value.of(part)
    return [Released(row, elements[row.id]) for row in rows]


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
    query, asked = (_SOME_PARTS, {"elements": list(elements)}) if elements else (_PARTS, {})
    for row in session.execute(query, asked | {"release_ids": list(releases)}):
        found[releases[row.release_id]][row.element] = ReleaseElement.value.of(row)
    return found


_PARTS = (
    select(*_COLUMNS)
    .where(_PART.release_id.in_(bindparam("release_ids", expanding=True)))
    .order_by(_PART.release_id, _PART.position)
)
_SOME_PARTS = _PARTS.where(_PART.element.in_(bindparam("elements", expanding=True)))


def _newest_about(session: Session, recipient_id: UUID, subject_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The release that counts for each of these tasks, with the task that it is about."""
    asked = {"recipient_id": recipient_id, "subject_ids": list(subject_ids)}
    newest: dict[UUID, tuple[bool, int, UUID]] = {}
    for subject_id, data_set, version, release_id in session.execute(_ABOUT, asked):
        rank = (data_set == DataSet.REFERRAL, version, release_id)
        newest[subject_id] = max(newest.get(subject_id, rank), rank)
    return {release_id: subject_id for subject_id, (_referral, _version, release_id) in newest.items()}


_ABOUT = select(col(Release.subject_id), col(Release.data_set), col(Release.version), col(Release.id)).where(
    col(Release.recipient_id) == bindparam("recipient_id"),
    col(Release.subject_id).in_(bindparam("subject_ids", expanding=True)),
    col(Release.data_set).in_([DataSet.OFFER, DataSet.REFERRAL]),
    col(Release.ended_at).is_(None),
)


def elements_of(session: Session, release_id: UUID) -> dict[str, Any]:
    """The values of one release, by element code, in order."""
    rows = session.execute(_ELEMENTS, {"release_id": release_id})
    return {row.element: ReleaseElement.value.of(row) for row in rows}


def duties_to(session: Session, recipient_id: UUID, referral_ids: Collection[UUID]) -> list[Obligation]:
    """The duties that go with what one recipient may read now of these referrals, in a fixed order.

    How a task ended stays known to its sender, and so do the duties that came with it.
    """
    asked = {"recipient_id": recipient_id, "referral_ids": list(referral_ids)}
    found = {code for codes in session.execute(_DUTIES, asked).scalars() for code in codes} if referral_ids else set()
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
        if code not in found[release_id]:
            found[release_id].append(code)
    return found


def get_release(session: Session, actor: Actor, release_id: UUID) -> Release:
    """One release by the caller's own organization. Raises NotFound, also to its recipient."""
    row = session.get(Release, release_id)
    if row is None or row.organization_id != actor.organization_id:
        raise NotFound("There is no such record")
    check(actor, Permission.CONSENT_READ, row)
    return row
