"""Rules that are run here and not by the FHIRPath engine, each for a reason that its group gives.

A check takes the value it is about, of the shape that FHIR gives it, and the examination of its resource. Its name is
the key of the invariant, after the type where several types have the key.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from cie.fhir.checking import patient_tasks
from cie.fhir.checking.examination import Examination
from cie.fhir.checking.narrative import has_content, is_allowed
from cie.fhir.checking.times import is_after

Check = Callable[[Any, Examination], bool]


def _holds_no_contained(resource: Any, exam: Examination) -> bool:
    return not any("contained" in each for each in resource.get("contained", ()))


def _points_to_each_contained(resource: Any, exam: Examination) -> bool:
    """Each contained resource is pointed to from the rest, or points to what contains it itself."""
    contained = resource.get("contained", ())
    pointers = set(_pointers(resource)) if contained else set()
    return all("#" + str(each.get("id")) in pointers or "#" in set(_pointers(each)) for each in contained)


def _pointers(value: Any) -> Iterator[str]:
    """Every text that may point into the resource: a reference, a canonical, an address."""
    if isinstance(value, str):
        if value.startswith("#"):
            yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _pointers(part)
    elif isinstance(value, list):
        for part in value:
            yield from _pointers(part)


def _has_no_versions(resource: Any, exam: Examination) -> bool:
    return not any({"versionId", "lastUpdated"} & each.get("meta", {}).keys() for each in resource.get("contained", ()))


def _has_no_security(resource: Any, exam: Examination) -> bool:
    return not any("security" in each.get("meta", {}) for each in resource.get("contained", ()))


def _points_to_contained(reference: Any, exam: Examination) -> bool:
    address = reference.get("reference", "")
    return not address.startswith("#") or exam.resolve({"reference": address}) is not None


def _is_in_order(span: Any, exam: Examination) -> bool:
    """The low end of a Range is not above the high one, where both are in the same unit."""
    low, high = span.get("low", {}), span.get("high", {})
    is_comparable = "value" in low and "value" in high and all(low.get(each) == high.get(each) for each in _UNIT)
    return not is_comparable or bool(low["value"] <= high["value"])


def _speaks_for_a_practitioner(participant: Any, exam: Examination) -> bool:
    kind = exam.type_of_target(participant.get("member"))
    return "onBehalfOf" not in participant or kind in (None, "Practitioner")


def _in_time(value: Any, earlier: str, later: str) -> bool:
    """One time is not after another, or it cannot be told, as when one is a year and the other a day in it."""
    first, second = value.get(earlier), value.get(later)
    return first is None or second is None or not is_after(first, second)


def _names_somebody(name: Any, exam: Examination) -> bool:
    """A name, or why there is none, and not both."""
    is_absent = any(each.get("url") == DATA_ABSENT for each in name.get("extension", ()))
    return ("family" in name or "given" in name) != is_absent


def _has_patient(scope: str) -> Check:
    """Whose Consent it is, where it has this scope; the standard itself says "something" where its system would be."""

    def check(consent: Any, exam: Examination) -> bool:
        codings = consent.get("scope", {}).get("coding", ())
        has_scope = any((each.get("system"), each.get("code")) == ("something", scope) for each in codings)
        return "patient" in consent or not has_scope

    return check


DATA_ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_UNIT = ("unit", "system", "code")
ASKED_OF_ALL: Mapping[str, Check] = {
    "dom-2": _holds_no_contained,
    "dom-3": _points_to_each_contained,
    "dom-4": _has_no_versions,
    "dom-5": _has_no_security,
    "ref-1": _points_to_contained,
    "cpt-2": lambda value, exam: "value" not in value or "system" in value,
    "qty-3": lambda value, exam: "code" not in value or "system" in value,
    "att-1": lambda value, exam: "data" not in value or "contentType" in value,
    "prr-1": lambda value, exam: "orderDetail" not in value or "code" in value,
    "Patient.name us-core-6": _names_somebody,
    "ppc-1": lambda value, exam: "policy" in value or "policyRule" in value,
    "ppc-2": _has_patient("patient-privacy"),
    "ppc-3": _has_patient("research"),
    "ppc-4": _has_patient("adr"),
    "ppc-5": _has_patient("treatment"),
}
"""Of every resource, Reference, ContactPoint, Quantity and Attachment, and of what comes with each referral: so often
that the engine's time is felt."""

NOT_FHIRPATH: Mapping[str, Check] = {
    "txt-1": lambda value, exam: is_allowed(value),
    "txt-2": lambda value, exam: has_content(value),
}
"""`htmlChecks()` is a name for words of the standard."""


MISREAD: Mapping[str, Check] = {
    "Task inv-1": lambda value, exam: _in_time(value, "authoredOn", "lastModified"),
    "ctm-1": _speaks_for_a_practitioner,
    "mdd-1": lambda value, exam: _in_time(value, "whenPrepared", "whenHandedOver"),
    "per-1": lambda value, exam: _in_time(value, "start", "end"),
    "que-7": lambda value, exam: value.get("operator") != "exists" or "answerBoolean" in value,
    "rng-2": _is_in_order,
}
"""The engine stumbles over `iif` on what was resolved, over `is Boolean`, over two quantities, and over two times of
which one is less exact."""

NATIVE_RULES: Mapping[str, Check] = MappingProxyType({**ASKED_OF_ALL, **NOT_FHIRPATH, **MISREAD, **patient_tasks.RULES})
