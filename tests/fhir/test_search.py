"""Searching over HTTP: the Bundle and its links, forms, parts of resources, refusals, and who is recorded as shown."""

from base64 import urlsafe_b64decode
from uuid import uuid4
from xml.etree import ElementTree

import pytest

from cie.fhir.trimming import SUBSETTED
from tests.fhir.readers import Reader, accesses, faults, ids_of, link_of
from tests.fhir.searching.shelf import concept, reference

BASE = "http://127.0.0.1:8000/fhir"
MRN = "http://example.org/mrn"


@pytest.fixture
def person_id():
    return uuid4()


@pytest.fixture
def tasks(clinic, person_id):
    """Three tasks about one person."""
    with clinic.shelf() as shelf:
        shelf.put("Patient", "p1", person_id, identifier=[{"system": MRN, "value": "Q-77"}], active=True)
        for number in range(3):
            more = {"text": {"status": "generated", "div": "<div xmlns='http://www.w3.org/1999/xhtml'>x</div>"}}
            about = {"for": reference("Patient/p1"), "intent": "order", "description": "words", **more}
            shelf.put("Task", f"t{number}", person_id, status="requested", **about)


class TestBundle:
    def test_its_entries_are_what_a_read_gives(self, clinic, tasks):
        answer = clinic.get("/Task?status=requested")

        bundle = answer.get_json()
        assert (answer.status_code, bundle["type"]) == (200, "searchset")
        assert [entry["fullUrl"] for entry in bundle["entry"]] == [f"{BASE}/Task/t{number}" for number in range(3)]
        assert bundle["entry"][0]["resource"] == clinic.get("/Task/t0").get_json()
        assert answer.headers["Cache-Control"] == "no-store"

    def test_without_matches_it_has_no_entries_and_shows_nobody(self, clinic, tasks):
        bundle = clinic.get("/Task?status=completed&_total=accurate").get_json()

        assert (bundle["total"], "entry" in bundle) == (0, False)
        assert accesses() == []

    def test_all_whom_it_shows_are_one_access(self, clinic, tasks, person_id):
        other = uuid4()
        with clinic.shelf() as shelf:
            shelf.put("Task", "t9", other, status="requested")

        clinic.get("/Task?_include=Task:patient")

        assert accesses() == [("fhir", {person_id, other})]

    def test_what_comes_along_is_marked(self, clinic, tasks):
        answer = clinic.get("/Task?_id=t0,t1&_include=Task:patient")

        assert (ids_of(answer), ids_of(answer, "include")) == (["t0", "t1"], ["p1"])

    def test_without_the_scope_it_does_not_come(self, clinic, tasks):
        narrow = Reader(clinic.app, clinic.owner, scopes=("system/Task.rs",))

        answer = narrow.get("/Task?_id=t0&_include=Task:patient")

        assert (ids_of(answer), ids_of(answer, "include")) == (["t0"], [])
        assert faults(narrow.get(f"/Task?patient.identifier={MRN}|Q-77")) == [("forbidden", "patient.identifier")]

    def test_as_xml(self, clinic, tasks):
        answer = clinic.get("/Task", Accept="application/fhir+xml")

        root = ElementTree.fromstring(answer.get_data())
        assert len(root.findall("{http://hl7.org/fhir}entry")) == 3

    def test_too_many_to_come_along_are_told(self, clinic, tasks, monkeypatch):
        monkeypatch.setattr("cie.fhir.searching.including.MOST_ALONG", 1)

        last = clinic.get("/Patient?_revinclude=Task:patient").get_json()["entry"][-1]

        assert (last["search"]["mode"], last["resource"]["issue"][0]["severity"]) == ("outcome", "warning")


class TestLinks:
    def test_the_first_says_what_was_understood(self, clinic, tasks):
        answer = clinic.get("/Task?status=requested&colour=red", Prefer="handling=lenient")

        assert link_of(answer, "self") == "/Task?status=requested"
        assert ids_of(clinic.get(link_of(answer, "self"))) == ["t0", "t1", "t2"]

    def test_the_next_pages_are_followed_to_the_end(self, clinic, tasks):
        first = clinic.get("/Task?status=requested&_count=1&_include=Task:patient")
        second = clinic.get(link_of(first, "next"))
        third = clinic.get(link_of(second, "next"))

        assert [ids_of(page) for page in (first, second, third)] == [["t0"], ["t1"], ["t2"]]
        assert ids_of(third, "include") == ["p1"]
        assert link_of(third, "next") is None
        assert clinic.get(link_of(third, "self")).get_data() == third.get_data()

    def test_a_page_keeps_its_address_and_shows_nothing_in_it(self, clinic, tasks):
        path = link_of(clinic.get(f"/Task?patient.identifier={MRN}|Q-77&_count=1"), "next")

        name, _, cursor = path.removeprefix("/Task?").partition("=")
        assert name == "_page"
        assert b"Q-77" not in urlsafe_b64decode(cursor + "==") and "Q-77" not in path

    def test_a_page_is_for_the_organization_and_the_type_that_it_was_made_for(self, clinic, pantry, tasks):
        path = link_of(clinic.get("/Task?_count=1"), "next")
        with pantry.shelf():
            pass

        for answer in (pantry.get(path), clinic.get(path.replace("/Task", "/Goal"))):
            assert (answer.status_code, faults(answer)) == (400, [("invalid", "_page")])

    @pytest.mark.parametrize("text", ["", "x", "é", "AQAB", "A" * 100])
    def test_a_page_that_was_not_made_here(self, clinic, tasks, text):
        assert faults(clinic.get(f"/Task?_page={text}")) == [("invalid", "_page")]

    def test_a_page_with_more(self, clinic, tasks):
        path = link_of(clinic.get("/Task?_count=1"), "next")

        assert faults(clinic.get(f"{path}&status=requested")) == [("invalid", "_page")]
        assert clinic.get(f"{path}&_format=json").status_code == 200


class TestForms:
    def test_one_asks_as_an_address_does(self, clinic, tasks):
        answer = clinic.post("/Task/_search?_count=2", {"status": "requested", "patient": "Patient/p1"})

        assert ids_of(answer) == ["t0", "t1"]
        assert ids_of(clinic.get(link_of(answer, "next"))) == ["t2"]
        assert link_of(answer, "self") == "/Task?_count=2&status=requested&patient=Patient/p1"

    def test_what_it_says_of_somebody_stands_in_no_address(self, clinic, tasks):
        answer = clinic.post("/Task/_search", {"patient.identifier": f"{MRN}|Q-77", "_count": "1"})

        assert ids_of(answer) == ["t0"]
        assert "Q-77" not in answer.get_data(as_text=True)
        assert ids_of(clinic.get(link_of(answer, "self"))) == ["t0"]
        assert ids_of(clinic.get(link_of(answer, "next"))) == ["t1"]

    def test_without_one_all_are_asked_for(self, clinic, tasks):
        assert ids_of(clinic.post("/Task/_search", {})) == ["t0", "t1", "t2"]

    def test_what_is_no_form(self, clinic, tasks):
        answer = clinic.post("/Task/_search", "{}", Content_Type="application/fhir+json")

        assert (answer.status_code, faults(answer)) == (415, [("not-supported", "")])


class TestParts:
    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ("_summary=true", {"status", "intent", "description", "for"}),
            ("_summary=text", {"status", "intent", "text"}),
            ("_summary=data", {"status", "intent", "description", "for"}),
            ("_summary=false", {"status", "intent", "description", "for", "text"}),
            ("_elements=for", {"status", "intent", "for"}),
        ],
    )
    def test_what_was_asked_for_and_what_must_be_there(self, clinic, tasks, query, names):
        (entry,) = clinic.get(f"/Task?_id=t0&{query}").get_json()["entry"]

        resource = entry["resource"]
        assert set(resource) == names | {"resourceType", "id", "meta"}
        assert (SUBSETTED in resource["meta"].get("tag", [])) == (query != "_summary=false")

    def test_a_choice_by_its_name(self, clinic, tasks):
        with clinic.shelf() as shelf:
            shelf.put(
                "Observation", "o", status="final", code=concept("x"), valueString="y", issued="2026-01-01T00:00:00Z"
            )

        for name in ("value", "value[x]", "valueString"):
            path = f"/Observation?_elements={name}"
            if "[" in name:
                assert faults(clinic.get(path)) == [("invalid", "_elements")]
            else:
                (entry,) = clinic.get(path).get_json()["entry"]
                assert set(entry["resource"]) == {"resourceType", "id", "meta", "status", "code", "valueString"}

    def test_a_count_alone(self, clinic, tasks):
        bundle = clinic.get("/Task?_summary=count").get_json()

        assert (bundle["total"], "entry" in bundle) == (3, False)
        assert accesses() == []


class TestRefusals:
    def test_each_fault_is_told_at_once(self, clinic, tasks):
        answer = clinic.get("/Task?colour=red&authored-on=now&status=requested")

        assert (answer.status_code, faults(answer)) == (400, [("not-supported", "colour"), ("invalid", "authored-on")])

    def test_in_the_format_of_the_caller(self, clinic, tasks):
        answer = clinic.get("/Task?colour=red&_format=xml")

        assert answer.content_type == "application/fhir+xml"
        assert ElementTree.fromstring(answer.get_data()).tag == "{http://hl7.org/fhir}OperationOutcome"

    @pytest.mark.both_databases
    @pytest.mark.parametrize("text", ["%00", "a%00b", "%F0%9F%8D%8E", "'%22;--", "%ff", "9" * 400])
    def test_odd_values_find_nothing_and_break_nothing(self, clinic, tasks, text):
        for name in ("status", "patient", "_id", "code", "identifier", "focus.status"):
            assert clinic.get(f"/Task?{name}={text}").status_code in (200, 400)
        for path in ("/HealthcareService?name=", "/Questionnaire?url=", "/Observation?code-value-concept=a$"):
            assert clinic.get(f"{path}{text}").status_code in (200, 400)
