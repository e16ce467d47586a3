"""The workflows of SDOH Clinical Care 3.0.0, as the record systems of both sides play them over FHIR."""

from typing import Any

import pytest

from cie.db import transaction
from cie.fhir.projecting.audiences import add_audiences
from tests.factories import make_found, make_loop, make_participant, make_service
from tests.fhir.giving import activity, assessed, done, give, send
from tests.fhir.place import make_all
from tests.fhir.readers import Reader
from tests.fhir.sending import (
    SDOHCC,
    SNOMED,
    TEMPORARY,
    bundle,
    coded,
    entry,
    referral,
    service_request,
    urn,
)
from tests.fhir.sending import task as asking

_READ = (
    "ServiceRequest",
    "Patient",
    "Condition",
    "Goal",
    "Consent",
    "Observation",
    "DocumentReference",
    "Organization",
)
LIGHT = ("system/Task.crus", "system/Procedure.crus", *(f"system/{each}.rs" for each in _READ))
"""What the guide's row "Light client" may do."""
ROOM = f"{SDOHCC}SDOHCC-ExtensionHealthcareServiceCapacityStatus"


@pytest.fixture
def loop(database):
    """A clinic and two pantries; the clinic and the first pantry have programs."""
    with transaction() as session:
        loop = make_loop(session)
        make_found(session, loop.service)
        loop.other = make_participant(session, name="Larkspur Pantry")
        make_found(session, make_service(session, loop.other))
        add_audiences(session, [loop.clinic.id, loop.pantry.id])
    make_all()
    return loop


def sent(clinic: Reader, made: Any) -> tuple[str, str]:
    """What the request and the task became, as paths."""
    answer = send(clinic, "POST", "", made)
    assert answer.status_code == 200, answer.get_json()
    places = [each["response"]["location"].split("/_history")[0] for each in answer.get_json()["entry"]]
    return next(f"/{each}" for each in places if "ServiceRequest" in each), next(
        f"/{each}" for each in places if each.startswith("Task")
    )


def read(reader: Reader, path: str) -> Any:
    answer = reader.get(path)
    assert answer.status_code == 200, answer.get_json()
    return answer.get_json()


def put(reader: Reader, path: str, **changed: Any) -> Any:
    """The resource as the reader finds it, changed."""
    answer = send(reader, "PUT", path, {**read(reader, path), **changed})
    assert answer.status_code == 200, answer.get_json()
    return answer.get_json()


class TestDirect:
    def test_a_referral_is_answered_done_and_ended_by_its_sender(self, loop, clinic, pantry):
        request, task = sent(clinic, referral(loop))

        for status in ("accepted", "in-progress"):
            put(pantry, task, status=status)
        assert give(pantry, read(pantry, task), done(loop)).status_code == 200
        put(clinic, request, status="completed")

        ended = read(clinic, task)
        procedures = [read(clinic, f"/{each['valueReference']['reference']}") for each in ended["output"]]
        assert (ended["status"], read(clinic, request)["status"]) == ("completed", "completed")
        # how the loop ended is its sender's to tell
        assert read(pantry, request)["status"] == "active"
        assert {each["resourceType"] for each in procedures} == {"Procedure"}
        assert {"reference": request[1:]} in [ref for each in procedures for ref in each["basedOn"]]

    def test_the_sender_hears_by_asking_what_changed_and_by_naming_several(self, loop, clinic, pantry):
        requests, tasks = zip(*(sent(clinic, referral(loop)) for _ in range(2)), strict=True)
        before = read(clinic, tasks[0])["meta"]["lastUpdated"]
        put(pantry, tasks[0], status="accepted")

        since = clinic.get(f"/Task?requester=Organization/{loop.clinic.id}&_lastUpdated=gt{before}").get_json()
        ids = ",".join(each.rpartition("/")[2] for each in tasks)
        named = clinic.get(f"/Task?_id={ids}&_include=Task:focus").get_json()

        changed = {each["resource"]["id"]: each["resource"]["status"] for each in since["entry"]}
        assert changed[tasks[0].rpartition("/")[2]] == "accepted"
        found = {f"/{each['resource']['resourceType']}/{each['resource']['id']}" for each in named["entry"]}
        assert found == {*tasks, *requests}


class TestDirectLight:
    def test_an_app_that_may_no_more_than_the_guide_says_plays_the_loop(self, loop, clinic):
        _request, task = sent(clinic, referral(loop))
        app = Reader(clinic.app, loop.pantry, scopes=LIGHT)

        waiting = app.get(f"/Task?owner=Organization/{loop.pantry.id}&status=requested").get_json()["entry"]
        (found,) = [each["resource"] for each in waiting]
        focus = read(app, f"/{found['focus']['reference']}")
        person = put(app, task, status="accepted")["for"]["reference"]
        put(app, task, status="in-progress")
        answer = send(app, "POST", "/Procedure", done(loop, basedOn=[{"reference": f"ServiceRequest/{focus['id']}"}]))
        assert answer.status_code == 201, answer.get_json()
        made = activity(valueReference={"reference": f"Procedure/{answer.get_json()['id']}"})
        put(app, task, status="completed", output=[made])

        assert read(app, f"/{person}")["name"][0]["family"]
        assert read(clinic, task)["status"] == "completed"


class TestCapacity:
    def test_before_a_referral_each_service_says_whether_it_has_room_and_nobody_is_named(self, clinic, pantry, loop):
        path = f"/HealthcareService/{loop.service.id}"
        parts = [{"url": "capacityStatus", "valueCodeableConcept": coded(TEMPORARY, "waitlist")}]
        put(pantry, path, extension=[{"url": ROOM, "extension": parts}])
        (kind,) = read(pantry, path)["type"]
        code = kind["coding"][0]

        found = clinic.get(
            f"/HealthcareService?active=true&service-type={code['system']}|{code['code']}"
            f"&organization=Organization/{loop.pantry.id}"
        ).get_json()["entry"]

        rooms = [each["extension"] for row in found for each in row["resource"]["extension"] if each["url"] == ROOM]
        assert len(rooms) == len(found) == 1
        assert rooms[0][0]["valueCodeableConcept"]["coding"][0]["code"] == "waitlist"

    def test_whoever_is_full_says_no_and_another_is_asked_by_a_request_that_names_the_first(self, loop, clinic, pantry):
        request, task = sent(clinic, referral(loop))
        full = {**coded(TEMPORARY, "no-capacity"), "text": "We have no boxes left"}
        put(pantry, task, status="rejected", statusReason=full)

        about = f"Patient/{loop.person.id}"
        anew = service_request(about, basedOn=[{"reference": request[1:]}])
        elsewhere = asking(loop, focus=urn("sr"), subject=about, owner={"reference": f"Organization/{loop.other.id}"})
        _request, second = sent(clinic, bundle(entry(anew, "sr"), entry(elsewhere, "task")))

        assert read(clinic, task)["statusReason"]["coding"][0]["code"] == "no-capacity"
        assert read(clinic, second)["owner"]["reference"] == f"Organization/{loop.other.id}"

    def test_the_same_request_is_not_sent_twice_and_the_refusal_says_how(self, loop, clinic, pantry):
        request, task = sent(clinic, referral(loop))
        put(pantry, task, status="rejected", statusReason={"text": "No"})
        owner = {"reference": f"Organization/{loop.other.id}"}

        again = asking(loop, focus=request[1:], subject=f"Patient/{loop.person.id}", owner=owner)
        answer = send(clinic, "POST", "/Task", again)

        assert answer.status_code == 422
        assert "a new ServiceRequest that names it in basedOn" in answer.get_json()["issue"][0]["details"]["text"]


class TestFurtherAssessment:
    def test_who_is_asked_to_assess_gives_back_what_was_found(self, loop, clinic, pantry):
        assessment = coded(SNOMED, "710824005")
        _request, task = sent(clinic, referral(loop, code=assessment))
        accepted = put(pantry, task, status="accepted")

        answer = give(pantry, accepted, assessed(loop), done(loop, code=assessment))

        assert answer.status_code == 200, answer.get_json()
        outputs = [each["valueReference"]["reference"] for each in read(clinic, task)["output"]]
        kinds = [read(clinic, f"/{each}")["resourceType"] for each in outputs]
        assert {"Observation", "Procedure"} <= set(kinds)


class TestContentRich:
    def test_what_helps_to_decide_comes_along_and_is_read_by_the_one_asked_as_far_as_it_may(self, loop, clinic, pantry):
        about = f"Patient/{loop.person.id}"
        labs = {
            "resourceType": "Observation",
            "status": "final",
            "code": coded("http://loinc.org", "4548-4"),
            "subject": {"reference": about},
            "effectiveDateTime": "2026-11-01",
            "valueString": "9.1",
        }
        more = [{"type": coded(TEMPORARY, "additional-content"), "valueReference": {"reference": urn("lab")}}]
        made = bundle(
            entry(service_request(about, supportingInfo=[{"reference": urn("lab")}]), "sr"),
            entry(labs, "lab"),
            entry(asking(loop, focus=urn("sr"), subject=about, input=more), "task"),
        )

        request, task = sent(clinic, made)

        (own,) = read(clinic, request)["supportingInfo"]
        assert read(clinic, f"/{own['reference']}")["valueString"] == "9.1"
        assert read(clinic, task)["input"][0]["valueReference"] == own
        accepted = put(pantry, task, status="accepted")
        named = [each["valueReference"]["reference"] for each in accepted.get("input", [])]
        assert all(pantry.get(f"/{each}").status_code == 200 for each in named)


class TestCancel:
    @pytest.mark.parametrize(
        ("by", "before"), [("clinic", "requested"), ("clinic", "accepted"), ("pantry", "accepted")]
    )
    def test_either_side_ends_it_with_a_reason_and_the_other_reads_it(self, loop, clinic, pantry, by, before):
        _request, task = sent(clinic, referral(loop))
        if before == "accepted":
            put(pantry, task, status="accepted")
        sides = {"clinic": clinic, "pantry": pantry}

        put(sides[by], task, status="cancelled", statusReason={"text": "They moved away"})

        assert [read(each, task)["status"] for each in sides.values()] == ["cancelled", "cancelled"]

    def test_what_is_over_is_not_taken_up_again(self, loop, clinic, pantry):
        _request, task = sent(clinic, referral(loop))
        put(clinic, task, status="cancelled", statusReason={"text": "They moved away"})

        answer = send(pantry, "PUT", task, {**read(pantry, task), "status": "accepted"})

        assert answer.status_code == 422
        words = answer.get_json()["issue"][0]["details"]["text"]
        assert words == "This has already ended. From cancelled it goes to: nothing more"
