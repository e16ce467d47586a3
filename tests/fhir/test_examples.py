"""All examples of SDOH Clinical Care go through the server: what comes back is what went in, but for what it owns."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from cie.consent import SignerKind
from cie.db import transaction
from cie.fhir.checking import faults_in
from cie.fhir.formats import read_json, read_xml, write_json
from cie.people import Person
from tests.factories import make_consent
from tests.fhir.examples import (
    ACTIVE,
    ADDED,
    FOR_PATIENTS,
    GARDEN,
    LOOPS,
    OWNED,
    SUBTASK,
    SUMMER,
    as_new,
    examples_in,
    is_of_loop,
    renamed,
    waits_for_loops,
)
from tests.fhir.place import make_reading_loop
from tests.fhir.readers import Reader
from tests.fhir.sending import SNOMED, TEMPORARY, bundle, coded, entry, urn
from tests.support.web import make_app

JSON, XML = "application/fhir+json", "application/fhir+xml"
EXAMPLES = 46
STEPS = {"accepted": ("accepted",), "completed": ("accepted", "in-progress", "completed")}
DONE = [
    {"type": coded(TEMPORARY, "resulting-activity"), "valueCodeableConcept": coded(SNOMED, "467771000124109")},
]


@dataclass
class Exchange:
    """A clinic that sends, a pantry that answers, and the ids that the examples were given, by their own names."""

    clinic: Reader
    pantry: Reader
    loop: Any
    examples: dict[str, Any]
    ids: dict[str, str] = field(default_factory=dict)
    read: dict[str, Any] = field(default_factory=dict)

    def send(self, resources: dict[str, Any]) -> None:
        """All of these in one transaction."""
        names = {name: urn(str(number)) for number, name in enumerate(resources)}
        entries = [entry(renamed({**self.ids, **names})(each), str(n)) for n, each in enumerate(resources.values())]
        answer = self.clinic.call("POST", "", write_json(bundle(*entries)), **{"Content-Type": JSON})
        assert answer.status_code == 200, answer.get_data(as_text=True)
        for name, told in zip(resources, answer.get_json()["entry"], strict=True):
            self.ids[name] = "/".join(told["response"]["location"].split("/")[:2])

    def move(self, name: str, status: str) -> None:
        """The pantry, which was asked, says how far it is."""
        for step in STEPS[status]:
            task = read_json(self.pantry.get(f"/{self.ids[name]}").get_data())
            body = write_json({**task, "status": step, **({"output": DONE} if step == "completed" else {})})
            answer = self.pantry.call("PUT", f"/{self.ids[name]}", body, **{"Content-Type": JSON})
            assert answer.status_code == 200, answer.get_data(as_text=True)

    def complete(self, name: str) -> None:
        """The clinic says that a request is done, or that a person did what was asked."""
        request = read_json(self.clinic.get(f"/{self.ids[name]}").get_data())
        body = write_json({**request, "status": "completed"})
        answer = self.clinic.call("PUT", f"/{self.ids[name]}", body, **{"Content-Type": JSON})
        assert answer.status_code == 200, answer.get_data(as_text=True)

    def keep(self, name: str) -> None:
        """What the clinic reads of it now, in both formats alike."""
        plain, tree = (self.clinic.get(f"/{self.ids[name]}", Accept=kind) for kind in (JSON, XML))
        self.read[name] = read_json(plain.get_data())
        assert read_xml(tree.get_data()) == self.read[name]


@pytest.fixture
def exchange(database, migrated, reference) -> Exchange:
    loop = make_reading_loop()
    clinic = Reader(make_app(migrated), loop.clinic)
    return Exchange(clinic, Reader(clinic.app, loop.pantry), loop, examples_in(reference))


def let_people_agree(exchange: Exchange) -> None:
    """For the child its mother signs."""
    with transaction() as session:
        for name, reference in exchange.ids.items():
            if name.startswith("Patient/"):
                signer = SignerKind.PARENT_OR_GUARDIAN if "Baby" in name else SignerKind.PERSON
                make_consent(session, session.get_one(Person, UUID(reference.partition("/")[2])), signer=signer)


def send_loop(exchange: Exchange, request: str, task: str) -> None:
    """A request and the task that asks for it, of one loop."""
    asked = as_new(exchange.examples[task], exchange.loop)
    about = {**exchange.examples[request], "subject": asked["for"], "status": "active"}
    exchange.send({request: about, task: {**asked, "focus": {"reference": request}}})


def send_all(exchange: Exchange) -> None:
    """First those whom all is about, then loops and what a person is asked, each to its end, and what was done."""
    examples, late = exchange.examples, waits_for_loops(exchange.examples)
    exchange.send({name: each for name, each in examples.items() if not is_of_loop(name) and name not in late})
    let_people_agree(exchange)
    for request in (ACTIVE, GARDEN, SUMMER):
        send_loop(exchange, request, SUBTASK)
    requests = dict(exchange.ids)
    exchange.send({name: examples[name] for name in late})
    for task, (request, status) in LOOPS.items():
        send_loop(exchange, request, task)
        exchange.move(task, status)
        exchange.keep(task)
        exchange.ids[request] = requests[request]
    for request in (GARDEN, SUMMER):
        exchange.complete(request)
    for task in FOR_PATIENTS:
        exchange.send({task: as_new(examples[task], exchange.loop)})
        exchange.complete(task)
    for name in examples:
        if name not in exchange.read:
            exchange.keep(name)


def without_owned(resource: Any, sent: Any) -> Any:
    """What a resource says beside what the server owns, or adds: where nothing was sent, and to what came of a Task."""
    kind = resource["resourceType"]
    owned = {"id", "meta", *OWNED.get(kind, ()), *(ADDED.get(kind, {}).keys() - sent.keys())}
    said = {name: value for name, value in resource.items() if name not in owned}
    return {
        **said,
        **({"output": [each for each in said["output"] if each in sent["output"]]} if sent.get("output") else {}),
    }


@pytest.fixture
def read(exchange: Exchange) -> dict[str, Any]:
    """What the clinic reads after it sent all of them, by their own names."""
    send_all(exchange)
    return exchange.read


def test_what_comes_back_is_what_went_in(exchange, read):
    went_in = {name: renamed(exchange.ids)(exchange.examples[name]) for name in read}

    assert len(exchange.examples) == len(read) == EXAMPLES
    for name, resource in read.items():
        assert without_owned(resource, went_in[name]) == without_owned(went_in[name], went_in[name]), name
        assert set(went_in[name].get("meta", {}).get("profile", ())) <= set(resource["meta"].get("profile", ())), name
        if name.startswith("Patient/"):
            assert [each for each in went_in[name]["identifier"] if each not in resource["identifier"]] == []


def test_all_that_comes_back_is_valid(read):
    assert {name: found for name, resource in read.items() if (found := faults_in(resource))} == {}
