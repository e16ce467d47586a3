"""What is sound and yet not as its definitions advise: the rules that FHIR and the profiles give as warnings.

Those on whole resources are looked at. That a resource should have a narrative is none of them here: ours is made for
each reader, and that of others is never passed on.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cie.fhir.checking.examination import Examination, Rule
from cie.fhir.checking.faults import Fault, Faults
from cie.fhir.checking.invariants import run
from cie.fhir.definitions.profiles import profile_of
from cie.fhir.definitions.types import Invariant, invariants_of
from cie.fhir.definitions.value_sets import ValueSets

_NOT_ADVISED = "dom-6"


def advice_on(resource: Mapping[str, Any], profiles: Iterable[str], value_sets: ValueSets) -> list[Fault]:
    """What is advised against in a resource that has no faults, by its type and by the profiles named."""
    exam = Examination(resource, value_sets, Faults(), {})
    kind = resource["resourceType"]
    for invariant in (*invariants_of(kind), *_of_profiles(profiles)):
        if invariant.severity == "warning" and invariant.key != _NOT_ADVISED:
            run(Rule(invariant, resource, kind, kind, exam))
    return list(exam.faults)


def _of_profiles(profiles: Iterable[str]) -> Iterator[Invariant]:
    """The rules on the whole resource of those profiles that are known."""
    for profile in filter(None, map(profile_of, profiles)):
        for key in profile.elements.get(profile.type, {}).get("constraints", ()):
            yield Invariant(key, *profile.invariants[key])
