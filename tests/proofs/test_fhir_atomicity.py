"""Fifty programs at once over FHIR, and a kill -9 in the middle: one of them wins, and nothing is there by halves."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from uuid import UUID

import pytest
import requests
from sqlalchemy import func, select
from sqlmodel import col

from cie.db import reading
from cie.events import AuditEntry
from cie.fhir.receiving.people import NEW_PERSON
from cie.fhir.store import Stored
from tests.fhir.sending import bundle, consent_of, entry, patient, service_request, task, urn
from tests.proofs.programs import Program
from tests.proofs.test_retries import CLINIC, PANTRY
from tests.support.commands import until

MANY, SHORT = 50, 12
SCOPE = "system/*.cruds"
MRN = "http://clinic.example/mrn"
GOALS = 3


@pytest.fixture
def many_at_once(request) -> int:
    return MANY if request.config.getoption("--prove") else SHORT


@pytest.fixture
def clinic(many) -> Program:
    return program(many, CLINIC)


@pytest.fixture
def pantry(many) -> Program:
    return program(many, PANTRY)


def program(many, organization: str) -> Program:
    """A program whose organization has all that it may read."""
    found = Program(many.exchange, organization, SCOPE)
    until(lambda: found.fhir("GET", "/Task").status_code == 200, seconds=60, otherwise="what is read is not prepared")
    return found


def somebody(number: str):
    """Somebody new, by the number of the clinic's own system."""
    own = [{"system": MRN, "value": number}]
    return patient(identifier=own, meta={"tag": [NEW_PERSON], **{"profile": patient()["meta"]["profile"]}})


def referral(clinic: Program, pantry: Program, number: str):
    """Somebody new with a request, a task and the paper that they signed."""
    loop = SimpleNamespace(
        clinic=SimpleNamespace(id=clinic.organization_id), pantry=SimpleNamespace(id=pantry.organization_id)
    )
    about = service_request(urn("p"), supportingInfo=[{"reference": urn("c")}])
    asked = task(loop, focus=urn("sr"), subject=urn("p"))
    asked["owner"] = {"reference": f"HealthcareService/{service_of(pantry)}"}
    return bundle(
        entry(somebody(number), "p"), entry(about, "sr"), entry(asked, "t"), entry(consent_of(loop, urn("p")), "c")
    )


def service_of(pantry: Program) -> str:
    """The service that is asked, once the directory is made over FHIR."""
    path = f"/HealthcareService?organization=Organization/{pantry.organization_id}&active=true"

    def food_boxes() -> list[str]:
        entries = pantry.fhir("GET", path).json().get("entry", [])
        return [each["resource"]["id"] for each in entries if each["resource"]["name"] == "Food box, weekly"]

    until(lambda: bool(food_boxes()), seconds=60, otherwise="the directory is not made")
    return food_boxes()[0]


def at_once(how_many: int, ask) -> list[requests.Response]:
    with ThreadPoolExecutor(how_many) as crowd:
        return list(crowd.map(lambda _number: ask(), range(how_many)))


def test_of_many_answers_to_one_version_one_wins(clinic, pantry, many_at_once):
    sent = clinic.fhir("POST", "", referral(clinic, pantry, "won"))
    assert sent.status_code == 200, sent.text
    path = "/" + "/".join(sent.json()["entry"][2]["response"]["location"].split("/")[:2])
    seen = pantry.fhir("GET", path)
    accepted = {**seen.json(), "status": "accepted"}

    answers = at_once(many_at_once, lambda: pantry.fhir("PUT", path, accepted, If_Match=seen.headers["ETag"]))

    by_status = Counter(answer.status_code for answer in answers)
    assert by_status.pop(200) == 1
    assert set(by_status) <= {409, 412, 422}
    history = pantry.fhir("GET", f"{path}/_history").json()["entry"]
    assert [each["resource"]["status"] for each in history] == ["accepted", "requested"]
    assert accepted_on_record(UUID(path.rpartition("/")[2])) == 1


def accepted_on_record(task_id: UUID) -> int:
    query = select(func.count()).where(col(AuditEntry.action) == "task.accepted", col(AuditEntry.subject_id) == task_id)
    with reading() as session:
        return session.execute(query).scalar_one()


def test_of_many_that_make_one_unless_it_is_there_one_does(clinic, many_at_once):
    wanted = f"identifier={MRN}|once"

    answers = at_once(many_at_once, lambda: clinic.fhir("POST", "/Patient", somebody("once"), If_None_Exist=wanted))

    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: many_at_once - 1}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(clinic.fhir("GET", f"/Patient?{wanted}").json()["entry"]) == 1


def with_goals(number: str):
    goal = {"resourceType": "Goal", "lifecycleStatus": "active", "subject": {"reference": urn("p")}}
    goals = [entry({**goal, "description": {"text": f"Goal {each}"}}, f"g{each}") for each in range(GOALS)]
    return bundle(entry(somebody(number), "p"), *goals)


def test_killed_in_the_middle_each_transaction_is_whole_or_nothing(many, clinic):
    done, numbers = [], [f"killed-{each}" for each in range(24)]

    def ask(number: str) -> None:
        try:
            if clinic.fhir("POST", "", with_goals(number)).status_code == 200:
                done.append(number)
        except requests.RequestException:
            time.sleep(0.2)

    killer = threading.Thread(target=lambda: (time.sleep(0.4), many.kill_web()))
    clinic.fhir("GET", "/Task")
    many.settle()
    killer.start()
    with ThreadPoolExecutor(6) as crowd:
        list(crowd.map(ask, numbers))
    killer.join()
    until(lambda: is_up(clinic), seconds=60, otherwise="nobody answers")

    kept = {number: resources_of(clinic, number) for number in numbers}
    assert set(kept.values()) <= {0, 1 + GOALS}
    assert {kept[number] for number in done} <= {1 + GOALS}
    assert len(done) < len(numbers), "nobody was in the middle of anything"


def is_up(clinic: Program) -> bool:
    try:
        return clinic.fhir("GET", "/Task?_count=1").status_code == 200
    except requests.RequestException:
        return False


def resources_of(clinic: Program, number: str) -> int:
    """How many resources there are of a person and about them."""
    entries = clinic.fhir("GET", f"/Patient?identifier={MRN}|{number}").json().get("entry", [])
    ids = [UUID(each["resource"]["id"]) for each in entries]
    query = select(func.count()).where(
        col(Stored.person_id).in_(ids), col(Stored.organization_id) == clinic.organization_id
    )
    with reading() as session:
        return session.execute(query).scalar_one() if ids else 0
