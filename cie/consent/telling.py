"""Which facts of a release told of substance use treatment: by their own kind, or beside the name of the service."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie.consent.decisions import answers_of
from cie.consent.law import Obligation
from cie.consent.models import ConsentDecision, Release, ReleaseElement
from cie.directory.models import Category

PART2 = Category.SUD_PART2


@dataclass(frozen=True)
class ToldFact:
    """One fact that went, by code, and the consents that it rested on."""

    code: str
    consent_ids: frozenset[str]


def part2_facts(session: Session, rows: Collection[Release]) -> dict[UUID, list[ToldFact]]:
    """What of each of these releases was treatment information (42 CFR 2.11), in the order in which it was shown."""
    ids = [row.id for row in rows]
    query = select(ConsentDecision).where(col(ConsentDecision.release_id).in_(ids))
    # of somebody whose record was erased the answers are gone; the release still names what it told
    kept = {decision.release_id: decision for decision in session.execute(query).scalars() if decision.answers}
    held = _held(session, [id_ for id_ in ids if id_ not in kept])
    return {row.id: _decided(kept[row.id]) if row.id in kept else _remembered(row, held[row.id]) for row in rows}


def _decided(decision: ConsentDecision) -> list[ToldFact]:
    return [
        ToldFact(answer.item.code, frozenset(str(id_) for id_ in answer.record_ids))
        for answer in answers_of(decision)
        if answer.permitted and PART2 in answer.item.kinds
    ]


def _remembered(row: Release, held: Sequence[tuple[str, str]]) -> list[ToldFact]:
    """Of the time before decisions were kept: facts of that kind; else all, where the notice of 2.32 went with them."""
    codes = [code for code, kind in held if kind == PART2.value]
    if not codes and Obligation.PART2_NOTICE.value in row.obligations:
        codes = [code for code, _kind in held]
    return [ToldFact(code, frozenset(row.consent_ids)) for code in codes]


def _held(session: Session, release_ids: Collection[UUID]) -> dict[UUID, list[tuple[str, str]]]:
    """What each release holds, by code and kind; the values stay sealed."""
    query = (
        select(col(ReleaseElement.release_id), col(ReleaseElement.element), col(ReleaseElement.category))
        .where(col(ReleaseElement.release_id).in_(release_ids))
        .order_by(col(ReleaseElement.release_id), col(ReleaseElement.position))
    )
    found: dict[UUID, list[tuple[str, str]]] = {release_id: [] for release_id in release_ids}
    for release_id, code, kind in session.execute(query):
        found[release_id].append((code, kind))
    return found
