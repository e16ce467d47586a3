"""`$validate`: all that is wrong at once, in JSON and XML, of what is sent and of what is here; nothing is kept."""

import orjson
import pytest
from sqlalchemy import select

from cie.db import reading
from cie.events import AuditEntry
from cie.fhir.formats import read_xml, write_xml
from cie.fhir.store import Stored
from cie.fhir.validating import MOST_ISSUES
from tests.fhir.place import make_reading_loop
from tests.fhir.readers import Reader, accesses
from tests.fhir.receiving.test_screenings import item, response
from tests.fhir.receiving.test_views import JSON, XML, send
from tests.fhir.sending import CORE, SDOHCC, patient
from tests.support.web import make_app

GOOD = ("information", "informational", "")
UNKNOWN = "http://example.org/StructureDefinition/unheard-of"


@pytest.fixture
def loop(database):
    return make_reading_loop()


@pytest.fixture
def clinic(loop, migrated):
    return Reader(make_app(migrated), loop.clinic)


def issues(answer):
    """Severity, code and place of each issue, in order."""
    assert answer.status_code == 200, answer.get_data(as_text=True)
    outcome = read_xml(answer.get_data()) if answer.content_type == XML else answer.get_json()
    assert outcome["resourceType"] == "OperationOutcome"
    return [(each["severity"], each["code"], *each.get("expression", [""])) for each in outcome["issue"]]


def asked(resource=None, **values):
    given = [{"name": "resource", "resource": resource}] if resource else []
    kinds = {"mode": "valueCode", "profile": "valueUri"}
    given += [{"name": name, kinds[name]: value} for name, value in values.items()]
    return {"resourceType": "Parameters", "parameter": given}


def validate(reader, body, path="/Patient/$validate", **headers):
    return send(reader, "POST", path, body, **headers)


def kept():
    with reading() as session:
        tables = (Stored, AuditEntry)
        return [len(session.execute(select(table)).scalars().all()) for table in tables]


class TestOfWhatIsSent:
    @pytest.mark.parametrize("body", [patient(), asked(patient()), asked(patient(), mode="create")])
    def test_one_issue_says_that_all_is_well_and_nothing_is_kept(self, clinic, body):
        clinic.get("/Patient")
        before = kept()

        answer = validate(clinic, body)

        assert issues(answer) == [GOOD]
        assert kept() == before

    def test_all_that_is_wrong_is_told_with_element_and_rule(self, clinic):
        wrong = patient(gender="?", birthDate="yesterday", nickname="Tam", name=[])

        answer = validate(clinic, wrong)

        assert set(issues(answer)) >= {
            ("error", "code-invalid", "Patient.gender"),
            ("error", "value", "Patient.birthDate"),
            ("error", "structure", "Patient.nickname"),
        }
        assert "(binding)" in answer.get_data(as_text=True)
        assert "yesterday" not in answer.get_data(as_text=True)

    def test_in_xml(self, clinic):
        good = validate(clinic, write_xml(patient()), Content_Type=XML, Accept=XML)
        whole = validate(clinic, write_xml(asked(patient(gender="?"))), Content_Type=XML, Accept=XML)

        assert good.content_type == whole.content_type == XML
        assert issues(good) == [GOOD]
        assert ("error", "code-invalid", "Patient.gender") in issues(whole)

    def test_an_element_that_xml_cannot_have_is_a_fault_like_any_other(self, clinic):
        wrong = write_xml(patient()).replace(b"</Patient>", b'<nickname value="Tam"/></Patient>')

        answer = validate(clinic, wrong, Content_Type=XML)

        assert issues(answer) == [("error", "structure", "Patient")]

    @pytest.mark.parametrize(("body", "kind"), [(b'{"resourceType": "Pat', JSON), (b"<Patient", XML)])
    def test_what_cannot_be_read_is_refused(self, clinic, body, kind):
        assert validate(clinic, body, Content_Type=kind).status_code == 400

    def test_by_a_profile_besides(self, clinic):
        bare = {"resourceType": "Patient", "gender": "female"}
        core = f"{CORE}us-core-patient"

        assert issues(validate(clinic, bare)) == [GOOD]
        by_parameter, by_address = (
            issues(validate(clinic, asked(bare, profile=core))),
            issues(validate(clinic, bare, f"/Patient/$validate?profile={core}")),
        )
        assert by_parameter == by_address
        assert ("error", "required", "Patient.identifier") in by_parameter

    def test_a_profile_that_is_not_known_is_an_error_and_one_that_is_claimed_a_warning(self, clinic):
        claims = patient(meta={"profile": [UNKNOWN]})

        assert issues(validate(clinic, asked(patient(), profile=UNKNOWN))) == [("error", "not-found", "profile")]
        assert issues(validate(clinic, claims)) == [("warning", "not-found", "Patient.meta.profile[0]")]

    def test_what_is_advised_against_is_a_warning(self, clinic, loop):
        unsaid = response(loop)
        del unsaid["subject"]

        answer = validate(
            clinic,
            asked(unsaid, profile="http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaireresponse"),
            "/QuestionnaireResponse/$validate",
        )

        assert issues(answer) == [("warning", "invariant", "QuestionnaireResponse")]

    def test_that_value_sets_are_not_loaded_is_said(self, clinic):
        goal = {
            "resourceType": "Goal",
            "lifecycleStatus": "active",
            "description": {"text": "Food"},
            "subject": {"reference": "Patient/1"},
        }

        answer = validate(clinic, asked(goal, profile=f"{SDOHCC}SDOHCC-Goal"), "/Goal/$validate")

        assert issues(answer)[-1] == ("information", "incomplete", "")

    def test_safety_is_refused_as_it_would_be(self, clinic, loop):
        private = response(loop, item("/95618-5", "LA6482-9"), questionnaire="http://clinic.example/own")
        path = "/QuestionnaireResponse/$validate"

        assert issues(validate(clinic, private, path)) == [GOOD]
        assert issues(validate(clinic, asked(private, mode="create"), path)) == [
            ("error", "business-rule", "QuestionnaireResponse.item[0]")
        ]

    def test_another_type_than_that_of_the_address(self, clinic):
        assert issues(validate(clinic, patient(), "/Goal/$validate")) == [("error", "invalid", "resourceType")]

    @pytest.mark.parametrize("mode", ["update", "delete", "profile", "other"])
    def test_a_mode_that_needs_a_resource_that_is_here(self, clinic, mode):
        answer = validate(clinic, asked(patient(), mode=mode))

        assert answer.status_code == 400

    def test_nothing_to_look_at(self, clinic):
        assert validate(clinic, asked()).status_code == 400

    def test_one_answer_names_so_many_faults_and_no_more(self, clinic):
        wrong = patient(name=[{"family": "Quist", "nick": "x"} for _number in range(MOST_ISSUES + 50)])

        assert len(issues(validate(clinic, wrong))) == MOST_ISSUES

    def test_as_large_as_other_bodies_and_no_larger(self, clinic):
        large = orjson.dumps(patient(text={"status": "generated", "div": "x" * 13_000_000}))

        assert validate(clinic, large).status_code == 413

    @pytest.mark.parametrize(("scope", "status"), [("r", 200), ("c", 200), ("s", 403)])
    def test_a_token_that_reads_or_creates_is_enough(self, clinic, loop, scope, status):
        program = Reader(clinic.app, loop.clinic, scopes=(f"system/Patient.{scope}",))

        assert validate(program, patient()).status_code == status

    def test_without_a_token_nothing_is_looked_at(self, clinic):
        answer = clinic.app.test_client().post("/fhir/Patient/$validate", data=b"{}", content_type=JSON)

        assert answer.status_code == 401


class TestOfWhatIsHere:
    @pytest.fixture
    def made(self, clinic):
        return send(clinic, "POST", "/Patient", patient()).get_json()

    @pytest.mark.parametrize("accept", [JSON, XML])
    def test_it_is_looked_at_and_the_access_is_recorded(self, clinic, made, accept):
        before = len(accesses())

        answer = clinic.get(f"/Patient/{made['id']}/$validate", Accept=accept)

        assert issues(answer) == [GOOD]
        assert len(accesses()) == before + 1

    def test_by_a_profile(self, clinic, made):
        body = asked(mode="profile", profile=UNKNOWN)

        answer = validate(clinic, body, f"/Patient/{made['id']}/$validate")

        assert issues(answer) == [("error", "not-found", "profile")]

    def test_what_would_take_its_place(self, clinic, made):
        path, newer = f"/Patient/{made['id']}/$validate", {**made, "gender": "other"}
        stale = {**newer, "meta": {**made["meta"], "versionId": "7"}}

        assert issues(validate(clinic, asked(newer, mode="update"), path)) == [GOOD]
        assert issues(validate(clinic, asked({**newer, "id": "x"}, mode="update"), path)) == [
            ("error", "value", "Patient.id")
        ]
        assert issues(validate(clinic, asked(stale, mode="update"), path)) == [
            ("warning", "conflict", "Patient.meta.versionId")
        ]
        assert clinic.get(f"/Patient/{made['id']}").get_json() == made

    def test_nothing_is_deleted(self, clinic, made):
        answer = validate(clinic, asked(mode="delete"), f"/Patient/{made['id']}/$validate")

        assert issues(answer) == [("error", "not-supported", "")]

    def test_what_is_another_organizations_answers_like_what_there_is_not(self, clinic, loop, made):
        pantry = Reader(clinic.app, loop.pantry)
        own, none = (f"/Patient/{id}/$validate" for id in (made["id"], "00000000-0000-7000-8000-000000000000"))

        for body in (asked(mode="delete"), asked(patient(), mode="update"), asked(mode="profile", profile=UNKNOWN)):
            seen, unseen = validate(pantry, body, own), validate(pantry, body, none)
            assert seen.status_code == unseen.status_code == 404
            assert seen.get_data() == unseen.get_data()

    def test_it_needs_a_token_that_reads(self, clinic, loop, made):
        program = Reader(clinic.app, loop.clinic, scopes=("system/Patient.cu",))

        assert program.get(f"/Patient/{made['id']}/$validate").status_code == 403
