"""Needs: proposed by what was answered or entered by a worker, confirmed or dismissed, with the person's own wish.

Confirming makes a need a health concern of the person's record, never a diagnosis of a visit.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie import directory, events, people
from cie.access import Actor, Permission, check
from cie.directory import Category, NeedTerm
from cie.errors import Invalid, NotFound, NotPossibleNow
from cie.people import Person
from cie.screening.findings import Finding
from cie.screening.models import Need, NeedStatus, Screening, Wish

OPEN = (NeedStatus.PROPOSED, NeedStatus.CONFIRMED)


@dataclass(frozen=True)
class NeedDecision:
    """What a worker decided on one need, and what the person wants; None leaves either as it is."""

    need_id: UUID
    status: NeedStatus | None = None
    wish: Wish | None = None


def is_private(need: Need) -> bool:
    """Whether naming the need on paper could bring the person into danger."""
    return directory.need(need.need_code).category is Category.VICTIM_SERVICES


def needs_of(session: Session, actor: Actor, person_id: UUID) -> Sequence[Need]:
    """Every need of a person, newest first. Raises NotFound, NotAllowed."""
    person = people.get_person(session, actor, person_id)
    check(actor, Permission.SCREENING_READ, person)
    return _needs(session, person.organization_id, person.id)


def get_need(session: Session, actor: Actor, need_id: UUID) -> Need:
    """One need of a person of the caller's organization. Raises NotFound, NotAllowed."""
    need = session.get(Need, need_id)
    if need is None:
        raise NotFound("There is no such record")
    check(actor, Permission.SCREENING_READ, need)
    events.showed(session, actor, need.person_id)
    return need


def propose_needs(
    session: Session, actor: Actor, screening: Screening, findings: Iterable[Finding], *, at: datetime
) -> list[Need]:
    """One proposed need for each that the answers point to.

    Left out: a need that is already open for the person, and one that this screening proposed before, unless that was
    withdrawn.
    """
    positive = [finding for finding in findings if finding.is_positive]
    new = proposed_codes(session, screening, {finding.need for finding in positive})
    by_need = sorted((finding for finding in positive if finding.need in new), key=lambda f: f.need)
    proposed = [_proposal(screening, list(group), at) for _code, group in groupby(by_need, key=lambda f: f.need)]
    session.add_all(proposed)
    session.flush()
    for need in proposed:
        events.record(session, actor, "need.propose", need, at=at)
    return proposed


def proposed_codes(session: Session, screening: Screening, found: Collection[str]) -> list[str]:
    """Which of these needs, to which a screening points, would come new on the list of the person."""
    known = _needs(session, screening.organization_id, screening.person_id)
    taken = {need.need_code for need in known if need.status in OPEN or _came_of(need, screening)}
    return sorted(set(found) - taken)


def _came_of(need: Need, screening: Screening) -> bool:
    return need.screening_id == screening.id and need.status is not NeedStatus.ENTERED_IN_ERROR


def _proposal(screening: Screening, findings: Sequence[Finding], at: datetime) -> Need:
    """The need of several findings; its codes are those of the first that has any."""
    finding = min(findings, key=lambda f: (f.icd10 is None, f.snomed is None))
    return Need(
        organization_id=screening.organization_id,
        person_id=screening.person_id,
        screening_id=screening.id,
        need_code=finding.need,
        domain=finding.domain,
        icd10=finding.icd10,
        snomed=finding.snomed,
        created_at=at,
    )


def add_need(
    session: Session,
    actor: Actor,
    person_id: UUID,
    need_code: str,
    wish: Wish | None,
    *,
    is_proposed: bool = False,
    at: datetime,
) -> Need:
    """Enter a need that the worker and the person spoke of; no screening is needed.

    `is_proposed`: somebody elsewhere thinks so, and a worker is to confirm it.
    Raises NotFound, NotAllowed, Invalid (a need that the list does not have, or that is already open).
    """
    person = people.get_person(session, actor, person_id)
    check(actor, Permission.NEED_WRITE, person)
    term = directory.need(need_code)
    session.refresh(person, with_for_update=True)
    people.require_on_file(person)
    known = _needs(session, person.organization_id, person.id)
    if any(need.need_code == need_code and need.status in OPEN for need in known):
        raise Invalid("Need: this one is already on the list", "need")
    need = _proposed(person, term, at) if is_proposed else _entered(person, term, wish, actor, at)
    session.add(need)
    session.flush()
    events.record(session, actor, "need.add", need, at=at, wish=wish.value if wish else None)
    return need


def _entered(person: Person, term: NeedTerm, wish: Wish | None, actor: Actor, at: datetime) -> Need:
    need = _proposed(person, term, at)
    need.status, need.wish = NeedStatus.CONFIRMED, wish
    need.decided_by_id, need.decided_at = actor.id, at
    return need


def _proposed(person: Person, term: NeedTerm, at: datetime) -> Need:
    return Need(
        organization_id=person.organization_id,
        person_id=person.id,
        need_code=term.code,
        domain=term.gravity,
        icd10=term.icd10.code if term.icd10 else None,
        snomed=term.snomed.code if term.snomed else None,
        created_at=at,
    )


def confirm_need(session: Session, actor: Actor, need_id: UUID, *, at: datetime) -> Need:
    """A worker agrees that this is a concern. Raises NotFound, NotAllowed, NotPossibleNow (no longer open)."""
    return _decide(session, actor, need_id, NeedStatus.CONFIRMED, at)


def dismiss_need(session: Session, actor: Actor, need_id: UUID, *, at: datetime) -> Need:
    """A worker and the person agree that this is none. Raises NotFound, NotAllowed, NotPossibleNow (no longer open)."""
    return _decide(session, actor, need_id, NeedStatus.DISMISSED, at)


def resolve_need(session: Session, actor: Actor, need_id: UUID, *, at: datetime) -> Need:
    """The concern is over. Raises NotFound, NotAllowed, NotPossibleNow (no longer open)."""
    return _decide(session, actor, need_id, NeedStatus.RESOLVED, at)


def mark_need_mistake(session: Session, actor: Actor, need_id: UUID, *, at: datetime) -> Need:
    """It was never so, whatever was decided on it. Raises NotFound, NotAllowed."""
    return _decide(session, actor, need_id, NeedStatus.ENTERED_IN_ERROR, at)


def withdraw_needs(
    session: Session, actor: Actor, screening: Screening, *, but: Collection[str] = (), at: datetime
) -> None:
    """End those needs that a screening proposed and nobody decided on. `but`: the codes of those that stay."""
    for need in _needs(session, screening.organization_id, screening.person_id):
        is_undecided = need.screening_id == screening.id and need.status is NeedStatus.PROPOSED
        if is_undecided and need.need_code not in but:
            mark_need_mistake(session, actor, need.id, at=at)


def _decide(session: Session, actor: Actor, need_id: UUID, status: NeedStatus, at: datetime) -> Need:
    need = _locked(session, actor, need_id)
    if need.status is status:
        return need
    if status is not NeedStatus.ENTERED_IN_ERROR:
        _require_open(need)
    before, need.status = need.status, status
    need.decided_by_id, need.decided_at = actor.id, at
    session.add(need)
    events.changed(session, actor, need, {"status": [before.value, status.value]}, at=at)
    events.record(session, actor, f"need.{_VERBS[status]}", need, at=at)
    return need


_VERBS = {
    NeedStatus.CONFIRMED: "confirm",
    NeedStatus.DISMISSED: "dismiss",
    NeedStatus.RESOLVED: "resolve",
    NeedStatus.ENTERED_IN_ERROR: "mistake",
}


def set_wish(session: Session, actor: Actor, need_id: UUID, wish: Wish, *, at: datetime) -> Need:
    """Keep what the person wants done. Raises NotFound, NotAllowed, NotPossibleNow (the need is no longer open)."""
    need = _locked(session, actor, need_id)
    if need.wish is wish:
        return need
    _require_open(need)
    before, need.wish = need.wish, wish
    session.add(need)
    events.changed(session, actor, need, {"wish": [before.value if before else None, wish.value]}, at=at)
    events.record(session, actor, "need.wish", need, at=at, wish=wish.value)
    return need


def settle_needs(
    session: Session, actor: Actor, person_id: UUID, decisions: Iterable[NeedDecision], *, at: datetime
) -> list[Need]:
    """Several decisions of one form about one person, all or none.

    Raises NotFound (also for another person's need), NotAllowed, NotPossibleNow (a need is no longer open).
    """
    settled = []
    for decision in decisions:
        need = _locked(session, actor, decision.need_id)
        if need.person_id != person_id:
            raise NotFound("There is no such record")
        if decision.status is NeedStatus.CONFIRMED:
            confirm_need(session, actor, need.id, at=at)
        if decision.status is not NeedStatus.DISMISSED and decision.wish is not None:
            set_wish(session, actor, need.id, decision.wish, at=at)
        if decision.status is NeedStatus.DISMISSED:
            dismiss_need(session, actor, need.id, at=at)
        if decision.status is NeedStatus.RESOLVED:
            resolve_need(session, actor, need.id, at=at)
        settled.append(need)
    return settled


def _needs(session: Session, organization_id: UUID, person_id: UUID) -> Sequence[Need]:
    query = (
        select(Need)
        .where(col(Need.organization_id) == organization_id, col(Need.person_id) == person_id)
        .order_by(col(Need.id).desc())
    )
    return session.execute(query).scalars().all()


def _locked(session: Session, actor: Actor, need_id: UUID) -> Need:
    need = get_need(session, actor, need_id)
    check(actor, Permission.NEED_WRITE, need)
    session.flush()
    session.refresh(need, with_for_update=True)
    return need


def _require_open(need: Need) -> None:
    if need.status not in OPEN:
        raise NotPossibleNow("This need is no longer open. Add it again if it came back")
