"""`Patient/$match`: looking whether somebody is on file, by the one matching function of the exchange.

A name and a birth date never stand in an address, so this is how a program finds a person without a number of theirs.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from flask import Blueprint, Response, g
from sqlmodel import Session

from cie import people
from cie.access import Permission
from cie.db import reading
from cie.fhir.answering import answer_with, base
from cie.fhir.opening import require_prepared, require_scope
from cie.fhir.receiving.people import placed
from cie.fhir.receiving.views import read_body, require_sound
from cie.fhir.refusals import Fault, NotUnderstood
from cie.fhir.resources.patient_reading import read_patient
from cie.fhir.store import unsealed
from cie.http import requires
from cie.people import ContactKind, Likeness
from cie.people.matching import Grade

GRADE = "http://hl7.org/fhir/StructureDefinition/match-grade"
MOST, USUAL = 20, 5
Resource = dict[str, Any]


def add_routes(blueprint: Blueprint) -> None:
    """The address of the operation."""
    view = requires(Permission.PERSON_READ)(_match)
    blueprint.add_url_rule("/fhir/Patient/$match", "match_Patient", view, methods=["POST"])


def _match() -> Response:
    """The people of the caller's own organization who may be the one in the Parameters, likeliest first."""
    require_scope("Patient", "s")
    sent = read_body()
    asked = _parameters(sent)
    patient = asked.get("resource")
    if not isinstance(patient, dict) or patient.get("resourceType") != "Patient":
        raise NotUnderstood([Fault("required", "Give the Patient to look for", "Parameters.parameter")])
    require_sound([(sent, "")])
    with reading() as session:
        require_prepared(session)
        entries = list(_entries(session, patient, asked))
    found: Resource = {"resourceType": "Bundle", "type": "searchset", "total": len(entries)}
    return answer_with(orjson.dumps({**found, **({"entry": entries} if entries else {})}))


def _parameters(resource: Resource) -> Mapping[str, Any]:
    """The values by name; the Patient alone may come, too."""
    if resource.get("resourceType") == "Patient":
        return {"resource": resource}
    if resource.get("resourceType") != "Parameters":
        raise NotUnderstood([Fault("invalid", "Send Parameters with a Patient", "Parameters")])
    names = ("resource", "valueBoolean", "valueInteger")
    listed = resource.get("parameter")
    given = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return {each.get("name", ""): next((each[name] for name in names if name in each), None) for each in given}


def _entries(session: Session, patient: Resource, asked: Mapping[str, Any]) -> Iterator[Resource]:
    read = read_patient(patient)
    phones = [value for kind, value in read.contacts if kind != ContactKind.EMAIL]
    most = min(max(int(asked.get("count") or USUAL), 1), MOST)
    alike = placed(lambda: people.likely_duplicates(session, g.actor, read.details, phones, limit=most))
    certain = [each for each in alike if each.match.grade is Grade.CERTAIN]
    for each in certain if asked.get("onlyCertainMatches") else alike:
        row = unsealed(session, g.actor.organization, "Patient", str(each.person.id))
        if row is not None and row.body is not None:
            address = f"{base()}/Patient/{each.person.id}"
            yield {"fullUrl": address, "resource": orjson.Fragment(row.body.encode()), "search": _search(each)}


def _search(found: Likeness) -> Resource:
    grade = {"url": GRADE, "valueCode": found.match.grade.value}
    return {"extension": [grade], "mode": "match", "score": round(found.match.score, 3)}
