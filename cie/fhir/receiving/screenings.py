"""QuestionnaireResponses that programs send: a screening, where the questions are those of a loaded instrument.

Only what was asked of somebody whom the sender serves, is complete and of the last year is acted upon. All else is kept
for its sender alone. Of safety nothing comes in by this door: no form says that somebody was alone and safe to talk.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from cie import screening
from cie.access import Actor
from cie.errors import Invalid
from cie.fhir.receiving.asked_forms import Form, form_of, items_in, private_places
from cie.fhir.receiving.entries import Entry
from cie.fhir.receiving.transaction import Doing, body_in, path_at
from cie.fhir.refusals import Fault, NotTaken, at_place, not_taken
from cie.fhir.resources.questionnaire_response import is_declined, question_in
from cie.fhir.searching.periods import span_of
from cie.fhir.store import Stored
from cie.people import Person
from cie.screening import LATEST_AFTER, GivenAnswer, Item, computed_codes

PRIVATE = "Safety is asked here by staff, of somebody who said that they are alone and safe to talk. Leave it out"
_OVER = "These answers were complete. Send completed or amended with all of them, or entered-in-error"
_NO_SUCH_QUESTION = "The instrument has no such question"
_NOT_LISTED = "Choose an answer of the list"
Resource = dict[str, Any]


def refuse_private(doing: Doing, entry: Entry) -> None:
    """Refuse answers about safety, also where the response would only be kept. Raises NotTaken."""
    if entry.resource_type != "QuestionnaireResponse":
        return
    places = private_places(entry.resource, form_of(doing.session, entry.resource, doing.base))
    if places:
        raise NotTaken(Fault("business-rule", PRIVATE, path_at(entry.place, each)) for each in places)


def is_screening(doing: Doing, entry: Entry) -> bool:
    """Whether a response may be a screening: all but whose person it is about, who may come in the same Bundle."""
    response = entry.resource
    if entry.resource_type != "QuestionnaireResponse" or response.get("status") != "completed":
        return False
    is_recent = _authored(response, doing.at) >= doing.at - LATEST_AFTER
    return is_recent and form_of(doing.session, response, doing.base) is not None


def own_person(doing: Doing, entry: Entry) -> UUID | None:
    """The person whom the response is about, if the sender serves them."""
    person_id = doing.person_in(doing.resolved(entry.resource))
    person = doing.session.get(Person, person_id) if person_id else None
    return person.id if person is not None and person.organization_id == doing.organization_id else None


def record_response(doing: Doing, entry: Entry, person_id: UUID) -> UUID:
    """Keep what was answered as every other door does; the id of the screening.

    Raises NotTaken, naming the item; NotAllowed, NotPossibleNow (the same questions are being asked).
    """
    form = form_of(doing.session, entry.resource, doing.base)
    assert form is not None
    read = _read(form, entry.resource)
    _require_sound(read, entry)
    return _recorded(doing.session, doing.actor, form, read, entry, person_id, doing.at)


def correct_response(doing: Doing, entry: Entry, row: Stored) -> None:
    """What is put in the place of answers that are a screening: others, or the word that they were a mistake.

    Raises NotTaken, naming the element; NotAllowed, NotPossibleNow (a mistake already).
    """
    session, actor, screening_id = doing.session, doing.actor, UUID(row.resource_id)
    response, before = doing.resolved(entry.resource), body_in(row)
    if doing.person_in(response) != row.person_id:
        raise not_taken("QuestionnaireResponse.subject", "These are the answers of somebody else", "value")
    if response["status"] == "entered-in-error":
        screening.mark_mistake(session, actor, screening_id, at=doing.at)
        return
    if response["status"] not in ("completed", "amended"):
        raise not_taken("QuestionnaireResponse.status", _OVER, "business-rule")
    kept = screening.questionnaire_of(session, screening.get_screening(session, actor, screening_id))
    named = form_of(session, response, doing.base)
    is_same = response.get("questionnaire") == before["questionnaire"] or (named and named.row.code == kept.code)
    if not is_same:
        raise not_taken("QuestionnaireResponse.questionnaire", "Another form was answered. Send them as new", "value")
    read = _read(Form(kept, screening.instrument_of(kept)), response)
    _require_sound(read, entry)
    is_moved = response.get("authored", before["authored"]) != before["authored"]
    asked_at = _authored(response, doing.at) if is_moved else None
    with _places(read, entry):
        screening.correct_screening(session, actor, screening_id, read.answers, asked_at=asked_at, at=doing.at)


def _recorded(
    session: Session, actor: Actor, form: Form, read: "_Read", entry: Entry, person_id: UUID, at: datetime
) -> UUID:
    asked_at = _authored(entry.resource, at)
    with _places(read, entry):
        made = screening.record_screening(
            session, actor, person_id, form.row.id, read.answers, asked_at=asked_at, at=at
        )
    return made.id


def _require_sound(read: "_Read", entry: Entry) -> None:
    if read.faults:
        raise NotTaken(fault._replace(place=path_at(entry.place, fault.place or "")) for fault in read.faults)


@contextmanager
def _places(read: "_Read", entry: Entry) -> Iterator[None]:
    """What the domain refuses is named by the element from which it came."""
    try:
        yield
    except Invalid as error:
        places = {**read.places, "asked_at": "QuestionnaireResponse.authored"}
        named = {name: path_at(entry.place, place) for name, place in places.items()}
        raise at_place(error, named, path_at(entry.place, "QuestionnaireResponse")) from error


def _authored(response: Resource, at: datetime) -> datetime:
    """When it was answered: now, where it does not say."""
    span = span_of(response.get("authored", ""))
    return span.from_at if span else at


@dataclass
class _Read:
    """What a response says, by the link ids of the instrument: answers, where each stands, and what is wrong."""

    answers: dict[str, GivenAnswer] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def _read(form: Form, response: Resource) -> _Read:
    read = _Read()
    for path, entry in items_in(response, "QuestionnaireResponse"):
        link_id = entry.get("linkId", "")
        item = form.item(link_id)
        if item is not None and item.link_id in read.answers:
            read.faults.append(Fault("duplicate", "This question is answered twice", path))
        elif item is not None:
            read.places[item.link_id] = path
            read.answers[item.link_id] = _answer(item, entry, path, read.faults)
        elif question_in(link_id) not in computed_codes():
            read.faults.append(Fault("not-found", _NO_SUCH_QUESTION, path))
    return read


def _answer(item: Item, entry: Resource, path: str, faults: list[Fault]) -> GivenAnswer:
    codes, declined = [], False
    for number, each in enumerate(entry["answer"]):
        declined = declined or is_declined(each)
        value = next((part for name, part in each.items() if name.startswith("value")), None)
        code = None if is_declined(each) or value is None else _code(item, value)
        if code == "":
            faults.append(Fault("code-invalid", _NOT_LISTED, f"{path}.answer[{number}]"))
        elif code is not None:
            codes.append(code)
    return GivenAnswer(tuple(dict.fromkeys(codes)), declined)


def _code(item: Item, value: Any) -> str:
    """An answer as the exchange keeps it; empty for one that the question does not have."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, Mapping):
        return str(value)
    if "code" not in value or "value" in value:
        return str(value.get("value", ""))
    fits = any(each.code == value["code"] and value.get("system", each.system) == each.system for each in item.options)
    return str(value["code"]) if fits else ""
