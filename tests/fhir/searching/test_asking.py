"""Reading a search: what is understood, what is refused, and that all faults are told at once."""

import pytest

from cie.fhir.refusals import NotUnderstood
from cie.fhir.searching.asking import asked
from cie.fhir.searching.splitting import plain, split
from tests.fhir.searching.shelf import Shelf


@pytest.fixture
def ask(shelf: Shelf):
    def read(query: str, **more):
        resource_type, _, rest = query.partition("?")
        pairs = [tuple(part.split("=", 1)) for part in rest.split("&")]
        return asked(resource_type, pairs, shelf.asker(**more))

    return read


def refused(ask, query, **more):
    with pytest.raises(NotUnderstood) as caught:
        ask(query, **more)
    return [(fault.code, fault.place) for fault in caught.value.faults]


class TestRefused:
    @pytest.mark.parametrize(
        ("query", "code", "place"),
        [
            ("Task?colour=red", "not-supported", "colour"),
            ("Task?_has:Observation:patient:code=1", "not-supported", "_has:Observation:patient:code"),
            ("Task?_text=food", "not-supported", "_text"),
            ("Task?status:text=x", "not-supported", "status:text"),
            ("Task?status:exact=x", "not-supported", "status:exact"),
            ("Task?owner:Nothing=x", "not-supported", "owner:Nothing"),
            ("Task?owner:Task=1", "invalid", "owner:Task"),
            ("Task?owner:Organization=CareTeam/1", "invalid", "owner:Organization"),
            ("Task?patient=Group/1", "invalid", "patient"),
            ("Task?status=", "invalid", "status"),
            ("Task?status=a,,b", "invalid", "status"),
            ("Task?status=|", "invalid", "status"),
            ("Task?status=a|b|c", "invalid", "status"),
            ("Task?status:missing=yes", "invalid", "status:missing"),
            ("Task?authored-on=yesterday", "invalid", "authored-on"),
            ("Task?authored-on=ap2026", "not-supported", "authored-on"),
            ("Task?_lastUpdated=gt", "invalid", "_lastUpdated"),
            ("Task?focus.owner.name=x", "not-supported", "focus.owner.name"),
            ("Task?status.code=x", "not-supported", "status.code"),
            ("Task?owner.colour=x", "not-supported", "owner.colour"),
            ("Task?focus:ServiceRequest.status:text=x", "not-supported", "focus:ServiceRequest.status:text"),
            ("Task?_count=-1", "invalid", "_count"),
            ("Task?_count=ten", "invalid", "_count"),
            ("Task?_count=1&_count=2", "invalid", "_count"),
            ("Task?_summary=some", "invalid", "_summary"),
            ("Task?_elements=a b", "invalid", "_elements"),
            ("Task?_total=all", "invalid", "_total"),
            ("Task?_sort=colour", "not-supported", "_sort"),
            ("Task?_sort=identifier", "not-supported", "_sort"),
            ("Task?_include=*", "not-supported", "_include"),
            ("Task?_include=Task:*", "not-supported", "_include"),
            ("Task?_include=Task:status", "not-supported", "_include"),
            ("Task?_include=ServiceRequest:patient", "invalid", "_include"),
            ("Task?_include=Task:owner:Task", "invalid", "_include"),
            ("Task?_revinclude=Goal:patient", "invalid", "_revinclude"),
            ("HealthcareService?name= ", "invalid", "name"),
            ("Observation?code-value-concept=a", "invalid", "code-value-concept"),
            ("Observation?code-value-concept=a$sys|", "invalid", "code-value-concept"),
            ("Patient?name=Moreno", "not-supported", "name"),
            ("Patient?birthdate=1990-01-01", "not-supported", "birthdate"),
            ("Task?patient.family=Moreno", "not-supported", "patient.family"),
            ("Practitioner?address-city=Fresno", "not-supported", "address-city"),
        ],
    )
    def test_with_its_place(self, ask, query, code, place):
        assert refused(ask, query) == [(code, place)]

    def test_all_at_once(self, ask):
        query = "Task?colour=red&status:text=x&_count=ten&authored-on=now&status=requested"

        assert [place for _code, place in refused(ask, query)] == ["colour", "status:text", "_count", "authored-on"]

    def test_nothing_that_was_sent_is_told_back_but_names_of_parameters(self, ask):
        with pytest.raises(NotUnderstood) as caught:
            ask("Task?Maria Moreno=1&owner=Maria/Moreno&authored-on=Moreno&owner.Moreno=1")

        said = " ".join(f"{fault.words} {fault.place or ''}" for fault in caught.value.faults)
        assert "Maria" not in said and said.count("Moreno") == said.count("owner.Moreno")

    def test_too_many_parameters_or_values(self, ask):
        assert refused(ask, "Task?" + "&".join(["status=x"] * 51)) == [("too-costly", None)]
        assert refused(ask, "Task?_id=" + ",".join(["a"] * 201)) == [("too-costly", "_id")]
        assert refused(ask, "Task?_id=" + "a" * 10_001) == [("too-costly", None)]

    def test_a_chain_into_what_may_not_be_searched(self, ask):
        assert refused(ask, "Task?patient.identifier=1", may_search=lambda _type: False) == [
            ("forbidden", "patient.identifier")
        ]


class TestLenient:
    def test_what_there_is_not_is_passed_over_and_not_said(self, ask):
        found = ask("Task?colour=red&status=requested&_text=x", is_lenient=True)

        assert found.said == (("status", "requested"),)
        assert [criterion.name for criterion in found.criteria] == ["status"]

    def test_what_is_wrong_is_not(self, ask):
        assert refused(ask, "Task?colour=red&authored-on=now", is_lenient=True) == [("invalid", "authored-on")]

    def test_nor_what_would_answer_with_everybody(self, ask):
        assert refused(ask, "Patient?name=Moreno", is_lenient=True) == [("not-supported", "name")]


class TestUnderstood:
    def test_the_count_has_a_bound(self, ask):
        assert ask("Task?status=x").count == 50
        assert ask("Task?_count=100000").count == 200

    def test_how_an_answer_is_written_is_no_part_of_it(self, ask):
        assert ask("Task?_format=json&_pretty=true&status=x").said == (("status", "x"),)

    def test_what_is_sealed_is_personal(self, ask):
        assert ask("Patient?identifier=1").is_personal
        assert ask("Task?patient.identifier=1").is_personal
        assert ask("Task?owner:identifier=1").is_personal
        assert not ask("Task?patient=1&status=x").is_personal


class TestSplitting:
    @pytest.mark.parametrize(
        ("text", "parts"),
        [("a,b", ["a", "b"]), ("a\\,b,c", ["a,b", "c"]), ("a\\\\,b", ["a\\", "b"]), ("", [""]), ("a\\", ["a\\"])],
    )
    def test_a_backslash_keeps_together(self, text, parts):
        assert [plain(part) for part in split(text, ",")] == parts
