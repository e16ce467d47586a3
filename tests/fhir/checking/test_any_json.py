"""Whatever a client sends, it is told what is wrong with it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from cie.fhir.checking import Fault, faults_in
from tests.fhir.checking.changing import DROP, changed
from tests.fhir.checking.made import GUIDE, PROFILES, made

NAMES = st.sampled_from(
    ["coding", "code", "system", "reference", "extension", "url", "value", "id", "_id", "x", "resourceType"]
)
PLAIN = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from(
        ["", "#", "#x", "2026", "2026-02-31", "Patient/1", "Task", f"{GUIDE}SDOHCC-ExtensionConditionAsserter"]
    )
)
JSON = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4))


@st.composite
def _mutants(draw):
    resource = made(draw(st.sampled_from(PROFILES)))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(list(_paths(resource))))
        resource = changed(resource, path, draw(st.just(DROP) | JSON))
        if not list(_paths(resource)):
            break
    return resource


def _paths(value, way=""):
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield f"{way}{step}"
        yield from _paths(inner, f"{way}{step}.")


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(_mutants())
def test_a_mutant_gets_an_answer(resource):
    assert all(isinstance(each, Fault) for each in faults_in(resource))


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.dictionaries(NAMES, JSON, max_size=5), st.sampled_from(["Task", "Bundle", "Observation", "Questionnaire"]))
def test_an_invented_resource_gets_an_answer(properties, kind):
    assert all(isinstance(each, Fault) for each in faults_in({**properties, "resourceType": kind}))
