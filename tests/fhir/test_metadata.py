"""What the server says of itself in FHIR, and how it refuses: FHIR R4 (4.0.1), 3.1.0 and CapabilityStatement."""

from types import SimpleNamespace
from xml.etree import ElementTree

import orjson
import pytest
from fhirclient.models.capabilitystatement import CapabilityStatement
from fhirclient.models.operationoutcome import OperationOutcome

from cie.errors import Invalid, NotAllowed
from cie.fhir import refused
from cie.fhir.capability_statement import OAUTH_URIS, capability_statement
from cie.fhir.checking import knows
from cie.fhir.codes import FULFILL, concept
from cie.fhir.receiving.profiles import PROFILES, told_as
from cie.fhir.resources.patient_task import CODES
from cie.fhir.searching.parameters import PARAMETERS
from tests.support.web import make_app

ISSUER = "http://127.0.0.1:8000"
PLATFORM = "CapabilityStatement-SDOHCC-CoordinationPlatform.json"
VALUES = {"token": "x", "reference": "x", "date": "2026", "uri": "x", "string": "x", "composite": "x$x"}
INTERACTIONS = {
    ("GET", "/<resource_id>"): "read",
    ("GET", "/<resource_id>/_history/<version_id>"): "vread",
    ("GET", "/<resource_id>/_history"): "history-instance",
    ("GET", ""): "search-type",
    ("POST", "/_search"): "search-type",
    ("POST", ""): "create",
    ("PUT", "/<resource_id>"): "update",
    ("PUT", ""): "update",
}
"""The interactions of FHIR R4, 3.1.0, by method and address behind the type."""


def served(app):
    """The interactions with each type that the routes of the app do."""
    found = set()
    for rule in app.url_map.iter_rules():
        _, _, path = rule.rule.partition("/fhir/")
        resource_type, slash, rest = path.partition("/")
        if resource_type[:1].isupper() and "$" not in rest:
            for method in rule.methods - {"HEAD", "OPTIONS"}:
                found.add((resource_type, INTERACTIONS[method, f"{slash}{rest}"]))
    return found


def operations(app):
    """The operations with each type that the routes of the app do."""
    paths = [rule.rule.removeprefix("/fhir/") for rule in app.url_map.iter_rules() if "/$" in rule.rule]
    return {(path.partition("/")[0], path.rpartition("$")[2]) for path in paths}


@pytest.fixture
def app(database, migrated):
    return make_app(migrated)


def ask(app, path="/fhir/metadata", **headers):
    return app.test_client().get(path, headers={name.replace("_", "-"): text for name, text in headers.items()})


def outcome(answer):
    """The one issue of an answer that is an OperationOutcome."""
    assert answer.content_type == "application/fhir+json"
    (issue,) = OperationOutcome(answer.get_json()).issue
    return SimpleNamespace(severity=issue.severity, code=issue.code, text=issue.details.text)


class TestStatement:
    def test_it_is_a_statement_of_fhir_r4(self, app):
        answer = ask(app)

        said = CapabilityStatement(answer.get_json())
        assert (answer.status_code, answer.content_type) == (200, "application/fhir+json")
        assert (said.fhirVersion, said.kind, said.implementation.url) == ("4.0.1", "instance", f"{ISSUER}/fhir")

    def test_it_claims_what_the_routes_do_and_nothing_else(self, app):
        (rest,) = ask(app).get_json()["rest"]

        claimed = {(each["type"], code["code"]) for each in rest["resource"] for code in each["interaction"]}
        named = {(each["type"], known["name"]) for each in rest["resource"] for known in each.get("operation", [])}
        assert claimed == served(app)
        assert named == operations(app)
        assert [each["code"] for each in rest["interaction"]] == ["transaction", "batch"]

    def test_it_names_the_profiles_to_which_what_is_sent_has_to_hold(self, app):
        (rest,) = ask(app).get_json()["rest"]

        named = {each["type"]: each.get("supportedProfile") for each in rest["resource"]}

        assert {kind: named[kind] for kind in PROFILES} == PROFILES
        assert all(knows(url) for urls in PROFILES.values() for url in urls)

    def test_which_profile_a_task_has_to_hold_to_its_code_says(self):
        for_referral, for_patient = PROFILES["Task"]

        held = {code["code"]: told_as({"resourceType": "Task", "code": concept(code)}) for code in CODES.values()}

        assert held == dict.fromkeys(CODES, [for_patient])
        assert told_as({"resourceType": "Task", "code": concept(FULFILL)}) == [for_referral]

    @pytest.mark.parametrize("resource_type", PARAMETERS)
    def test_each_parameter_that_it_claims_is_answered(self, clinic, resource_type):
        (rest,) = clinic.get("/metadata").get_json()["rest"]
        (claimed,) = [each for each in rest["resource"] if each["type"] == resource_type]
        with clinic.shelf() as shelf:
            shelf.put(resource_type, "r1")

        for parameter in [*rest["searchParam"], *claimed.get("searchParam", [])]:
            assert clinic.get(f"/{resource_type}?{parameter['name']}:missing=true").status_code == 200
            value = VALUES[parameter["type"]]
            assert clinic.get(f"/{resource_type}?{parameter['name']}={value}").status_code == 200
        for name, field in (("_include", "searchInclude"), ("_revinclude", "searchRevInclude")):
            for value in claimed.get(field, []):
                assert clinic.get(f"/{resource_type}?{name}={value}").status_code == 200

    def test_it_tells_of_e_mail_where_that_is_sent_and_nowhere_else(self):
        said = [str(capability_statement("http://x", {}, is_mailing=is_mailing)) for is_mailing in (True, False)]

        assert ["by e-mail" in each for each in said] == [True, False]

    def test_it_serves_what_the_guide_asks_of_a_coordination_platform(self, app, reference):
        guide = orjson.loads((reference / "gravity/capabilitystatements" / PLATFORM).read_bytes())
        own = {each["type"]: each for each in ask(app).get_json()["rest"][0]["resource"]}
        everywhere = {"_id", "_lastUpdated"}

        for wanted in guide["rest"][0]["resource"]:
            names = {(each["name"], each["type"]) for each in wanted.get("searchParam", [])}
            known = {(each["name"], each["type"]) for each in own[wanted["type"]]["searchParam"]}
            assert {pair for pair in names - known if pair[0] not in everywhere} == set()
            links = {link.replace("HealthCare", "Healthcare") for link in wanted.get("searchInclude", [])}
            assert {":".join(link.split(":")[:2]) for link in links} <= set(
                own[wanted["type"]].get("searchInclude", [])
            )

    def test_it_says_that_smart_guards_it(self, app):
        (rest,) = CapabilityStatement(ask(app).get_json()).rest

        assert [service.coding[0].code for service in rest.security.service] == ["SMART-on-FHIR"]

    def test_the_oauth_addresses_are_those_of_the_authorization_server_and_no_more(self, app):
        security = ask(app).get_json()["rest"][0]["security"]
        server = ask(app, "/.well-known/oauth-authorization-server").get_json()

        (extension,) = [each for each in security["extension"] if each["url"] == OAUTH_URIS]
        assert {each["url"]: each["valueUri"] for each in extension["extension"]} == {
            "authorize": server["authorization_endpoint"],
            "token": server["token_endpoint"],
            "introspect": server["introspection_endpoint"],
            "revoke": server["revocation_endpoint"],
        }

    def test_nothing_is_read_for_it_and_nothing_changes_from_time_to_time(self, app):
        assert ask(app).get_data() == ask(app).get_data()


class TestFormat:
    @pytest.mark.parametrize(
        "accept",
        [
            "application/fhir+json",
            "application/fhir+json; fhirVersion=4.0",
            "application/json",
            "*/*",
            "text/html, */*;q=0.8",
            "application/fhir+json, application/fhir+xml;q=0.5",
        ],
    )
    def test_who_reads_json_gets_it(self, app, accept):
        assert ask(app, Accept=accept).content_type == "application/fhir+json"

    @pytest.mark.parametrize(
        "accept",
        [
            "application/fhir+xml",
            "application/fhir+xml; fhirVersion=4.0",
            "application/xml",
            "text/html, application/xml;q=0.9, */*;q=0.8",
            "application/fhir+xml, application/fhir+json;q=0.5",
        ],
    )
    def test_who_reads_xml_rather_gets_that(self, app, accept):
        answer = ask(app, Accept=accept)

        assert answer.content_type == "application/fhir+xml"
        assert ElementTree.fromstring(answer.get_data()).tag == "{http://hl7.org/fhir}CapabilityStatement"

    @pytest.mark.parametrize(
        "accept",
        ["text/turtle", "application/fhir+json; fhirVersion=5.0", "application/fhir+json;q=0"],
    )
    def test_who_does_not_is_told_what_is_spoken_here(self, app, accept):
        answer = ask(app, Accept=accept)

        said = outcome(answer)
        assert (answer.status_code, said.severity, said.code) == (406, "error", "not-supported")
        assert "application/fhir+json" in said.text

    @pytest.mark.parametrize("asked", ["json", "application/json", "application/fhir%2Bjson", "application/fhir+json"])
    def test_the_address_may_ask_for_json_where_a_header_cannot(self, app, asked):
        assert ask(app, f"/fhir/metadata?_format={asked}", Accept="application/fhir+xml").status_code == 200

    @pytest.mark.parametrize(
        "asked", ["ttl", "html", "", "application/json;fhirVersion=3.0", "application/fhir%2Bxml;fhirVersion=5.0"]
    )
    def test_the_address_counts_before_the_header(self, app, asked):
        answer = ask(app, f"/fhir/metadata?_format={asked}", Accept="application/fhir+json")

        assert (answer.status_code, outcome(answer).code) == (406, "not-supported")


class TestRefusal:
    @pytest.mark.parametrize("path", ["/fhir/Account", "/fhir/Account/1", "/fhir/metadata/more", "/fhir/é"])
    def test_an_address_that_there_is_not(self, app, path):
        answer = ask(app, path)

        assert (answer.status_code, outcome(answer).code) == (404, "not-found")

    @pytest.mark.parametrize("path", ["/fhir/metadata", "/fhir/.well-known/smart-configuration"])
    def test_a_method_that_is_not_served(self, app, path):
        answer = app.test_client().post(path, json={})

        assert (answer.status_code, outcome(answer).code) == (405, "not-supported")
        assert "GET" in answer.headers["Allow"]

    def test_it_keeps_nothing_that_was_sent(self, app):
        answer = ask(app, "/fhir/Patient?family=Moreno")

        assert "Moreno" not in answer.get_data(as_text=True)

    def test_each_fault_is_an_issue_of_its_own_with_its_place(self, app):
        faults = [Invalid("Enter a day", "birthDate"), Invalid("Enter a name", "name")]

        with app.test_request_context():
            answer = refused(Invalid.all(faults))

        issues = OperationOutcome(answer.get_json()).issue
        assert answer.status_code == 422
        assert [(i.code, i.details.text, i.expression) for i in issues] == [
            ("invalid", "Enter a day", ["birthDate"]),
            ("invalid", "Enter a name", ["name"]),
        ]

    def test_what_the_domain_refuses_keeps_its_code_and_status(self, app):
        with app.test_request_context():
            answer = refused(NotAllowed("Not this"))

        assert (answer.status_code, outcome(answer).code) == (403, "forbidden")
