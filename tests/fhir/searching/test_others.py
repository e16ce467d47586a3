"""What another organization reads is found by no parameter, no chain and no link, whatever is asked."""

import pytest

from cie.fhir.searching.parameters import PARAMETERS
from tests.fhir.searching.shelf import BASE, Shelf, concept, reference


@pytest.fixture
def full(shelf):
    """Something of each type that every parameter finds."""
    for resource_type in PARAMETERS:
        everything_of(shelf, resource_type)
    return shelf


@pytest.fixture
def other(full):
    return Shelf(full.session)


def everything_of(shelf, resource_type):
    """A resource that each parameter of its type finds."""
    body = {}
    for parameter in PARAMETERS[resource_type].values():
        if not parameter.kept_as:
            for path in parameter.paths[:1]:
                _put_at(body, path.replace("*", ""), _element(parameter))
    shelf.put(resource_type, "r1", **body)


def _put_at(body, path, element):
    steps = [step for step in path.split(".") if step]
    if not steps:
        body.update(element)
        return
    for step in steps[:-1]:
        body = body.setdefault(step, {})
    body[steps[-1]] = {**body.get(steps[-1], {}), **element} if isinstance(element, dict) else element


def _element(parameter):
    if parameter.is_canonical or parameter.kind.value == "uri":
        return "http://example.org/q"
    if parameter.name in ("active", "actual"):
        return True
    target = (parameter.targets or ("Patient",))[0]
    target = {"focus": "ServiceRequest"}.get(parameter.name, target)
    return {
        "token": "c" if parameter.system else {"coding": [{"system": "http://s", "code": "c"}]},
        "reference": reference(f"{target}/r1"),
        "date": "2026-03-10",
        "string": "Tule",
        "composite": dict.fromkeys(("code", "valueCodeableConcept"), concept("http://s|c")),
    }[parameter.kind.value]


def values_for(parameter):
    """Values of this parameter that find what `everything_of` makes."""
    kind = parameter.kind.value
    target = (parameter.targets or ("Patient",))[0]
    target = {"focus": "ServiceRequest"}.get(parameter.name, target)
    if parameter.is_canonical or kind == "uri":
        return ["http://example.org/q"]
    if parameter.name in ("active", "actual"):
        return ["true"]
    if kind == "token":
        return ["c", f"{parameter.system}|c"] if parameter.system else ["c", "http://s|c", "http://s|"]
    return {
        "reference": [f"{target}/r1", "r1", f"{BASE}/{target}/r1"],
        "date": ["2026-03-10", "ge2000", "lt2100"],
        "string": ["tule"],
        "composite": ["c$c"],
    }[kind]


@pytest.mark.parametrize("resource_type", PARAMETERS)
def test_by_no_parameter(shelf, resource_type):
    everything_of(shelf, resource_type)
    other = Shelf(shelf.session)

    for parameter in PARAMETERS[resource_type].values():
        if not parameter.of_all:
            asked = [f"{parameter.name}={value}" for value in values_for(parameter)]
            for query in [*asked, f"{parameter.name}:missing=false"]:
                path = f"{resource_type}?{query}"
                assert (path, shelf.ids(path), other.ids(path)) == (path, ["r1"], [])


@pytest.mark.parametrize("query", ["focus.status=c", "patient.identifier=c", "owner.active=true", "patient._id=r1"])
def test_by_no_chain(full, other, query):
    everything_of(other, "Task")

    assert (full.ids(f"Task?{query}"), other.ids(f"Task?{query}")) == (["r1"], [])


@pytest.mark.parametrize(
    "query",
    [
        *(f"Task?_include=Task:{name}" for name in ("focus", "owner", "patient", "requester", "output")),
        *(f"Patient?_revinclude={name}:patient" for name in ("Goal", "Procedure", "Condition", "ServiceRequest")),
    ],
)
def test_by_no_link(full, other, query):
    everything_of(other, query.partition("?")[0])

    assert len(full.search(query).along) == 1
    assert other.search(query).along == []


def test_nothing_of_others_changes_what_is_counted_or_paged(full, other):
    for number in range(3):
        other.put("Task", f"t{number}", status="requested")
    everything_of(Shelf(full.session), "Task")

    page = other.search("Task?_total=accurate&_count=2")
    assert (page.total, [row.resource_id for row in page.matches]) == (3, ["t0", "t1"])
    assert [row.resource_id for row in other.search("Task?_count=2", last=page.last).matches] == ["t2"]
