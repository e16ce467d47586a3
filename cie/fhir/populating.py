"""`Questionnaire/$populate`: the answers of a form to begin with, from what its sender holds of one of their people
(SDC 3.0.0, Questionnaire-populate).

Filled in are facts of the Patient and, where the form is an instrument that is asked here, what the person answered to
it last. That is done when `local` is true or a context names the person; without, the questions come alone.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g
from sqlmodel import Session

from cie import people, screening
from cie.access import Permission, check
from cie.db import reading
from cie.errors import NotFound
from cie.fhir.answering import answer_with, base, format_asked
from cie.fhir.formats import read_json
from cie.fhir.opening import asker, is_open, require_prepared, require_scope
from cie.fhir.operation_outcome import operation_outcome
from cie.fhir.reading import readable
from cie.fhir.receiving.asked_forms import form_of
from cie.fhir.receiving.references import id_in, key_in
from cie.fhir.receiving.views import read_body, require_sound
from cie.fhir.refusals import Fault, NotUnderstood
from cie.fhir.resources.answers import answer
from cie.fhir.resources.patient_facts import answers_from
from cie.fhir.resources.populated_response import Known, has_private, populated_response
from cie.fhir.searching.asking import asked
from cie.fhir.searching.finding import found
from cie.http import requires

SOURCES = ("identifier", "canonical", "questionnaire", "questionnaireRef")
_CONTEXTS = ("context", "launchContext")
Resource = dict[str, Any]
Given = Mapping[str, Sequence[Resource]]
"""The parameters by name."""


def add_routes(blueprint: Blueprint) -> None:
    """The addresses of the operation."""
    for address, name, view in (
        ("/fhir/Questionnaire/$populate", "populate", _populate),
        ("/fhir/Questionnaire/<resource_id>/$populate", "populate_one", _populate_one),
    ):
        opened = requires(Permission.DIRECTORY_READ)(view)
        blueprint.add_url_rule(address, f"{name}_Questionnaire", opened, methods=["POST"])


def _populate() -> Response:
    """Fill in the form that one of the parameters names or is."""
    given = _parameters()
    named = [name for name in SOURCES if name in given]
    if len(named) != 1:
        raise NotUnderstood([Fault("required", f"Give one of {', '.join(SOURCES)}", "Parameters.parameter")])
    with reading() as session:
        require_prepared(session)
        return answer_with(_answer(session, given, _form_named(session, named[0], given[named[0]][0])))


def _populate_one(resource_id: str) -> Response:
    """Fill in the form of the address, whatever else names one."""
    given = _parameters()
    with reading() as session:
        return answer_with(_answer(session, given, _form(session, resource_id)))


def _parameters() -> Given:
    """What was sent, by name. Raises NotTaken, NotUnderstood."""
    for resource_type in ("Questionnaire", "Patient"):
        require_scope(resource_type, "r")
    check(g.actor, Permission.PERSON_READ)
    format_asked()
    sent = read_body()
    if sent.get("resourceType") != "Parameters":
        raise NotUnderstood([Fault("invalid", "Send Parameters with a subject", "Parameters")])
    require_sound([(sent, "")])
    given: dict[str, list[Resource]] = {}
    for each in sent.get("parameter", []):
        given.setdefault(each["name"], []).append(each)
    return given


def _form(session: Session, resource_id: str) -> Resource:
    return read_json((readable(session, "Questionnaire", resource_id).body or "").encode())


def _form_named(session: Session, name: str, parameter: Resource) -> Resource:
    """The form of a parameter, whichever kind of value it has: SDC names them apart, its next release does not.

    Raises NotFound, NotUnderstood.
    """
    if parameter.get("resource", {}).get("resourceType") == "Questionnaire":
        return dict(parameter["resource"])
    if "valueReference" in parameter:
        key = key_in(parameter["valueReference"], base())
        return _form(session, key[1] if key and key[0] == "Questionnaire" else "")
    if "valueIdentifier" in parameter:
        parts = (parameter["valueIdentifier"].get(part, "") for part in ("system", "value"))
        return _found(session, [("identifier", "|".join(map(_as_value, parts)))])
    address = parameter.get("valueCanonical") or parameter.get("valueUri")
    if not address:
        raise NotUnderstood([Fault("value", "Name a Questionnaire, or give one", name)])
    url, _, version = address.partition("|")
    return _found(session, [("url", _as_value(url)), *([("version", _as_value(version))] if version else [])])


def _as_value(text: str) -> str:
    """A text as one value of a search, whatever marks it has (FHIR R4, 3.1.1.4.7)."""
    return re.sub(r"([\\,$|])", r"\\\1", text)


def _found(session: Session, pairs: Sequence[tuple[str, str]]) -> Resource:
    """The newest form that a search finds, before those that are not asked any more."""
    search = asked("Questionnaire", [*pairs, ("_sort", "status,-_lastUpdated")], asker())
    page = found(session, g.actor.organization, search, may_read=lambda _type: False)
    if not page.matches:
        raise NotFound("There is no such resource")
    return read_json((page.matches[0].body or "").encode())


def _answer(session: Session, given: Given, form: Resource) -> Resource:
    """The Parameters to answer with; whom they are about was seen by who asks."""
    subject = _subject(given)
    person_id = id_in(subject, base(), "Patient")
    if person_id is None or not people.get_persons(session, g.actor, [person_id]):
        raise NotFound("There is no such resource")
    patient = read_json((readable(session, "Patient", str(person_id)).body or "").encode())
    canonical, is_filled = _canonical(form), _is_to_be_filled(given, person_id)
    known = _known(session, patient, person_id, canonical) if is_filled else _nothing
    response = populated_response(form, canonical, {"reference": f"Patient/{person_id}"}, known, at=g.now)
    parts = [{"name": "response", "resource": response}]
    notes = list(_notes(given, form, is_filled))
    if notes:
        parts.append({"name": "issues", "resource": operation_outcome(notes, "information")})
    return {"resourceType": "Parameters", "parameter": parts}


def _subject(given: Given) -> Resource:
    found = [each["valueReference"] for each in given.get("subject", ()) if "valueReference" in each]
    if len(found) != 1:
        raise NotUnderstood([Fault("required", "Give one subject, a reference to a Patient", "subject")])
    return dict(found[0])


def _canonical(form: Resource) -> str:
    """The address of a form. Raises NotUnderstood for one without any."""
    if "url" not in form and "id" not in form:
        raise NotUnderstood([Fault("required", "Give the Questionnaire a url", "questionnaire")])
    url: str = form.get("url") or f"{base()}/Questionnaire/{form['id']}"
    return f"{url}|{form['version']}" if form.get("version") else url


def _is_to_be_filled(given: Given, person_id: UUID) -> bool:
    """Whether what is held of the person is asked for: by `local`, or by a context that is the person."""
    is_local = any(each.get("valueBoolean") for each in given.get("local", ()))
    return is_local or person_id in {id_in(each, base(), "Patient") for each in _contents(given)}


def _contents(given: Given) -> Iterator[Resource]:
    """What contexts point to; of those that are sent whole, nothing is used."""
    parts = (part for name in _CONTEXTS for each in given.get(name, ()) for part in each.get("part", ()))
    return (part.get("valueReference", {}) for part in parts if part.get("name") == "content")


def _nothing(_item: Resource) -> list[Resource]:
    return []


def _known(session: Session, patient: Resource, person_id: UUID, canonical: str) -> Known:
    """What is known of a person: their last answers first, where the token opens them, then what the Patient says."""
    said = _said(session, person_id, canonical) if is_open("QuestionnaireResponse", "r") else {}
    return lambda item: said.get(item["linkId"]) or answers_from(item, patient)


def _said(session: Session, person_id: UUID, canonical: str) -> Mapping[str, list[Resource]]:
    """The last answers to an instrument that is asked here, by link id."""
    form = form_of(session, {"questionnaire": canonical}, base())
    if form is None:
        return {}
    given = screening.latest_answers(session, g.actor, person_id, form.instrument)
    return {item.link_id: [answer(item, code) for code in said.codes] for item, said in given}


def _notes(given: Given, form: Resource, is_filled: bool) -> Iterator[tuple[str, str, str | None]]:
    """What the caller should know; the same whatever is known of the person."""
    if not is_filled:
        yield "informational", "Nothing was filled in: send local with true for what is known here", "local"
    if any(id_in(each, base(), "Patient") is None for each in _contents(given)):
        yield "not-supported", "Of contexts only references to the subject are used", "context"
    if is_filled and not is_open("QuestionnaireResponse", "r"):
        yield "suppressed", "Earlier answers need a token that reads QuestionnaireResponse", None
    if has_private(form.get("item", ())):
        yield "suppressed", "What is about safety is never filled in: staff ask it of somebody who is alone", None
