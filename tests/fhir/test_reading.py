"""Reading over HTTP: by id, by version, history, formats, and what is not the caller's."""

from uuid import uuid4
from xml.etree import ElementTree

import pytest

from cie.db import transaction
from cie.fhir.formats import DecimalAsSent
from cie.fhir.searching.parameters import PARAMETERS
from cie.fhir.store import Audience
from tests.fhir.readers import Reader, accesses, faults


@pytest.fixture
def person_id():
    return uuid4()


@pytest.fixture
def shown(clinic, person_id):
    """A task of the clinic that shows somebody, in its second version."""
    with clinic.shelf() as shelf:
        shelf.put("Task", "t1", person_id, status="requested")
        shelf.put("Task", "t1", person_id, status="accepted")


class TestRead:
    def test_it_is_what_is_kept_with_its_version(self, clinic, shown):
        answer = clinic.get("/Task/t1")

        body = answer.get_json()
        assert (answer.status_code, answer.content_type) == (200, "application/fhir+json")
        assert (body["status"], body["meta"]["versionId"]) == ("accepted", "2")
        assert answer.headers["ETag"] == 'W/"2"'
        assert "Last-Modified" in answer.headers

    def test_it_is_kept_nowhere_on_the_way(self, clinic, shown):
        assert clinic.get("/Task/t1").headers["Cache-Control"] == "no-store"

    def test_who_has_this_version_gets_nothing_and_is_shown_nobody(self, clinic, shown):
        answer = clinic.get("/Task/t1", If_None_Match='W/"2"')

        assert (answer.status_code, answer.get_data(), answer.headers["ETag"]) == (304, b"", 'W/"2"')
        assert clinic.get("/Task/t1", If_None_Match='W/"1"').status_code == 200
        assert len(accesses()) == 1

    def test_whom_it_shows_is_recorded_once(self, clinic, shown, person_id):
        clinic.get("/Task/t1")

        assert accesses() == [("fhir", {person_id})]

    @pytest.mark.parametrize("asked", ["_format=xml", "_format=application/fhir%2Bxml"])
    def test_as_xml(self, clinic, shown, asked):
        answer = clinic.get(f"/Task/t1?{asked}")

        assert answer.content_type == "application/fhir+xml"
        status = ElementTree.fromstring(answer.get_data()).find("{http://hl7.org/fhir}status")
        assert status.get("value") == "accepted"

    def test_drawn_out_for_who_looks_at_it(self, clinic, shown):
        assert b'\n  "status": "accepted"' in clinic.get("/Task/t1?_pretty=true").get_data()

    def test_drawn_out_a_decimal_keeps_its_digits(self, clinic):
        with clinic.shelf() as shelf:
            shelf.put("Observation", "o1", valueQuantity={"value": DecimalAsSent("1.10")})

        assert b'\n    "value": 1.10\n' in clinic.get("/Observation/o1?_pretty=true").get_data()
        assert b'\n          "value": 1.10\n' in clinic.get("/Observation?_pretty=true").get_data()


class TestWhatIsNotTheCallers:
    @pytest.mark.parametrize("path", ["/Task/t1", "/Task/t1/_history", "/Task/t1/_history/1", "/Task/t1/_history/2"])
    def test_it_answers_as_what_there_is_not(self, clinic, pantry, shown, path):
        with pantry.shelf() as shelf:
            shelf.put("Task", "own")

        theirs, nobodys = pantry.get(path), pantry.get(path.replace("t1", "t9"))

        assert (theirs.status_code, faults(theirs)) == (404, [("not-found", "")])
        assert theirs.get_data() == nobodys.get_data()
        assert accesses() == []

    def test_so_does_what_was_taken_away_with_its_versions(self, clinic, shown):
        with clinic.shelf() as shelf:
            shelf.take("Task", "t1")

        for path in ("/Task/t1", "/Task/t1/_history", "/Task/t1/_history/1"):
            assert clinic.get(path).get_data() == clinic.get("/Task/t9").get_data()

    def test_what_is_for_everyone_is_for_every_organization(self, clinic, pantry):
        with clinic.shelf() as shelf:
            shelf.put_for_everyone("HealthcareService", "s1", active=True)
        with pantry.shelf():
            pass

        assert pantry.get("/HealthcareService/s1").get_json()["active"] is True

    @pytest.mark.both_databases
    @pytest.mark.parametrize("id_", ["%00", "a%00b", "é", "x" * 65, "..%2f", "a b"])
    def test_an_odd_id(self, clinic, shown, id_):
        assert clinic.get(f"/Task/{id_}").status_code == 404
        assert clinic.get(f"/Task/t1/_history/{id_}").status_code == 404


class TestVersions:
    def test_each_is_as_it_was(self, clinic, shown):
        first, second = (clinic.get(f"/Task/t1/_history/{number}") for number in (1, 2))

        assert [answer.get_json()["status"] for answer in (first, second)] == ["requested", "accepted"]
        assert [answer.headers["ETag"] for answer in (first, second)] == ['W/"1"', 'W/"2"']

    @pytest.mark.parametrize("version", ["0", "3", "01", "one", "99999999999999999999"])
    def test_one_that_there_is_not(self, clinic, shown, version):
        assert clinic.get(f"/Task/t1/_history/{version}").get_data() == clinic.get("/Task/t9").get_data()

    def test_the_history_has_them_newest_first(self, clinic, shown, person_id):
        answer = clinic.get("/Task/t1/_history")

        bundle = answer.get_json()
        assert (bundle["type"], bundle["total"]) == ("history", 2)
        assert [entry["resource"]["status"] for entry in bundle["entry"]] == ["accepted", "requested"]
        assert [entry["request"]["method"] for entry in bundle["entry"]] == ["PUT", "POST"]
        assert [entry["response"]["etag"] for entry in bundle["entry"]] == ['W/"2"', 'W/"1"']
        assert accesses() == [("fhir", {person_id})]

    def test_a_long_history_comes_in_pages(self, clinic):
        with clinic.shelf() as shelf:
            for number in range(5):
                shelf.put("Task", "t1", description=str(number))
        path, seen = "/Task/t1/_history?_count=2", []
        while path:
            bundle = clinic.get(path).get_json()
            seen += [entry["resource"]["description"] for entry in bundle["entry"]]
            links = {link["relation"]: link["url"] for link in bundle["link"]}
            path = links.get("next", "").partition("/fhir")[2]

        assert seen == ["4", "3", "2", "1", "0"]

    def test_a_page_that_is_no_number(self, clinic, shown):
        answer = clinic.get("/Task/t1/_history?_count=none")

        assert (answer.status_code, faults(answer)) == (400, [("invalid", "_count")])


class TestTokens:
    @pytest.mark.parametrize("path", ["/Task/t1", "/Task", "/Task/t1/_history", "/Task/t1/_history/1"])
    def test_without_one_nothing_is_read(self, clinic, shown, path):
        answer = clinic.app.test_client().get(f"/fhir{path}")

        assert (answer.status_code, faults(answer)) == (401, [("login", "")])
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")

    def test_a_dead_one_is_refused_but_not_for_what_is_public(self, clinic):
        headers = {"Authorization": "Bearer dead"}

        assert clinic.app.test_client().get("/fhir/Task/t1", headers=headers).status_code == 401
        for path in ("/fhir/metadata", "/fhir/.well-known/smart-configuration"):
            assert clinic.app.test_client().get(path, headers=headers).status_code == 200

    @pytest.mark.parametrize(
        ("path", "scope"),
        [("/Patient/p1", "system/Patient.r"), ("/Patient", "system/Patient.s"), ("/Task", "system/Task.s")],
    )
    def test_it_opens_what_it_was_given_for(self, clinic, shown, path, scope):
        narrow = Reader(clinic.app, clinic.owner, scopes=("system/Task.r",))

        answer = narrow.get(path)

        assert narrow.get("/Task/t1").status_code == 200
        assert (answer.status_code, faults(answer)) == (403, [("forbidden", "")])
        assert scope in answer.headers["WWW-Authenticate"]
        assert scope in answer.get_json()["issue"][0]["details"]["text"]

    def test_one_for_the_api_opens_nothing_here(self, clinic, shown):
        assert Reader(clinic.app, clinic.owner, scopes=("api/*.*",)).get("/Task/t1").status_code == 403


class TestBeforeItIsPrepared:
    @pytest.mark.parametrize("path", ["/Task/t1", "/Task", "/Task/t1/_history"])
    def test_it_says_when_to_come_back(self, clinic, path):
        answer = clinic.get(path)

        assert (answer.status_code, faults(answer)) == (503, [("transient", "")])
        assert answer.headers["Retry-After"] == "60"

    @pytest.mark.parametrize(
        "path", ["/Task/t1", *(f"/Task?{query}" for query in ("", "_id=t1", "status=requested", "_summary=count"))]
    )
    def test_also_while_the_first_bodies_are_made(self, clinic, shown, path):
        assert clinic.get(path).status_code == 200
        with transaction() as session:
            session.get_one(Audience, clinic.owner.id).built_at = None

        assert clinic.get(path).status_code == 503


@pytest.mark.parametrize("resource_type", PARAMETERS)
def test_every_type_is_read_and_searched(clinic, resource_type):
    with clinic.shelf() as shelf:
        shelf.put(resource_type, "x1")

    assert clinic.get(f"/{resource_type}/x1").get_json()["id"] == "x1"
    assert clinic.ids(f"/{resource_type}") == ["x1"]
