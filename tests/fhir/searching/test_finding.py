"""Which resources a search finds, by each type of parameter: FHIR R4, 3.1.1.4, on both databases."""

import pytest

from tests.fhir.searching.shelf import BASE, concept, reference

LOINC, ICD = "http://loinc.org", "http://hl7.org/fhir/sid/icd-10-cm"
SDOH = "http://hl7.org/fhir/us/core/CodeSystem/us-core-category|sdoh"


class TestTokens:
    @pytest.fixture(autouse=True)
    def conditions(self, shelf):
        shelf.put("Condition", "both", code=concept(f"{ICD}|Z59.41", "http://snomed.info/sct|733423003"))
        shelf.put("Condition", "other", code=concept(f"{ICD}|Z59.00"))
        shelf.put("Condition", "bare", code=concept("Z59.41"))
        shelf.put("Condition", "words", code={"text": "Somebody has no food"})
        shelf.put("Condition", "none")

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("code=Z59.41", ["both", "bare"]),
            (f"code={ICD}|Z59.41", ["both"]),
            (f"code={ICD}|", ["both", "other"]),
            ("code=|Z59.41", ["bare"]),
            ("code=z59.41", []),
            ("code=Z59.00,733423003", ["both", "other"]),
            ("code=Z59.41&code=733423003", ["both"]),
            ("code:not=Z59.41", ["other", "words", "none"]),
            ("code:not=Z59.41,Z59.00", ["words", "none"]),
            ("code:missing=true", ["none"]),
            ("code:missing=false", ["both", "other", "bare", "words"]),
            ("code=Somebody has no food", []),
        ],
    )
    def test_system_and_code(self, shelf, query, expected):
        assert sorted(shelf.ids(f"Condition?{query}")) == sorted(expected)

    def test_a_code_that_says_no_system_has_the_one_of_its_element(self, shelf):
        shelf.put("Task", "one", status="requested")

        assert shelf.ids("Task?status=http://hl7.org/fhir/task-status|requested") == ["one"]
        assert shelf.ids("Task?status=http://hl7.org/fhir/request-status|requested") == []

    def test_a_flag(self, shelf):
        shelf.put("PractitionerRole", "yes", active=True)
        shelf.put("PractitionerRole", "no", active=False)

        assert shelf.ids("PractitionerRole?active=true") == ["yes"]
        assert shelf.ids("PractitionerRole?active=false") == ["no"]

    def test_marks_inside_of_codes_are_escaped(self, shelf):
        shelf.put("Task", "odd", code=concept("http://example.org|a,b|c$d\\e"))

        assert shelf.ids("Task?code=http://example.org|a\\,b\\|c\\$d\\\\e") == ["odd"]


class TestReferences:
    @pytest.fixture(autouse=True)
    def tasks(self, shelf):
        shelf.put("Task", "org", owner=reference("Organization/1"), **{"for": reference("Patient/1")})
        shelf.put("Task", "team", owner=reference("CareTeam/1"), **{"for": reference("Group/1")})
        shelf.put("Task", "far", owner=reference("https://far.example.org/fhir/Organization/1"))
        shelf.put("Task", "open")

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("owner=Organization/1", ["org"]),
            (f"owner={BASE}/Organization/1", ["org"]),
            ("owner=1", ["org", "team"]),
            ("owner:Organization=1", ["org"]),
            ("owner:Organization=Organization/1", ["org"]),
            ("owner=https://far.example.org/fhir/Organization/1", ["far"]),
            ("owner=Organization/1,CareTeam/1", ["org", "team"]),
            ("owner=Organization/1/_history/4", ["org"]),
            ("owner:missing=true", ["open"]),
            ("subject=1", ["org", "team"]),
            ("subject=Group/1", ["team"]),
            ("patient=1", ["org"]),
            ("patient=Patient/1", ["org"]),
            ("patient:missing=true", ["team", "far", "open"]),
            ("patient:missing=false", ["org"]),
            ("subject:missing=false", ["org", "team"]),
        ],
    )
    def test_addresses(self, shelf, query, expected):
        assert sorted(shelf.ids(f"Task?{query}")) == sorted(expected)

    def test_by_identifier_what_the_reference_says_itself(self, shelf):
        said = {"identifier": {"system": "http://example.org/mrn", "value": "77"}}
        shelf.put("Task", "named", owner=said)

        assert shelf.ids("Task?owner:identifier=http://example.org/mrn|77") == ["named"]
        assert shelf.ids("Task?owner:identifier=77") == ["named"]
        assert shelf.ids("Task?owner:identifier=http://example.org/mrn|78") == []
        assert shelf.ids("Task?owner:missing=true") == ["open"]

    def test_only_outputs_that_are_references(self, shelf):
        shelf.put("Task", "done", output=[{"valueReference": reference("Procedure/9")}, {"valueString": "Procedure/8"}])

        assert shelf.ids("Task?output=Procedure/9") == ["done"]
        assert shelf.ids("Task?output=Procedure/8") == []

    def test_a_canonical_address_with_its_version_or_any(self, shelf):
        shelf.put("QuestionnaireResponse", "a", questionnaire="http://example.org/q|2")

        assert shelf.ids("QuestionnaireResponse?questionnaire=http://example.org/q") == ["a"]
        assert shelf.ids("QuestionnaireResponse?questionnaire=http://example.org/q|2") == ["a"]
        assert shelf.ids("QuestionnaireResponse?questionnaire=http://example.org/q|1") == []


class TestTexts:
    @pytest.fixture(autouse=True)
    def services(self, shelf):
        shelf.put_for_everyone("HealthcareService", "a", name="Café  Niño")
        shelf.put_for_everyone("HealthcareService", "b", name="cafe 100%_")

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("name=cafe", ["a", "b"]),
            ("name=CAFÉ NIN", ["a"]),
            ("name=nino", []),
            ("name=cafe 100%25", []),
            ("name=cafe 1__%", []),
            ("name=cafe 100%_", ["b"]),
            ("name:exact=Café  Niño", ["a"]),
            ("name:exact=Café", []),
            ("name:exact=cafe  nino", []),
        ],
    )
    def test_they_begin_so_without_case_and_accents_or_are_exact(self, shelf, query, expected):
        assert shelf.ids(f"HealthcareService?{query}") == expected


class TestPairs:
    @pytest.fixture(autouse=True)
    def observations(self, shelf):
        for id_, code, value in [("a", "88122-7", "LA28397-0"), ("b", "88123-5", "LA28397-0"), ("c", "88122-7", "x")]:
            shelf.put(
                "Observation", id_, code=concept(f"{LOINC}|{code}"), valueCodeableConcept=concept(f"{LOINC}|{value}")
            )

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("88122-7$LA28397-0", ["a"]),
            (f"{LOINC}|88122-7${LOINC}|LA28397-0", ["a"]),
            (f"{LOINC}|88122-7$LA28397-0", ["a"]),
            (f"88122-7${LOINC}|LA28397-0", ["a"]),
            ("http://other.org|88122-7$LA28397-0", []),
            ("88122-7$http://other.org|LA28397-0", []),
            ("|88122-7$LA28397-0", []),
            ("88122-7$LA28397-0,88123-5$LA28397-0", ["a", "b"]),
        ],
    )
    def test_both_hold_at_once(self, shelf, query, expected):
        assert shelf.ids(f"Observation?code-value-concept={query}") == expected

    def test_within_one_element(self, shelf):
        traits = [
            {"code": concept("condition"), "valueCodeableConcept": concept("food")},
            {"code": concept("payer"), "valueBoolean": True},
        ]
        shelf.put("Group", "one", characteristic=traits)

        assert shelf.ids("Group?characteristic-value=condition$food") == ["one"]
        assert shelf.ids("Group?characteristic-value=payer$true") == ["one"]
        assert shelf.ids("Group?characteristic-value=payer$food") == []
        assert shelf.ids("Group?characteristic=payer") == ["one"]


class TestQuestionnaires:
    def test_by_address_version_and_the_codes_of_all_its_questions(self, shelf):
        deep = [{"item": [{"code": [{"system": LOINC, "code": "88122-7"}]}]}]
        more = {"url": "http://example.org/q", "version": "1.0", "item": deep, "code": [{"code": "88121-9"}]}
        shelf.put_for_everyone("Questionnaire", "q", **more)

        for query in ("url=http://example.org/q", "version=1.0", "code=88122-7", "code=88121-9"):
            assert shelf.ids(f"Questionnaire?{query}") == ["q"]
        assert shelf.ids("Questionnaire?url=http://example.org") == []


class TestIds:
    def test_several(self, shelf):
        for id_ in ("a", "b", "c"):
            shelf.put("Task", id_, status="requested")

        assert shelf.ids("Task?_id=a,c,z") == ["a", "c"]
        assert shelf.ids("Task?_id:not=a") == ["b", "c"]
        assert shelf.ids("Task?_id=a&status=completed") == []


class TestSealed:
    def test_an_identifier_is_found_by_its_value_with_or_without_system(self, shelf):
        shelf.put("Patient", "p", identifier=[{"system": "http://example.org/mrn", "value": "A 1"}, {"value": "B"}])

        assert shelf.ids("Patient?identifier=http://example.org/mrn|A 1") == ["p"]
        assert shelf.ids("Patient?identifier=A 1") == ["p"]
        assert shelf.ids("Patient?identifier=|B") == ["p"]
        assert shelf.ids("Patient?identifier=http://example.org/mrn|") == ["p"]
        assert shelf.ids("Patient?identifier=|A 1") == []
        assert shelf.ids("Patient?identifier=http://example.org/mrn|B") == []

    def test_of_a_practitioner_in_the_directory_too(self, shelf):
        shelf.put_for_everyone("Practitioner", "npi", identifier=[{"value": "1234567893"}])

        assert shelf.ids("Practitioner?identifier=1234567893") == ["npi"]
