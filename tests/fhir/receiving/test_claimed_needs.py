"""Conditions that programs send are needs where the list has them; all else stays with its sender."""

from uuid import UUID

import orjson
import pytest
from sqlalchemy import select

from cie import screening
from cie.db import reading, transaction
from cie.fhir.checking import faults_in
from cie.fhir.receiving.entries import Entry
from cie.screening import Need, NeedStatus
from tests.factories import NOON, send_one
from tests.fhir.place import read_by
from tests.fhir.receiving.test_doing import do
from tests.fhir.screened import make_worker
from tests.fhir.sending import SDOHCC, SNOMED, TEMPORARY, coded

EXAMPLE = "gravity/examples/Condition-SDOHCC-ConditionHomelessExample.json"
STANDS = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFIED = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
CONCERN = ("http://hl7.org/fhir/us/core/CodeSystem/condition-category", "health-concern")
SDOH = ("http://hl7.org/fhir/us/core/CodeSystem/us-core-category", "sdoh")
ICD_10 = "http://hl7.org/fhir/sid/icd-10-cm"


def condition(loop, domain="food-insecurity", code=(SNOMED, "733423003"), verified="confirmed", **changed):
    return {
        "resourceType": "Condition",
        "meta": {"profile": [f"{SDOHCC}SDOHCC-Condition"]},
        "clinicalStatus": coded(STANDS, "active"),
        "verificationStatus": coded(VERIFIED, verified),
        "category": [coded(*CONCERN), coded(*SDOH), coded(TEMPORARY, domain)],
        "code": coded(*code),
        "subject": {"reference": f"Patient/{loop.person.id}"},
        **changed,
    }


def post(loop, resource, by=None):
    (outcome,) = do(by or loop.clinic, Entry("POST", "Condition", resource))
    return outcome.id


def needs():
    with reading() as session:
        return list(session.execute(select(Need).order_by(Need.id)).scalars())


def read(loop, id):
    return read_by(loop.clinic)[f"Condition/{id}"]


class TestNeed:
    @pytest.mark.parametrize("verified", ["confirmed", "unconfirmed"])
    def test_it_is_one_and_comes_back_as_it_was_sent(self, loop, verified):
        sent = condition(loop, verified=verified, onsetDateTime="2026-10-01")

        id = post(loop, sent)

        (need,) = needs()
        confirmed = NeedStatus.CONFIRMED if verified == "confirmed" else NeedStatus.PROPOSED
        assert (str(need.id), need.need_code, need.status) == (id, "food", confirmed)
        found = read(loop, id)
        assert found["verificationStatus"]["coding"][0]["code"] == verified
        assert {name: found[name] for name in ("category", "code", "onsetDateTime")} == {
            name: sent[name] for name in ("category", "code", "onsetDateTime")
        }
        assert faults_in(found) == []

    def test_the_code_says_which_where_a_domain_has_several(self, loop):
        post(loop, condition(loop, "housing-instability", (ICD_10, "Z59.811")))

        assert [need.need_code for need in needs()] == ["rent-help"]

    def test_a_worker_settles_it_and_the_sender_reads_that(self, loop):
        id = post(loop, condition(loop, verified="unconfirmed"))
        worker = make_worker(loop)

        with transaction() as session:
            screening.dismiss_need(session, worker, UUID(id), at=NOON)

        found = read(loop, id)
        assert found["verificationStatus"]["coding"][0]["code"] == "refuted"
        assert found["code"] == coded(SNOMED, "733423003")
        assert faults_in(found) == []

    def test_the_example_of_the_guide_goes_in(self, loop, reference):
        sent = orjson.loads((reference / EXAMPLE).read_bytes())
        person = {"reference": f"Patient/{loop.person.id}"}
        sent |= {name: person for name in ("subject", "asserter") if name in sent}
        sent = {name: value for name, value in sent.items() if name not in ("id", "text", "evidence")}

        id = post(loop, sent)

        assert [need.need_code for need in needs()] == ["shelter"]
        found = read(loop, id)
        assert {name: found[name] for name in sent if name not in ("meta", "clinicalStatus", "verificationStatus")} == {
            name: value for name, value in sent.items() if name not in ("meta", "clinicalStatus", "verificationStatus")
        }


class TestOnlyKept:
    @pytest.mark.parametrize(
        "changed",
        [
            {"clinicalStatus": coded(STANDS, "resolved")},
            {"verificationStatus": coded(VERIFIED, "refuted")},
            {"category": [coded(CONCERN[0].replace("us/core/", ""), "x"), coded(TEMPORARY, "food-insecurity")]},
            {"domain": "housing-instability", "code": (SNOMED, "1156196007")},
            {"domain": "intimate-partner-violence", "code": (SNOMED, "706893006")},
            {"domain": "digital-access", "code": (SNOMED, "671361000124103")},
        ],
        ids=["past", "refuted", "no-concern", "several", "private", "no-code"],
    )
    def test_what_is_no_need_of_the_list_is_for_its_sender(self, loop, changed):
        resource = condition(loop, **changed)
        resource["meta"] = {}

        id = post(loop, resource)

        assert needs() == []
        assert read(loop, id)["code"] == resource["code"]

    def test_one_that_is_open_already(self, loop):
        first = post(loop, condition(loop))

        second = post(loop, condition(loop))

        assert [str(need.id) for need in needs()] == [first]
        assert read(loop, second)["code"] == coded(SNOMED, "733423003")

    def test_of_somebody_whom_another_organization_serves(self, loop):
        with transaction() as session:
            send_one(session, loop)

        id = post(loop, condition(loop), by=loop.pantry)

        assert needs() == []
        assert f"Condition/{id}" in read_by(loop.pantry)
        assert f"Condition/{id}" not in read_by(loop.clinic)
