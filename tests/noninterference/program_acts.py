"""What programs ask in a body, which changes nothing, and what they do, by program."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.noninterference.place import BEFORE, THEIR_NUMBER
from tests.noninterference.program_place import APP, CLINIC, COUNTY, PANTRY, ProgramPlace

SAME_NUMBER, SAME_KEY = {"namespace": "cin", "value": "91234567A"}, "k-1"
"""By what another system knows somebody whom both sides serve, and by what both know their requests."""

THEIR_PHONE = {"kind": "sms", "value": THEIR_NUMBER}


@dataclass(frozen=True)
class Ask:
    """One request of a program, below the address of the API."""

    method: str
    path: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        more = (orjson.dumps(each).decode() for each in (self.body, dict(self.headers)) if each)
        return " ".join((self.method, self.path, *more))


Asks = Callable[[ProgramPlace], list[Ask]]
ASTER = {"given_name": "Aster", "family_name": "Moreno", "birth_date": "1992-03-27"}
QUILLA = {"given_name": "Quilla", "family_name": "Zabrin", "birth_date": "1992-03-27"}
BRIAR = {"given_name": "Briar", "family_name": "Ashe"}


def request(person_id: Any, *services: Any, **more: Any) -> dict[str, Any]:
    """The body of a referral."""
    ids = [str(service.id) for service in services]
    return {"person_id": str(person_id), "need_code": "food", "urgency": "routine", "service_ids": ids, **more}


def _pantrys_questions(place: ProgramPlace) -> list[Ask]:
    hidden, person_id = place.hidden, place.ids["person_id"][0]
    wished = request(person_id, hidden.refuge, at_person_request=True)
    return [
        Ask("POST", "/referrals/preview", request(person_id, hidden.third, message="Any day")),
        Ask("POST", "/referrals/preview", request(person_id, hidden.third, hidden.loop.service)),
        Ask("POST", "/referrals/preview", wished),
        Ask("POST", "/people/match", ASTER),
        Ask("POST", "/people/match", {**BRIAR, "phones": ["+15595550171"]}),
        Ask("POST", "/people", {**BRIAR, "birth_date": "1992-03-27"}),
    ]


def _clinics_questions(place: ProgramPlace) -> list[Ask]:
    hidden = place.hidden
    return [
        Ask("POST", "/referrals/preview", request(hidden.person.id, hidden.loop.service, message="Any day")),
        Ask("POST", "/referrals/preview", request(hidden.person.id, hidden.refuge, at_person_request=True)),
        Ask("POST", "/people/match", ASTER),
        Ask("POST", "/people", ASTER),
    ]


def _countys_questions(place: ProgramPlace) -> list[Ask]:
    asked = request(place.known[COUNTY]["person_id"][0], place.hidden.loop.service)
    looks = [Ask("POST", "/people/match", each) for each in (ASTER, QUILLA, BRIAR)]
    return [Ask("POST", "/referrals/preview", asked), *looks]


def _in_one(asks: list[Ask]) -> Ask:
    """All of them in one request."""
    items = [{"method": ask.method, "path": f"/api/v1{ask.path}", "body": ask.body} for ask in asks]
    return Ask("POST", "/batch", {"items": items})


def questions(place: ProgramPlace, name: str) -> list[Ask]:
    """What a program asks that changes nothing: one by one, and all in one."""
    asks = QUESTIONS[name](place)
    return [*asks, _in_one(asks)]


QUESTIONS: dict[str, Asks] = {
    PANTRY: _pantrys_questions,
    CLINIC: _clinics_questions,
    COUNTY: _countys_questions,
    APP: _pantrys_questions,
}


def _again(place: ProgramPlace, name: str) -> Ask:
    return Ask("POST", f"/webhooks/{place.known[name]['webhook_id'][0]}/replay", {"since": BEFORE.isoformat()})


def _pantrys_acts(place: ProgramPlace) -> list[Ask]:
    return [*_acts_of_staff_there(place), _again(place, PANTRY)]


def _acts_of_staff_there(place: ProgramPlace) -> list[Ask]:
    hidden, person_id = place.hidden, place.ids["person_id"][0]
    asked, offer = (f"/referrals/tasks/{task.id}" for task in (hidden.asked_task, hidden.offer_task))
    tried = {"method": "phone", "reached": False, "happened_at": BEFORE.isoformat()}
    return [
        Ask("POST", f"{asked}/answer", {"answer": "waitlist", "until": "2026-12-24"}),
        Ask("POST", f"{asked}/answer", {"answer": "accept"}),
        Ask("POST", f"{asked}/messages", {"text": "Come on Friday"}),
        Ask("POST", f"{asked}/contact-attempts", tried),
        Ask("POST", f"{offer}/answer", {"answer": "reject", "reason": "no-room", "words": "Full until May"}),
        Ask("POST", "/referrals", request(person_id, hidden.third, message="Any day")),
        Ask("POST", "/people", {**QUILLA, "contacts": [THEIR_PHONE]}, {"Idempotency_Key": SAME_KEY}),
        Ask("POST", f"/people/{person_id}/identifiers", SAME_NUMBER),
        Ask("POST", f"/people/{person_id}/needs", {"need_code": "rent-help", "wish": "wants-help"}),
        Ask("POST", f"/people/{person_id}/consents", {"decision": "do-not-share", "method": "in-person"}),
    ]


def _clinics_acts(place: ProgramPlace) -> list[Ask]:
    hidden = place.hidden
    offer, asked = (f"/referrals/tasks/{task.id}" for task in (hidden.offer_task, hidden.asked_task))
    person = f"/people/{hidden.person.id}"
    return [
        *_on_the_protected(place),
        Ask("POST", f"/referrals/{hidden.apart.id}/closure", {"closing": "no-longer-needs"}),
        Ask("POST", f"{asked}/messages", {"text": "Is she well?"}),
        Ask("POST", f"{offer}/answer", {"answer": "cancel", "reason": "person-declines"}),
        Ask("POST", "/referrals", request(hidden.person.id, hidden.loop.service)),
        Ask("POST", f"{person}/identifiers", SAME_NUMBER),
        Ask("POST", f"/consents/{hidden.leavers_yes.id}/revocation", {"method": "in-person"}),
        _again(place, CLINIC),
    ]


def _on_the_protected(place: ProgramPlace) -> list[Ask]:
    """To end what a protected service said yes to, having seen any version of it."""
    loop, task = f"/referrals/{place.hidden.taken_in.id}", place.hidden.taken_in_task.id
    seen = [{"If_Match": f'"{version}"'} for version in range(8)]
    return [
        *(Ask("POST", f"{loop}/closure", {"closing": "other"}, headers) for headers in seen),
        Ask("POST", f"{loop}/closure", {"closing": "other"}),
        Ask("POST", f"/referrals/tasks/{task}/answer", {"answer": "cancel", "reason": "person-declines"}),
        Ask("POST", f"/referrals/tasks/{task}/messages", {"text": "Is she well?"}),
    ]


def _countys_acts(place: ProgramPlace) -> list[Ask]:
    return [*(Ask("POST", "/people", each) for each in (ASTER, QUILLA)), _again(place, COUNTY)]


ACTS: dict[str, Asks] = {
    PANTRY: _pantrys_acts,
    CLINIC: _clinics_acts,
    COUNTY: _countys_acts,
    APP: _acts_of_staff_there,
}
