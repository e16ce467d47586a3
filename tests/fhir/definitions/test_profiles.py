"""The compiled profiles and value sets, against the definitions they come from."""

import json
import re
from pathlib import Path

import pytest

import cie.fhir.definitions
from cie.fhir.definitions.compiling_profiles import profiles_from
from cie.fhir.definitions.compiling_types import as_text
from cie.fhir.definitions.compiling_value_sets import value_sets_from
from cie.fhir.definitions.profiles import BASE, GUIDE, canonicals, must_support_of, profile_of

HERE = Path(cie.fhir.definitions.__file__).parent
LARGEST_BYTES = 400_000
FACTS = {
    "binding",
    "bindings",
    "constraints",
    "fixed",
    "max",
    "min",
    "must_support",
    "pattern",
    "same_as",
    "slicing",
    "types",
}


class TestCompiling:
    def test_what_is_kept_is_what_the_definitions_say(self, reference):
        folder = reference / "gravity"

        assert as_text(profiles_from(folder)) == (HERE / "profiles.json").read_text("utf-8")
        assert as_text(value_sets_from(folder)) == (HERE / "value_sets.json").read_text("utf-8")

    def test_each_must_support_of_the_guide_is_kept(self, reference):
        for file in (reference / "gravity" / "profiles").glob("StructureDefinition-SDOHCC-*.json"):
            definition = json.loads(file.read_text("utf-8"))
            must = {each["id"] for each in definition["snapshot"]["element"] if each.get("mustSupport")}

            assert set(must_support_of(definition["url"])) == must

    def test_the_guide_is_here_as_a_whole(self):
        assert (
            len([each for each in canonicals() if each.startswith(f"{GUIDE}SDOHCC-") and "Extension" not in each]) == 22
        )

    def test_it_is_small_and_has_facts_alone(self):
        assert (HERE / "profiles.json").stat().st_size < LARGEST_BYTES
        for canonical in canonicals():
            for facts in profile_of(canonical).elements.values():
                assert facts.keys() <= FACTS


class TestWhatIsLicensed:
    @pytest.mark.parametrize("system", ["http://www.ama-assn.org/go/cpt", "http://hl7.org/fhir/sid/icd-10-cm"])
    def test_no_codes_of_it_are_here(self, system):
        for file in ("value_sets.json", "code_lists.toml"):
            assert not re.search(re.escape(system) + r'" ?[:=] ?["\[]', (HERE / file).read_text("utf-8"))

    def test_no_set_of_vsac_is_here(self):
        sets = json.loads((HERE / "value_sets.json").read_text("utf-8"))["sets"]

        assert [each for each in sets if "cts.nlm.nih.gov" in each] == []


class TestProfile:
    def test_an_address_may_name_the_version(self):
        assert profile_of(f"{GUIDE}SDOHCC-Condition|3.0.0").version == "3.0.0"
        assert profile_of(f"{GUIDE}SDOHCC-Condition|2.3.0") is None
        assert profile_of("http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient|7.0.0").version == "7.0.0"

    def test_a_base_type_has_the_targets_of_its_references(self):
        elements = profile_of(f"{BASE}Task").elements

        assert elements["Task.location"]["types"] == [{"code": "Reference", "targets": [f"{BASE}Location"]}]

    def test_the_codes_of_a_category_are_by_its_name(self):
        bindings = profile_of(f"{GUIDE}SDOHCC-ServiceRequest").elements["ServiceRequest.code"]["bindings"]

        assert len(bindings) == 23
        assert bindings["food-insecurity"].endswith("1247.11")
