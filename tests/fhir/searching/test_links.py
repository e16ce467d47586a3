"""One step further: chains, and what comes along with the matches."""

import pytest

from tests.fhir.searching.shelf import Shelf, reference

MRN = "http://example.org/mrn"


@pytest.fixture
def loop(shelf):
    """A task for a request about a patient, and one that points at nothing here."""
    shelf.put("Patient", "p1", identifier=[{"system": MRN, "value": "77"}])
    shelf.put("Group", "p1", identifier=[{"system": MRN, "value": "78"}])
    shelf.put("ServiceRequest", "sr1", status="active", subject=reference("Patient/p1"))
    shelf.put("ServiceRequest", "sr2", status="completed", subject=reference("Group/p1"))
    focus, output = reference("ServiceRequest/sr1"), [{"valueReference": reference("Procedure/pr1")}]
    shelf.put("Procedure", "pr1", status="completed", basedOn=[focus])
    shelf.put("Task", "t1", focus=focus, output=output, **{"for": reference("Patient/p1")})
    shelf.put("Task", "t2", focus=reference("ServiceRequest/gone"), **{"for": reference("Group/p1")})


class TestChains:
    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            (f"Task?patient.identifier={MRN}|77", ["t1"]),
            (f"Task?subject.identifier={MRN}|77", ["t1"]),
            (f"Task?subject.identifier={MRN}|78", ["t2"]),
            (f"Task?subject:Group.identifier={MRN}|77", []),
            ("Task?subject:Group.identifier=78", ["t2"]),
            ("Task?focus.status=active", ["t1"]),
            ("Task?focus:ServiceRequest.status=active,completed", ["t1"]),
            ("Task?focus:ServiceRequest.status:not=completed", ["t1"]),
            ("Task?focus:ServiceRequest.occurrence:missing=true", ["t1"]),
            ("Task?focus:ServiceRequest.patient=p1", ["t1"]),
            ("Task?patient._id=p1", ["t1"]),
            ("ServiceRequest?patient.identifier=77", ["sr1"]),
        ],
    )
    def test_what_holds_of_the_resource_that_is_pointed_at(self, shelf, loop, query, expected):
        assert shelf.ids(query) == expected

    def test_nothing_is_followed_into_what_others_read(self, shelf, loop):
        other = Shelf(shelf.session)
        other.put("Task", "t1", focus=reference("ServiceRequest/sr1"), **{"for": reference("Patient/p1")})

        for query in ("focus.status=active", "patient.identifier=77", "focus:ServiceRequest.patient:missing=true"):
            assert other.ids(f"Task?{query}") == []

    def test_types_that_the_asker_may_not_search_are_no_way(self, shelf, loop):
        may = {"may_search": lambda name: name != "Patient"}

        assert shelf.ids(f"Task?subject.identifier={MRN}|77", **may) == []
        assert shelf.ids(f"Task?subject.identifier={MRN}|78", **may) == ["t2"]


def along(shelf, query, **more):
    return [f"{row.resource_type}/{row.resource_id}" for row in shelf.search(query, **more).along]


class TestIncluded:
    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("Task?_include=Task:focus", ["ServiceRequest/sr1"]),
            ("Task?_include=Task:focus&_include=Task:output", ["ServiceRequest/sr1", "Procedure/pr1"]),
            ("Task?_include=Task:focus:Procedure", []),
            ("Task?_include=Task:subject", ["Patient/p1", "Group/p1"]),
            ("Task?_include=Task:patient", ["Patient/p1"]),
            ("Task?_id=t2&_include=Task:focus", []),
            ("Task?_include=Task:focus&_include:iterate=ServiceRequest:patient", ["ServiceRequest/sr1", "Patient/p1"]),
            ("ServiceRequest?_revinclude=Task:focus", ["Task/t1"]),
            ("ServiceRequest?_revinclude=Task:focus&_revinclude=Procedure:based-on", ["Task/t1", "Procedure/pr1"]),
            ("Task?_count=0&_include=Task:focus", []),
        ],
    )
    def test_what_is_pointed_at_and_what_points(self, shelf, loop, query, expected):
        assert along(shelf, query) == expected

    def test_a_match_comes_once(self, shelf):
        shelf.put("Task", "whole")
        shelf.put("Task", "part", partOf=[reference("Task/whole"), reference("Task/whole")])

        assert along(shelf, "Task?_include=Task:part-of") == []
        assert along(shelf, "Task?_id=part&_include=Task:part-of") == ["Task/whole"]

    def test_the_directory_comes_along(self, shelf):
        shelf.put_for_everyone("Organization", "o1", name="Tule Pantry")
        shelf.put("Task", "t1", owner=reference("Organization/o1"))

        assert along(shelf, "Task?_include=Task:owner") == ["Organization/o1"]

    def test_what_others_read_does_not(self, shelf, loop):
        other = Shelf(shelf.session)
        other.put("Task", "t1", focus=reference("ServiceRequest/sr1"), **{"for": reference("Patient/p1")})
        other.put("ServiceRequest", "own")

        assert along(other, "Task?_include=Task:focus&_include=Task:subject&_include=Task:output") == []
        assert along(other, "ServiceRequest?_revinclude=Procedure:based-on&_revinclude=Task:focus") == []

    def test_types_that_the_asker_may_not_read_are_left_out(self, shelf, loop):
        may = {"may_read": lambda name: name != "ServiceRequest"}

        assert along(shelf, "Task?_include=Task:focus&_include=Task:patient", **may) == ["Patient/p1"]
        assert along(shelf, "ServiceRequest?_revinclude=Task:focus", may_search=lambda name: name != "Task") == []

    def test_very_many_are_cut_and_that_is_said(self, shelf, monkeypatch):
        monkeypatch.setattr("cie.fhir.searching.including.MOST_ALONG", 2)
        for number in range(3):
            shelf.put("Procedure", f"p{number}", basedOn=[reference("ServiceRequest/s")])
        shelf.put("ServiceRequest", "s")

        page = shelf.search("ServiceRequest?_revinclude=Procedure:based-on")

        assert ([row.resource_id for row in page.along], page.is_cut) == (["p0", "p1"], True)
