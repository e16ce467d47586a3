"""Whether a resource holds to FHIR R4 and to the profiles it claims: all that is wrong with it at once.

A pure function of the resource: nothing is fetched. A reference is judged by what it says of its target, and by the
target where that is contained or in the same Bundle. Faults never repeat a value of the resource.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from cie.fhir.checking.advice import advice_on
from cie.fhir.checking.conformance import check_profile
from cie.fhir.checking.examination import Examination
from cie.fhir.checking.faults import Fault, Faults
from cie.fhir.checking.invariants import run
from cie.fhir.checking.references import is_resource_type
from cie.fhir.checking.structure import Walk
from cie.fhir.definitions.profiles import BASE, must_support_of, profile_of
from cie.fhir.definitions.value_sets import ValueSets, value_sets_in

__all__ = [
    "Fault",
    "ValueSets",
    "advice_on",
    "claimed_by",
    "faults_in",
    "filled_in",
    "knows",
    "mistyped_in",
    "must_support_of",
    "sets_not_loaded",
    "value_sets_in",
]


def faults_in(
    resource: Mapping[str, Any], profiles: Iterable[str] = (), value_sets: ValueSets | None = None
) -> list[Fault]:
    """What is wrong with a resource by its type, by the profiles named, and by those it claims that are known here.

    `value_sets`: with the licensed ones where the operator has them. Rules in FHIRPath are run when the shape is right.
    """
    exam = _examined(resource, profiles, value_sets)
    if exam.faults.is_sound:
        for rule in exam.rules.values():
            run(rule)
    return list(exam.faults)


def mistyped_in(resource: Mapping[str, Any], profiles: Iterable[str] = ()) -> list[Fault]:
    """What of it is of a type that does not belong there: of `faults_in` those of types alone, and no rule is run."""
    return [each for each in _examined(resource, profiles, None).faults if each.rule == "type"]


def _examined(resource: Mapping[str, Any], profiles: Iterable[str], value_sets: ValueSets | None) -> Examination:
    exam = Examination(resource, value_sets or value_sets_in(None), Faults(), {})
    kind = resource.get("resourceType")
    _examine(exam, kind if is_resource_type(kind) else "Resource", profiles)
    return exam


def filled_in(resource: Mapping[str, Any], profile: str) -> set[str]:
    """Ids of the elements of a profile that a resource has ("Task.input:AdditionalContent").

    Raises KeyError for a profile that is not known.
    """
    exam = Examination(resource, value_sets_in(None), Faults(), {})
    check_profile(exam, profile, resource, str(resource.get("resourceType")))
    return exam.met


def knows(profile: str) -> bool:
    """Whether resources can be checked against a profile, in the version that its address names if it names one."""
    return profile_of(profile) is not None


def sets_not_loaded(profile: str, value_sets: ValueSets) -> list[str]:
    """The value sets that a profile prescribes and that are not at hand: of their codes the system alone is checked.

    Raises KeyError for a profile that is not known.
    """
    found = profile_of(profile)
    if found is None:
        raise KeyError(profile)
    named = {each for facts in found.elements.values() for each in facts.get("bindings", {}).values()}
    named |= {facts["binding"] for facts in found.elements.values() if "binding" in facts}
    return sorted(each for each in named if not value_sets.is_loaded(each))


def _examine(exam: Examination, place: str, profiles: Iterable[str] = ()) -> None:
    """Look at a resource and at those inside it."""

    def extension(value: Mapping[str, Any], at: str) -> None:
        if isinstance(value.get("url"), str) and knows(value["url"]):
            check_profile(exam, value["url"], value, at)

    if not Walk(exam, _examine, extension).resource(place):
        return
    kind = exam.resource["resourceType"]
    for profile in dict.fromkeys((BASE + kind, *profiles, *claimed_by(exam.resource))):
        _check(exam, profile, kind, place)


def _check(exam: Examination, canonical: str, kind: str, place: str) -> None:
    profile = profile_of(canonical)
    if profile is None:
        return
    if profile.type != kind:
        exam.faults.add("type", place, f"The profile is one of {profile.type}")
    else:
        check_profile(exam, profile.canonical, exam.resource, place)


def claimed_by(resource: Mapping[str, Any]) -> list[str]:
    """The profiles to which a resource says that it holds."""
    meta = resource.get("meta")
    claimed = meta.get("profile") if isinstance(meta, Mapping) else None
    return [each for each in claimed if isinstance(each, str)] if isinstance(claimed, list) else []
