"""What a receiver may ask of a permission: that it exists, and its scope as far as it carries what was released to it.

A disclosure of treatment records goes with the scope of the consent (42 CFR 2.32(b)); nothing else of the record is
told: neither who signed nor what it allows others. Whoever was released nothing learns nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie.consent.decisions import kinds_in
from cie.consent.models import Consent, ConsentDecision, Release
from cie.consent.records import consents_of
from cie.directory.models import Category


@dataclass(frozen=True)
class Scope:
    """One permission that carries what can be read now, as it stands today; `kinds`: of what was released alone."""

    record: Consent
    kinds: frozenset[Category]


def scopes_for(session: Session, recipient_id: UUID, referral_id: UUID) -> list[Scope]:
    """The permissions on which rests what one organization can read now of a referral, newest first."""
    rows = _readable(session, recipient_id, referral_id)
    kinds = _kinds_by_consent(session, rows)
    carried: dict[UUID, set[Category]] = defaultdict(set)
    known: dict[UUID, Consent] = {}
    for owner_id, person_id in {(row.organization_id, row.person_id) for row in rows}:
        records = consents_of(session, owner_id, person_id)
        known |= {record.id: record for record in records}
        for record in records:
            if record.id in kinds:
                carried[_newest_in_line(record, records).id] |= kinds[record.id]
    found = [Scope(known[id_], frozenset(told)) for id_, told in carried.items()]
    return sorted(found, key=lambda scope: (scope.record.given_at, scope.record.id), reverse=True)


def _readable(session: Session, recipient_id: UUID, referral_id: UUID) -> Sequence[Release]:
    query = select(Release).where(
        col(Release.recipient_id) == recipient_id,
        col(Release.referral_id) == referral_id,
        col(Release.ended_at).is_(None),
    )
    return session.execute(query).scalars().all()


def _kinds_by_consent(session: Session, rows: Collection[Release]) -> dict[UUID, set[Category]]:
    query = select(ConsentDecision).where(col(ConsentDecision.release_id).in_([row.id for row in rows]))
    told = {decision.release_id: kinds_in(decision) for decision in session.execute(query).scalars()}
    kinds: dict[UUID, set[Category]] = defaultdict(set)
    for row in rows:
        for code in row.consent_ids:
            kinds[UUID(code)] |= told.get(row.id, frozenset())
    return kinds


def _newest_in_line(record: Consent, records: Sequence[Consent]) -> Consent:
    """The record that stands in its place today."""
    later = next((each for each in records if each.supersedes_id == record.id), None)
    return record if later is None else _newest_in_line(later, records)
