"""Needs as Conditions: health concerns that a worker confirms, without those that are private."""

from uuid import UUID

import pytest

from cie import directory, events, screening
from cie.db import transaction
from cie.fhir.checking import faults_in, value_sets_in
from cie.screening import GivenAnswer, NeedStatus, SafetyGate, Wish
from tests.factories import NOON, send_one
from tests.fhir.place import make_reading_loop, of_type, own_by, read_by
from tests.fhir.screened import AHC, DANGER, FOOD, PRIVATE_WORDS, ask, load_instruments, make_worker

UTILITIES_THREATENED = {"/96779-4": GivenAnswer(("LA33-6",))}
WITHOUT_A_CODE = {"child-care", "legal-help", "immigration-legal", "substance-use", "phone-internet", "elder-safety"}


@pytest.fixture
def loop(database):
    return make_reading_loop()


@pytest.fixture
def worker(loop):
    return make_worker(loop)


@pytest.fixture
def asked(loop, worker):
    forms = load_instruments()

    def answered(answers, **said):
        return ask(worker, loop.person.id, forms[AHC], answers, **said)

    return answered


def add(loop, worker, code, wish=None):
    with transaction() as session:
        return screening.add_need(session, worker, loop.person.id, code, wish, at=NOON)


def conditions(loop):
    return of_type(read_by(loop.clinic), "Condition")


def codes(condition):
    return [each["code"] for each in condition["code"]["coding"]]


def stands(condition):
    return tuple(condition[name]["coding"][0]["code"] for name in ("clinicalStatus", "verificationStatus"))


class TestCondition:
    def test_what_was_answered_is_an_unconfirmed_concern_with_its_evidence(self, loop, asked):
        asked(FOOD)

        (found,) = conditions(loop)
        assert stands(found) == ("active", "unconfirmed")
        assert [each["coding"][0]["code"] for each in found["category"]] == [
            "health-concern",
            "sdoh",
            "food-insecurity",
        ]
        assert codes(found) == ["Z59.41", "733423003"]
        (detail,) = found["evidence"][0]["detail"]
        assert read_by(loop.clinic)[detail["reference"]]["code"]["coding"][0]["code"] == "88124-3"

    @pytest.mark.parametrize(
        ("verb", "clinical", "verified"),
        [("confirm_need", "active", "confirmed"), ("dismiss_need", "inactive", "refuted")],
    )
    def test_it_is_as_a_worker_decided(self, loop, worker, asked, verb, clinical, verified):
        asked(FOOD)
        (need_id,) = (each["id"] for each in conditions(loop))

        with transaction() as session:
            getattr(screening, verb)(session, worker, UUID(need_id), at=NOON)

        (found,) = conditions(loop)
        assert stands(found) == (clinical, verified)
        assert found["asserter"] == {"reference": f"PractitionerRole/{worker.id}"}
        assert found["meta"]["versionId"] == "2"

    def test_one_that_was_solved_is_resolved(self, loop, worker):
        need = add(loop, worker, "food")
        with transaction() as session:
            row = session.get_one(screening.Need, need.id)
            row.status = NeedStatus.RESOLVED
            session.add(row)
            events.record(session, worker, "need.resolve", row, at=NOON)

        assert stands(conditions(loop)[0]) == ("resolved", "confirmed")

    def test_what_the_person_wishes_is_not_told(self, loop, worker):
        need = add(loop, worker, "food")
        before = conditions(loop)

        with transaction() as session:
            screening.set_wish(session, worker, need.id, Wish.PREFERS_ALONE, at=NOON)

        assert conditions(loop) == before

    def test_no_other_organization_reads_it(self, loop, worker):
        need = add(loop, worker, "food")
        with transaction() as session:
            send_one(session, loop)

        assert f"Condition/{need.id}" in own_by(loop.clinic)
        assert of_type(own_by(loop.pantry), "Condition") == []


class TestLeftOut:
    def test_a_private_need_is_none(self, loop, worker, asked):
        asked({**FOOD, **DANGER}, gate=SafetyGate.SAFE)
        add(loop, worker, "utilities")

        found = conditions(loop)

        assert {codes(each)[0] for each in found} == {"Z59.41", "Z59.12"}
        assert [word for word in PRIVATE_WORDS if word in str(found)] == []

    def test_one_that_a_worker_entered_is_none_either(self, loop, worker):
        add(loop, worker, "safety-from-abuse")

        assert conditions(loop) == []

    def test_what_no_code_says_is_none(self, loop, asked):
        asked(UTILITIES_THREATENED)

        assert conditions(loop) == []
        assert any(
            each["code"]["coding"][0]["code"] == "96779-4" for each in of_type(own_by(loop.clinic), "Observation")
        )


class TestConformance:
    def test_each_need_of_the_list_is_a_condition_without_a_fault_or_has_no_code(self, loop, worker, reference):
        codes_known = value_sets_in(reference / "gravity/vsac-gravity-valuesets")

        told = {code: add(loop, worker, code).id for code in directory.needs()}

        found = {each["id"]: each for each in conditions(loop)}
        assert [fault for each in found.values() for fault in faults_in(each, (), codes_known)] == []
        assert {code for code, id in told.items() if str(id) not in found} == {*WITHOUT_A_CODE, "safety-from-abuse"}
        assert {"Z59.0", "Z59.1", "Z59.4"}.isdisjoint(code for each in found.values() for code in codes(each))
