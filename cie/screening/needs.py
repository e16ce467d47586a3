"""Needs: proposed by what was answered or entered by a worker, confirmed or dismissed, with the person's own wish.

Confirming makes a need a health concern of the person's record, never a diagnosis of a visit.
"""

from collections.abc import Iterable, Sequence
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

    Left out: a need that is already open for the person, and one that this screening proposed before.
    """
    known = _needs(session, screening.organization_id, screening.person_id)
    taken = {need.need_code for need in known if need.status in OPEN or need.screening_id == screening.id}
    by_need = sorted((f for f in findings if f.is_positive and f.need not in taken), key=lambda f: f.need)
    proposed = [_proposal(screening, list(group), at) for _code, group in groupby(by_need, key=lambda f: f.need)]
    session.add_all(proposed)
    session.flush()
    for need in proposed:
        events.record(session, actor, "need.propose", need, at=at)
    return proposed


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
    session: Session, actor: Actor, person_id: UUID, need_code: str, wish: Wish | None, *, at: datetime
) -> Need:
    """Enter a need that the worker and the person spoke of; no screening is needed.

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
    need = _entered(person, term, wish, actor, at)
    session.add(need)
    session.flush()
    events.record(session, actor, "need.add", need, at=at, wish=wish.value if wish else None)
    return need


def _entered(person: Person, term: NeedTerm, wish: Wish | None, actor: Actor, at: datetime) -> Need:
    return Need(
        organization_id=person.organization_id,
        person_id=person.id,
        need_code=term.code,
        domain=term.gravity,
        icd10=term.icd10.code if term.icd10 else None,
        snomed=term.snomed.code if term.snomed else None,
        status=NeedStatus.CONFIRMED,
        wish=wish,
        decided_by_id=actor.id,
        decided_at=at,
        created_at=at,
    )


def confirm_need(session: Session, actor: Actor, need_id: UUID, *, at: datetime) -> Need:
    """A worker agrees that this is a concern. Raises NotFound, NotAllowed, NotPossibleNow (no longer open)."""
    return _decide(session, actor, need_id, NeedStatus.CONFIRMED, at)


def dismiss_need(session: Session, actor: Actor, need_id: UUID, *, at: datetime) -> Need:
    """A worker and the person agree that this is none. Raises NotFound, NotAllowed, NotPossibleNow (no longer open)."""
    return _decide(session, actor, need_id, NeedStatus.DISMISSED, at)


def _decide(session: Session, actor: Actor, need_id: UUID, status: NeedStatus, at: datetime) -> Need:
    need = _locked(session, actor, need_id)
    if need.status is status:
        return need
    _require_open(need)
    before, need.status = need.status, status
    need.decided_by_id, need.decided_at = actor.id, at
    session.add(need)
    events.changed(session, actor, need, {"status": [before.value, status.value]}, at=at)
    events.record(session, actor, f"need.{_VERBS[status]}", need, at=at)
    return need


_VERBS = {NeedStatus.CONFIRMED: "confirm", NeedStatus.DISMISSED: "dismiss"}


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
