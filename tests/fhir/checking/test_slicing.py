"""Each way to tell slices apart, and each rule on what stands beside them, on profiles made for the purpose."""

import pytest

from cie.fhir.checking.conformance import Conformance
from cie.fhir.checking.examination import Examination
from cie.fhir.checking.faults import Faults
from cie.fhir.checking.nodes import Item, grown_from, tree_of
from cie.fhir.checking.slicing import membership
from cie.fhir.definitions.profiles import GUIDE, Profile, canonicals
from cie.fhir.definitions.value_sets import ValueSets
from tests.fhir.checking.made import FOOD, TEMPORARY, coded

CATEGORIES = "http://hl7.org/fhir/us/sdoh-clinicalcare/ValueSet/SDOHCC-ValueSetSDOHCategory"
URL = "https://example.org/mark"
HERE = {"reference": "#c"}


def _profile(kind, element, by, rules="open", ordered=False, **slices):
    """A profile that slices one element. Each slice: its own facts, or those of the elements inside it by name."""
    elements = {f"{kind}.{element}": {"slicing": {"by": by, "rules": rules, "ordered": ordered}}}
    for name, facts in slices.items():
        id_ = f"{kind}.{element}:{name}"
        elements[id_] = {fact: value for fact, value in facts.items() if not isinstance(value, tuple)}
        elements |= {f"{id_}.{inner}": value[0] for inner, value in facts.items() if isinstance(value, tuple)}
    return Profile("https://example.org/made", kind, "1", "", False, {}, {}, elements)


def _faults(profile, resource):
    exam = Examination(resource, ValueSets(), Faults(), {})
    Conformance(exam).item(grown_from(profile), Item(resource, None, profile.type))
    return [(fault.rule, fault.place) for fault in exam.faults]


def _must(**facts):
    return {"min": 1, "max": 1, **facts}


TOLD_BY = {
    "a fixed value": (
        _profile("Patient", "telecom", [["value", "system"]], phone=_must(system=({"fixed": "phone"},))),
        {"telecom": [{"system": "phone"}]},
        {"telecom": [{"system": "email"}]},
    ),
    "a pattern of its own": (
        _profile("Condition", "category", [["pattern", "$this"]], food=_must(pattern=FOOD)),
        {"category": [{**FOOD, "text": "Food"}]},
        {"category": [coded(TEMPORARY, "stress")]},
    ),
    "a pattern above the path": (
        _profile("Condition", "category", [["value", "coding.code"]], food=_must(pattern=FOOD)),
        {"category": [{"coding": [{"code": "x"}, *FOOD["coding"]]}]},
        {"category": [coded(TEMPORARY, "stress")]},
    ),
    "a list in a pattern": (
        _profile("Condition", "category", [["value", "coding"]], food=_must(pattern=FOOD)),
        {"category": [{"coding": [{"code": "x"}, *FOOD["coding"]]}]},
        {"category": [coded(TEMPORARY, "stress")]},
    ),
    "a value set": (
        _profile("Condition", "category", [["value", "$this"]], any=_must(binding=CATEGORIES)),
        {"category": [FOOD]},
        {"category": [coded(TEMPORARY, "waitlist")]},
    ),
    "the type of a choice": (
        _profile("Observation", "value[x]", [["type", "$this"]], text=_must(types=[{"code": "string"}])),
        {"valueString": "Yes"},
        {"valueBoolean": True},
    ),
    "the type of a choice inside": (
        _profile(
            "Task", "output", [["type", "value"]], done=_must(**{"value[x]": ({"types": [{"code": "Reference"}]},)})
        ),
        {"output": [{"valueReference": {"reference": "Procedure/1"}}]},
        {"output": [{"valueString": "Done"}]},
    ),
    "the target": (
        _profile(
            "Goal",
            "addresses",
            [["profile", "resolve()"]],
            need=_must(types=[{"code": "Reference", "targets": ["http://hl7.org/fhir/StructureDefinition/Condition"]}]),
        ),
        {"addresses": [{"reference": "Condition/1"}]},
        {"addresses": [{"reference": "Observation/1"}]},
    ),
    "the target, contained": (
        _profile(
            "Goal",
            "addresses",
            [["type", "$this.resolve()"]],
            need=_must(types=[{"code": "Reference", "targets": ["http://hl7.org/fhir/StructureDefinition/Condition"]}]),
        ),
        {"addresses": [HERE], "contained": [{"resourceType": "Condition", "id": "c"}]},
        {"addresses": [HERE], "contained": [{"resourceType": "Observation", "id": "c"}]},
    ),
    "the address of an extension": (
        _profile(
            "Patient",
            "extension",
            [["value", "url"]],
            mark=_must(types=[{"code": "Extension", "profiles": [URL]}]),
        ),
        {"extension": [{"url": URL}]},
        {"extension": [{"url": "https://example.org/other"}]},
    ),
    "an element that is there": (
        _profile("Patient", "telecom", [["exists", "rank"]], ranked=_must(rank=({"min": 1},))),
        {"telecom": [{"value": "1", "rank": 1}]},
        {"telecom": [{"value": "1"}]},
    ),
    "an element that is not there": (
        _profile("Patient", "telecom", [["exists", "period"]], lasting=_must(period=({"max": 0},))),
        {"telecom": [{"value": "1"}]},
        {"telecom": [{"value": "1", "period": {"end": "2026"}}]},
    ),
    "an extension that is there": (
        _profile(
            "Patient",
            "telecom",
            [["exists", f"extension('{URL}')"]],
            marked=_must(
                **{
                    "extension": ({"slicing": {"by": [["value", "url"]], "rules": "open", "ordered": False}},),
                    "extension:mark": ({"min": 1, "types": [{"code": "Extension", "profiles": [URL]}]},),
                }
            ),
        ),
        {"telecom": [{"extension": [{"url": URL}]}]},
        {"telecom": [{"value": "1"}]},
    ),
    "two things together": (
        _profile(
            "Patient",
            "telecom",
            [["value", "system"], ["value", "use"]],
            mobile=_must(system=({"fixed": "phone"},), use=({"fixed": "mobile"},)),
        ),
        {"telecom": [{"system": "phone", "use": "home"}, {"system": "phone", "use": "mobile"}]},
        {"telecom": [{"system": "phone", "use": "home"}, {"system": "email", "use": "mobile"}]},
    ),
}


@pytest.mark.parametrize("way", TOLD_BY)
def test_a_slice_is_told_by(way):
    profile, with_it, without_it = TOLD_BY[way]
    (place,) = [id_ for id_, facts in profile.elements.items() if "slicing" in facts and id_.count(".") == 1]

    assert _faults(profile, with_it) == []
    assert _faults(profile, without_it) == [("slice", place.removesuffix("[x]"))]


def _phones(rules, ordered=False):
    phone, email = {"system": ({"fixed": "phone"},)}, {"system": ({"fixed": "email"},)}
    return _profile("Patient", "telecom", [["value", "system"]], rules, ordered, phone=phone, email=email)


def _telecoms(*systems):
    return {"telecom": [{"system": system} for system in systems]}


@pytest.mark.parametrize(
    ("rules", "systems", "faults"),
    [
        ("open", ["sms", "phone", "fax"], []),
        ("closed", ["phone", "email", "phone"], []),
        ("closed", ["phone", "sms", "email", "fax"], [1, 3]),
        ("openAtEnd", ["email", "phone", "sms", "fax"], []),
        ("openAtEnd", ["phone", "sms", "email"], [2]),
    ],
)
def test_what_is_in_no_slice_stands_where_it_may(rules, systems, faults):
    places = [("slice", f"Patient.telecom[{index}]") for index in faults]

    assert _faults(_phones(rules), _telecoms(*systems)) == places


@pytest.mark.parametrize(
    ("systems", "faults"),
    [(["phone", "phone", "email"], []), (["phone", "sms", "email"], []), (["email", "phone"], [1])],
)
def test_slices_come_in_their_order_where_it_counts(systems, faults):
    places = [("slice", f"Patient.telecom[{index}]") for index in faults]

    assert _faults(_phones("open", ordered=True), _telecoms(*systems)) == places
    assert _faults(_phones("open"), _telecoms(*systems)) == []


def test_what_a_slice_asks_is_asked_of_its_items_alone():
    phone = {"system": ({"fixed": "phone"},), "value": ({"min": 1},)}
    profile = _profile("Patient", "telecom", [["value", "system"]], phone=phone)

    assert _faults(profile, _telecoms("email", "phone")) == [("min", "Patient.telecom[1].value")]


def _slicings(node):
    found = [node] if node.slices else []
    for each in (*node.children, *node.slices):
        found += _slicings(each) if each.id.startswith(node.id) else []
    return found


@pytest.mark.parametrize("canonical", [each for each in canonicals() if each.startswith(GUIDE)])
def test_every_slice_of_the_guide_can_be_told(canonical):
    for node in _slicings(tree_of(canonical)):
        assert all(tests for _, tests in membership(node)), node.id


def test_slices_that_nothing_tells_apart_are_refused_when_a_profile_is_read():
    profile = _profile("Patient", "telecom", [["position", "$this"]], first={})

    with pytest.raises(ValueError, match="telecom"):
        membership(grown_from(profile).children[0])
