"""Conditions that programs send: a need of somebody whom the sender serves, where our list has it.

Only a health concern counts that holds to the profile, stands now, and that no device asserts; and only where its code,
or its domain alone, means one need of the list that is neither private nor open. All else is kept for its sender.
"""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from sqlmodel import Session

from cie import directory, screening
from cie.access import Actor
from cie.directory import Category, NeedTerm
from cie.fhir.checking import faults_in
from cie.fhir.codes import HEALTH_CONCERN, ICD_10, SNOMED, TEMPORARY
from cie.fhir.receiving.entries import Entry
from cie.fhir.receiving.transaction import Doing
from cie.fhir.refusals import not_taken
from cie.fhir.resources.condition import DEVICE, PROFILE
from cie.fhir.store import Stored
from cie.screening import Need, NeedStatus

_VERIFIED = ({"confirmed"}, {"unconfirmed"})
_OVER = {"inactive", "remission", "resolved"}
_DECIDED = "Somebody decided on this need. Confirm it, refute it, or say that it is resolved"
_OPEN = (NeedStatus.PROPOSED, NeedStatus.CONFIRMED)
Resource = dict[str, Any]


def is_claim(entry: Entry) -> bool:
    """Whether a Condition may be a need: all but whose, who may come in the same Bundle."""
    return entry.resource_type == "Condition" and _term(entry.resource) is not None


def claim(doing: Doing, entry: Entry, person_id: UUID) -> UUID | None:
    """Add the need, to be confirmed where nobody did; its id, or None when it is open already. Raises NotAllowed."""
    term = _term(entry.resource)
    if term is None or _is_open(doing.session, doing.actor, person_id, term.code):
        return None
    is_proposed = _codes(entry.resource, "verificationStatus") == {"unconfirmed"}
    need = screening.add_need(
        doing.session, doing.actor, person_id, term.code, None, is_proposed=is_proposed, at=doing.at
    )
    return need.id


def change_need(doing: Doing, entry: Entry, row: Stored) -> None:
    """What is put in the place of a need is what is decided on it: that it is so, is not, is over, or was never said.

    Raises NotTaken, NotAllowed, NotPossibleNow (no longer open).
    """
    need = screening.get_need(doing.session, doing.actor, UUID(row.resource_id))
    body = doing.resolved(entry.resource)
    if doing.person_in(body) != need.person_id:
        raise not_taken("Condition.subject", "This is a need of somebody else", "value")
    if _is_another(body, need):
        raise not_taken("Condition.code", "This is another need. Send it as a new Condition", "value")
    decided = _decided(body, need)
    if decided is not None:
        decided(doing.session, doing.actor, need.id, at=doing.at)
    elif need.status is not NeedStatus.PROPOSED:
        raise not_taken("Condition.verificationStatus", _DECIDED, "business-rule")


def _decided(body: Resource, need: Need) -> Callable[..., Need] | None:
    """The verb by which a need becomes what a Condition says; None where nothing is decided by it."""
    verified, clinical = _codes(body, "verificationStatus"), _codes(body, "clinicalStatus")
    is_over = bool(clinical & _OVER) or _has_abated(body)
    is_confirmed = "confirmed" in verified or need.status is NeedStatus.CONFIRMED
    if "entered-in-error" in verified:
        return screening.mark_need_mistake
    if "refuted" in verified or (is_over and not is_confirmed):
        return screening.dismiss_need
    if is_over:
        return screening.resolve_need
    return screening.confirm_need if "confirmed" in verified else None


def _is_another(condition: Resource, need: Need) -> bool:
    """Whether the codes of a Condition are those of other needs of the list, and not of this one."""
    codes = _codes(condition, "code", ICD_10, SNOMED)
    meant = {term.code for term in directory.needs().values() if _codes_of(term) & codes}
    return bool(meant) and need.need_code not in meant and not codes & {need.icd10, need.snomed}


def _has_abated(condition: Resource) -> bool:
    return any(name.lstrip("_").startswith("abatement") for name in condition)


def _is_open(session: Session, actor: Actor, person_id: UUID, code: str) -> bool:
    needs = screening.needs_of(session, actor, person_id)
    return any(need.need_code == code and need.status in _OPEN for need in needs)


def _term(condition: Resource) -> NeedTerm | None:
    """The one need of the list that a Condition means."""
    if not _may_count(condition) or faults_in(condition, [PROFILE]):
        return None
    domains = _codes(condition, "category", TEMPORARY)
    terms = [term for term in directory.needs().values() if term.gravity in domains and _is_told(term)]
    meant = [term for term in terms if _codes_of(term) & _codes(condition, "code", ICD_10, SNOMED)] or terms
    return meant[0] if len(meant) == 1 else None


def _may_count(condition: Resource) -> bool:
    stands = _codes(condition, "clinicalStatus") in (set(), {"active"})
    is_verified = _codes(condition, "verificationStatus") in _VERIFIED
    is_concern = HEALTH_CONCERN["code"] in _codes(condition, "category", HEALTH_CONCERN["system"])
    by_device = any(each.get("url") == DEVICE for each in condition.get("extension", []))
    return stands and is_verified and is_concern and not by_device and not _has_abated(condition)


def _is_told(term: NeedTerm) -> bool:
    return term.category is not Category.VICTIM_SERVICES and bool(_codes_of(term))


def _codes_of(term: NeedTerm) -> set[str]:
    return {each.code for each in (term.icd10, term.snomed) if each}


def _codes(condition: Resource, name: str, *systems: str) -> set[str]:
    """The codes of an element, those of these systems alone where some are named."""
    return {each.get("code", "") for each in _codings(condition, name) if not systems or each.get("system") in systems}


def _codings(condition: Resource, name: str) -> Iterator[Resource]:
    value = condition.get(name, [])
    for concept in value if isinstance(value, list) else [value]:
        yield from concept.get("coding", [])
