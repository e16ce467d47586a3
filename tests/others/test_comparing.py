"""Two checkers agree where both name the same place, and what they do not share must be explained."""

import json

import pytest

from cie.fhir.checking import Fault
from cie.fhir.definitions.profiles import GUIDE
from tests.others.comparing import OURS, THEIRS, Difference, Explanation, differences, explanations, unexplained
from tests.others.definitions import lay_out
from tests.others.validator import Error


def fault(place):
    return Fault("structure", place, "type", "Give a value of type string")


def error(place):
    return Error("Validation_VAL_Profile_Minimum", place, "")


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Task.input[0].value", "Task.input[1].value.ofType(Reference)"),
        ("Task.focus", "Task"),
        ("Observation.value.coding[0].code", "Observation.value[x]"),
        ("Bundle.entry[0].resource.status", "Bundle.entry[0].resource/*Task/1*/.status"),
        ("Task.input[0].type", ""),
        ("Resource", "ne2026"),
    ],
)
def test_the_same_place_is_known_however_it_is_written(ours, theirs):
    assert list(differences("one", [fault(ours)], [error(theirs)])) == []


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("Task.focus", "Task.for"), ("Task.for", "Task.form"), ("Task.input.type.coding", "Task")],
)
def test_different_places_are_two_differences(ours, theirs):
    found = list(differences("one", [fault(ours)], [error(theirs)]))

    assert [(each.side, each.place) for each in found] == [(OURS, ours), (THEIRS, theirs)]


class TestUnexplained:
    FOUND = Difference("damaged 1", THEIRS, "any#ppc-1", "Consent", "Constraint failed")

    @pytest.mark.parametrize("said", [{"rule": "*#*"}, {"place": "Consent"}, {"words": "Constraint*"}])
    def test_an_explanation_fits_by_its_patterns(self, said):
        assert unexplained([self.FOUND], [Explanation(THEIRS, "", **said)]) == ([], [])

    @pytest.mark.parametrize("said", [{"rule": "other"}, {"resource": "right*"}, {"place": "Consent.*"}])
    def test_what_does_not_fit_is_left_and_explains_nothing(self, said):
        other = Explanation(THEIRS, "", **said)

        assert unexplained([self.FOUND], [other]) == ([self.FOUND], [other])


def test_every_explanation_gives_a_reason_and_speaks_of_one_side():
    assert all(each.reason.endswith(".") and each.side in (OURS, THEIRS) for each in explanations())


@pytest.fixture(scope="module")
def laid_out(reference, tmp_path_factory):
    folder = tmp_path_factory.mktemp("definitions")
    coding = {"system": "http://snomed.info/sct", "code": "not-a-code-of-theirs"}
    lay_out(reference / "gravity", folder, [{"resourceType": "Basic", "code": {"coding": [coding]}}])
    found = [json.loads(path.read_text("utf-8")) for path in folder.glob("*.json")]
    return {each["url"]: each for each in found}


class TestDefinitions:
    def test_the_profiles_of_the_guide_are_there(self, laid_out):
        assert f"{GUIDE}SDOHCC-TaskForReferralManagement" in laid_out

    def test_of_a_code_system_that_nobody_has_each_code_that_somebody_names_is_one(self, laid_out):
        codes = {each["code"] for each in laid_out["http://snomed.info/sct"]["concept"]}

        assert {"not-a-code-of-theirs", "733423003"} <= codes

    def test_a_set_that_is_made_of_what_is_not_here_is_left_open(self, laid_out):
        assert "http://hl7.org/fhir/us/core/ValueSet/omb-race-category" not in laid_out

    def test_an_extension_that_a_profile_names_and_nobody_defined_may_hold_anything(self, laid_out):
        stand_in = laid_out["http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-performerType"]

        assert [each["id"] for each in stand_in["differential"]["element"]] == ["Extension.url"]
