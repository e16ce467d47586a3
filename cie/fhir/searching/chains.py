"""Following chains first, where only few resources are at their end."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlmodel import Session, col

from cie.fhir.searching.asked import Criterion, Wanted
from cie.fhir.searching.statement import holds_apart, readable
from cie.fhir.store import Stored

FEW = 200


def resolved(session: Session, organization_id: UUID, criteria: Sequence[Criterion]) -> list[Criterion] | None:
    """The criteria, a chain to few resources as references to these; None when one leads to none."""
    found = []
    for criterion in criteria:
        aims = _aims(session, organization_id, criterion) if criterion.targets else None
        if aims == []:
            return None
        found.append(replace(criterion, targets=(), wanted=tuple(aims)) if aims else criterion)
    return found


def _aims(session: Session, organization_id: UUID, criterion: Criterion) -> list[Wanted] | None:
    """The resources at which the reference may point; None when they are many."""
    found: list[Wanted] = []
    for resource_type, inner in criterion.targets:
        query = readable(organization_id, resource_type).where(holds_apart(organization_id, resource_type, inner))
        ids = session.execute(query.with_only_columns(col(Stored.resource_id)).limit(FEW + 1)).scalars().all()
        found += [Wanted(id_, resource_type) for id_ in ids]
        if len(found) > FEW:
            return None
    return found
