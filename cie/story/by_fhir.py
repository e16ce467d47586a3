"""The story by the door for record systems: a clinician refers by a Bundle and hears back in the Task.

The clinic's administrator registers the program on a page, as hers would be; the caseworker answers on the web and the
person by text.
"""

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from uuid import uuid4

import orjson
import requests

from cie.errors import NotPossibleNow
from cie.fhir import codes
from cie.fhir.moments import instant
from cie.fhir.subscribing.wishes import BACKPORT
from cie.oauth.backend import BackendProgram
from cie.story.browser import TIMEOUT_SECONDS, Browser
from cie.story.by_pages import Story, until

SCOPE = "system/*.cruds"
TYPE = "application/fhir+json"
STEPS = ("requested", "accepted", "in-progress", "completed")
Resource = dict[str, Any]


class RecordSystem:
    """The clinic's own system: one program with a token."""

    def __init__(self, program: BackendProgram) -> None:
        self.base = f"{program.base_url}/fhir"
        self.http = requests.Session()
        # a proxy named in the environment does not know this machine
        self.http.trust_env = False
        self.http.headers.update({"Authorization": f"Bearer {program.token()}", "Accept": TYPE, "Content-Type": TYPE})

    def get(self, path: str) -> Resource:
        return self._told(self.http.get(f"{self.base}/{path}", timeout=TIMEOUT_SECONDS))

    def post(self, path: str, resource: Resource) -> Resource:
        return self._told(self.http.post(f"{self.base}/{path}", orjson.dumps(resource), timeout=TIMEOUT_SECONDS))

    def is_prepared(self) -> bool:
        """Whether all that the clinic may read is there."""
        answer = self.http.get(f"{self.base}/Patient?_count=1", timeout=TIMEOUT_SECONDS)
        return answer.status_code != HTTPStatus.SERVICE_UNAVAILABLE

    def _told(self, answer: requests.Response) -> Resource:
        body: Resource = answer.json() if answer.content else {}
        if answer.status_code >= 400:
            words = [issue.get("details", {}).get("text", "") for issue in body.get("issue", [])]
            raise NotPossibleNow(f"the exchange answered {answer.status_code}: {words[:3]}")
        return body

    def first(self, path: str) -> Resource:
        """The first that a search finds. Raises NotPossibleNow."""
        found: Sequence[Resource] = self.get(path).get("entry", [])
        if not found:
            raise NotPossibleNow(f"a search found nothing ({path.partition('?')[0]})")
        resource: Resource = found[0]["resource"]
        return resource

    def history_of(self, task_id: str) -> list[str]:
        """The statuses that a task went through, oldest first."""
        entries = self.get(f"Task/{task_id}/_history").get("entry", [])
        return [entry["resource"]["status"] for entry in reversed(entries)]


class Ear:
    """Where the record system is told: it keeps the tasks that it heard of, in the order in which it did."""

    def __init__(self) -> None:
        heard: list[str] = []

        class Receiver(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                told = orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))
                heard.extend(tasks_in(told))
                self.send_response(HTTPStatus.NO_CONTENT)
                self.end_headers()

            def log_message(self, *_words: Any) -> None:
                """Say nothing on the console."""

        self.heard = heard
        self.server = HTTPServer(("127.0.0.1", 0), Receiver)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def tasks_in(notification: Resource) -> Iterator[str]:
    """The ids of the tasks that a notification names."""
    for parameter in notification["entry"][0]["resource"].get("parameter", []):
        for part in parameter.get("part", []):
            literal = part.get("valueReference", {}).get("reference", "")
            if part.get("name") == "focus" and "Task/" in literal:
                yield literal.rpartition("/")[2]


class FhirStory(Story):
    """A clinician sends a Bundle, a caseworker helps, the person answers by text, the Task tells each step."""

    def play(self) -> Iterator[str]:
        """Play it, telling each step. Raises NotPossibleNow at the first step that does not work."""
        administrator, navigator, caseworker, phone = (Browser(self.base_url) for _n in range(4))
        self.wait_until_ready(phone)
        yield self.sign_in(administrator, "linnet")
        system = RecordSystem(self.register(administrator))
        yield "Linnet registered the program of the clinic's record system"
        until(system.is_prepared, "what the clinic may read is not prepared")
        ear = Ear()
        subscription = system.post("Subscription", wish(ear.url))["id"]
        until(partial(self.is_active, system, subscription), "the subscription did not become active")
        yield "The record system subscribed to its tasks"
        self.settle_earlier(phone)
        before = self.asked(phone)
        referral, task = self.refer_by_bundle(system)
        yield "The clinician found the person and sent a Bundle: a ServiceRequest and a Task"
        yield self.sign_in(caseworker, "wren")
        self.help(caseworker, referral)
        yield "Wren said yes, helped, and closed it"
        until(partial(self.has_heard, system, task), "the Task does not tell each step")
        until(lambda: ear.heard.count(task) >= len(STEPS), "the subscription did not tell of each step")
        yield f"The record system heard of each step, and the Task told it: {', '.join(STEPS)}"
        ear.server.shutdown()
        self.wait_for_text(phone, before)
        yield "The person was asked by text whether help came"
        self.answer(phone, "1")
        yield "The person answered: 1 yes, I got help"
        yield self.sign_in(navigator, "sorrel")
        self.wait_for_both_words(navigator, referral)
        yield "Both agree: the provider and the person say that help came"

    def register(self, browser: Browser) -> BackendProgram:
        """Register a program on the page of the organization, as its administrator does."""
        program = BackendProgram(self.base_url, SCOPE)
        browser.open("/organization/clients/new")
        keys = orjson.dumps(program.key_set).decode()
        said = {"name": "Record system", "kind": "system", "authentication": "private_key_jwt", "purposes": "TREAT"}
        browser.send("/organization/clients", **said, jwks=keys, scopes=SCOPE)
        program.client_id = browser.find(r'<bdi dir="ltr">([0-9a-f-]{36})</bdi>')
        return program

    def refer_by_bundle(self, system: RecordSystem) -> tuple[str, str]:
        """Find the person and the service, then send; the ids of the request and of the task."""
        patient = self.match(system)
        clinic, pantry = (system.first(f"Organization?name={name}") for name in ("Blue+Kite", "Lantern+Pantry"))
        wanted = f"organization=Organization/{pantry['id']}&service-category=food-insecurity"
        service = system.first(f"HealthcareService?active=true&{wanted}")
        told = system.post("", bundle(patient["id"], service["id"], clinic["id"]))
        places = [entry["response"]["location"].split("/")[1] for entry in told["entry"]]
        return places[0], places[1]

    def match(self, system: RecordSystem) -> Resource:
        """Aster, by what a record system knows of them. Raises NotPossibleNow."""
        known = {
            "resourceType": "Patient",
            "name": [{"family": "Moreno", "given": ["Aster"]}],
            "gender": "unknown",
            "birthDate": "1992-03-27",
            "telecom": [{"system": "phone", "use": "mobile", "value": "559 555 0142"}],
        }
        parameters = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": known}]}
        found = system.post("Patient/$match", parameters).get("entry", [])
        if not found:
            raise NotPossibleNow("the person was not found")
        resource: Resource = found[0]["resource"]
        return resource

    def is_active(self, system: RecordSystem, subscription_id: str) -> bool:
        """Whether the exchange reached the record system once."""
        return bool(system.get(f"Subscription/{subscription_id}")["status"] == "active")

    def has_heard(self, system: RecordSystem, task_id: str) -> bool:
        """Whether the Task went through each step, in order."""
        return [status for status in system.history_of(task_id) if status in STEPS] == list(STEPS)


def wish(endpoint: str) -> Resource:
    """To be told of every change of the tasks that the clinic may read, by their ids."""
    content = {"url": f"{BACKPORT}backport-payload-content", "valueCode": "id-only"}
    return {
        "resourceType": "Subscription",
        "meta": {"profile": [f"{BACKPORT}backport-subscription"]},
        "status": "requested",
        "reason": "To know how it goes",
        "criteria": "http://hl7.org/fhir/us/sdoh-clinicalcare/SubscriptionTopic/Task",
        "channel": {
            "type": "rest-hook",
            "endpoint": endpoint,
            "payload": TYPE,
            "_payload": {"extension": [content]},
        },
    }


def bundle(patient_id: str, service_id: str, clinic_id: str) -> Resource:
    """A request for food, and the task of those who are asked."""
    request_url = f"urn:uuid:{uuid4()}"
    request = {
        **codes.profiled("ServiceRequest", "", f"{codes.SDOHCC}SDOHCC-ServiceRequest"),
        "status": "active",
        "intent": "order",
        "category": [codes.concept(codes.SOCIAL_SERVICE), codes.concept(codes.temporary("food-insecurity"))],
        "code": codes.concept(codes.REFERRAL),
        "subject": codes.reference("Patient", patient_id),
    }
    task = {
        **codes.profiled("Task", "", f"{codes.SDOHCC}SDOHCC-TaskForReferralManagement"),
        "status": "requested",
        "intent": "order",
        "priority": "urgent",
        "code": codes.concept(codes.FULFILL),
        "focus": {"reference": request_url},
        "for": codes.reference("Patient", patient_id),
        "authoredOn": instant(datetime.now(UTC)),
        "requester": codes.reference("Organization", clinic_id),
        "owner": codes.reference("HealthcareService", service_id),
    }
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [_entry(request, request_url), _entry(task, f"urn:uuid:{uuid4()}")],
    }


def _entry(resource: Resource, url: str) -> Resource:
    resource.pop("id")
    return {"fullUrl": url, "resource": resource, "request": {"method": "POST", "url": resource["resourceType"]}}
