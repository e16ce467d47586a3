"""Three organizations with something of everything each: one that sends, one that is asked and sends too, a county."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cie import screening
from cie.access import SYSTEM
from cie.db import transaction
from cie.directory import Service
from cie.participants import Participant, ParticipantKind
from cie.referrals import import_shipped_code_lists
from tests.api.place import Place, System
from tests.api.test_people import NEW
from tests.exports.making import ask, make_all
from tests.factories import NOON, make_participant, make_service

Ids = dict[str, list[str]]
SPARE = 4
"""So many of what an operation can end are there."""


@dataclass(frozen=True)
class Caller:
    """A program with a token for everything, and what it may know, by the name of a place for an id."""

    name: str
    system: System
    own: Ids

    def headers(self) -> Mapping[str, str]:
        """With a token that was given now: one counts for five minutes."""
        self.system.__dict__.pop("token", None)
        return {"Authorization": f"Bearer {self.system.token}", "Accept-Encoding": "identity"}


def make_callers(place: Place) -> list[Caller]:
    """The three, whose referrals go to each other."""
    with transaction() as session:
        county = make_participant(session, name="Tule County", kind=ParticipantKind.COUNTY_AGENCY)
        service = make_service(session, place.loop.clinic, name="Well visit")
        instrument = screening.import_shipped(session, SYSTEM, at=NOON)[0]
        import_shipped_code_lists(session, SYSTEM, at=NOON)
    systems = {"sender": place.clinic, "asked": place.pantry, "county": System(place.app, county)}
    asks = {"sender": place.loop.service, "asked": service, "county": place.loop.service}
    public = _public(instrument.id, place.loop.clinic, place.loop.service, service)
    callers = [Caller(n, s, {**public, **_own(s, asks[n], instrument.id)}) for n, s in systems.items()]
    make_all()
    for caller in callers:
        _was_asked(caller)
    _let_something_come_of_it(callers)
    return callers


def _public(instrument_id: UUID, organization: Participant, *services: Service) -> Ids:
    """What everybody may know."""
    ids = [str(service.id) for service in services]
    return {
        "service_id": ids,
        "service_ids": ids,
        "proposed_service_id": ids,
        "recipient_ids": [str(organization.id)],
        "instrument_id": [str(instrument_id)],
        "file_name": ["people-1", "referrals-1"],
    }


def _own(system: System, service: Service, instrument_id: UUID) -> Ids:
    """Everything of one organization: a person with all that hangs on them, and programs that are told."""
    person = _made(system, "/people", NEW)
    wording = system.get("/consents/wording").get_json()["version"]
    said = {"decision": "share", "categories": ["general"], "method": "in-person", "wording_version": wording}
    answers = [{"link_id": "/88122-7", "codes": ["LA28397-0"]}]
    consents = [_made(system, f"/people/{person}/consents", said)]
    asked = {"person_id": person, "need_code": "food", "urgency": "routine", "service_ids": [str(service.id)]}
    sent = [_made(system, "/referrals", asked) for _ in range(SPARE)]
    screened = {"instrument_id": str(instrument_id), "answers": answers}
    hooks = [_made(system, "/webhooks", {"url": "http://127.0.0.1:9/"}) for _ in range(SPARE)]
    return {
        "person_id": [person],
        "consent_id": consents,
        "need_id": [_made(system, f"/people/{person}/needs", {"need_code": "food"})],
        "screening_id": [_made(system, f"/people/{person}/screenings", screened)],
        "referral_id": sent,
        "replaces_id": sent,
        "task_id": [system.get(f"/referrals/{id_}").get_json()["tasks"][0]["id"] for id_ in sent],
        "webhook_id": hooks,
        "notice_id": [_pinged(system, hook) for hook in hooks],
        "after": [_pinged(system, hooks[0])],
        "export_id": [ask(system, "people", "referrals")["id"] for _ in range(SPARE)],
    }


def _made(system: System, path: str, body: Any) -> str:
    answer = system.post(path, body)
    assert answer.status_code == 201, (path, answer.get_json())
    made: str = answer.get_json()["id"]
    return made


def _pinged(system: System, hook: str) -> str:
    """The notice that tries a webhook."""
    assert system.post(f"/webhooks/{hook}/ping").status_code == 202
    (newest,) = system.get(f"/webhooks/{hook}/notices?limit=1").get_json()["items"]
    found: str = newest["id"]
    return found


def _let_something_come_of_it(callers: list[Caller]) -> None:
    """Who is asked by two of them says yes to each once, and tells where the person stands."""
    sender, asked, county = callers
    said = {"program": "snap", "status": "enrolled"}
    for by in (sender, county):
        task = by.own["task_id"][0]
        assert asked.system.post(f"/referrals/tasks/{task}/answer", {"answer": "accept"}).status_code == 200
        for _ in range(SPARE):
            answer = asked.system.post(f"/referrals/tasks/{task}/enrollments", said)
            assert answer.status_code == 201, answer.get_json()
    for caller in callers:
        records = [caller.system.get(f"/referrals/{id_}").get_json() for id_ in caller.own["referral_id"]]
        caller.own["result_id"] = [each["id"] for record in records for each in record["results"]]


def _was_asked(caller: Caller) -> None:
    """What others asked of it is its to know, too."""
    for line in caller.system.get("/referrals?side=performer").get_json()["items"]:
        caller.own["referral_id"].append(line["id"])
        caller.own["task_id"].append(line["task_id"])
