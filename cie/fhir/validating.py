"""`$validate`: what would be wrong with a resource, all at once; nothing is kept (FHIR R4, Resource-validate).

The answer is 200 with an OperationOutcome whenever the resource could be looked at, whatever is wrong with it. A token
that reads or creates the type is enough; to look at what is here, one that reads it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request

from cie.access import Permission
from cie.db import reading
from cie.fhir.answering import answer_with, base, format_asked
from cie.fhir.checking import advice_on, claimed_by, faults_in, knows, sets_not_loaded
from cie.fhir.formats import Unreadable, read_json
from cie.fhir.opening import READ_WITH, require_scope
from cie.fhir.operation_outcome import operation_outcome
from cie.fhir.reading import readable, show
from cie.fhir.receiving.asked_forms import form_of, private_places
from cie.fhir.receiving.entries import KEPT, MADE
from cie.fhir.receiving.screenings import PRIVATE
from cie.fhir.receiving.views import licensed, named, read_body, refused_in
from cie.fhir.refusals import Fault, NotUnderstood
from cie.fhir.store import ReadableVersion
from cie.http import requires

OF_ONE = ("update", "delete", "profile")
MODES = ("create", *OF_ONE)
MOST_ISSUES = 200
"""How many issues one answer has, apart from those on what was left out."""
_ALL_OK = "All is well: it holds to FHIR R4, and to the profiles that are asked for or claimed and known here"
_NOT_DELETED = "Nothing is deleted here. Mark it as a mistake by its status"
_NOT_KNOWN = "This profile is not known here, so nothing was looked at by it"
_VALUES = ("resource", "valueCode", "valueUri", "valueCanonical", "valueString")
Resource = dict[str, Any]
View = Callable[..., Response]


@dataclass(frozen=True)
class Asked:
    """What to look at: what is sent, else what is here; for which interaction; by which profile besides."""

    resource: Resource | None
    mode: str
    profile: str


def add_routes(blueprint: Blueprint) -> None:
    """The addresses of the operation with each type."""
    for resource_type in sorted(MADE | KEPT):
        _add(blueprint, resource_type, "/$validate", _validate, ["POST"])
        _add(blueprint, resource_type, "/<resource_id>/$validate", _validate_one, ["GET", "POST"])


def _add(blueprint: Blueprint, resource_type: str, address: str, view: View, methods: list[str]) -> None:
    def of_type(**values: str) -> Response:
        try:
            return view(resource_type, **values)
        except Unreadable as error:
            return _unread(error)

    opened = requires(READ_WITH.get(resource_type, Permission.REFERRAL_READ))(of_type)
    name = f"{view.__name__.strip('_')}_{resource_type}"
    blueprint.add_url_rule(f"/fhir/{resource_type}{address}", name, opened, methods=methods)


def _validate(resource_type: str) -> Response:
    """Look at a resource that is sent; with the mode `create` also whether it would be taken."""
    require_scope(resource_type, "rc")
    format_asked()
    asked = _asked()
    if asked.mode in OF_ONE:
        raise NotUnderstood([Fault("invalid", "Name the resource in the address: Type/id/$validate", "mode")])
    if asked.resource is None:
        raise NotUnderstood([Fault("required", "Send the resource to look at", "resource")])
    return answer_with(_judged(resource_type, asked, asked.resource))


def _validate_one(resource_type: str, resource_id: str) -> Response:
    """Look at a resource that is here, or at what would take its place."""
    require_scope(resource_type, "r")
    format_asked()
    asked = _asked()
    with reading() as session:
        row = readable(session, resource_type, resource_id)
        if asked.resource is None:
            show(session, [row])
    if asked.mode == "delete":
        return answer_with(operation_outcome([("not-supported", _NOT_DELETED, None)]))
    looked_at = read_json((row.body or "").encode()) if asked.resource is None else asked.resource
    return answer_with(_judged(resource_type, asked, looked_at, row))


def _asked() -> Asked:
    """The parameters of the address and of Parameters; a resource may also come alone. Raises Unreadable."""
    given: Resource = dict(request.args)
    if request.method == "POST" and request.get_data():
        sent = read_body()
        given |= _parameters(sent) if sent.get("resourceType") == "Parameters" else {"resource": sent}
    mode, profile, resource = (given.get(name) for name in ("mode", "profile", "resource"))
    if mode not in (None, *MODES):
        raise NotUnderstood([Fault("value", f"Write {', '.join(MODES)}", "mode")])
    if mode == "profile" and not profile:
        raise NotUnderstood([Fault("required", "Name the profile", "profile")])
    is_whole = isinstance(resource, dict) and mode != "delete"
    return Asked(resource if is_whole else None, mode or "", str(profile or ""))


def _parameters(sent: Resource) -> Resource:
    listed = sent.get("parameter")
    given = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return {str(each.get("name")): next((each[name] for name in _VALUES if name in each), None) for each in given}


def _unread(error: Unreadable) -> Response:
    """XML of which some element has no place in FHIR is wrong like any other; what cannot be read at all is refused."""
    if not all(fault.place for fault in error.faults):
        raise error
    return answer_with(operation_outcome((fault.code, fault.words, fault.place) for fault in error.faults))


def _judged(resource_type: str, asked: Asked, resource: Resource, row: ReadableVersion | None = None) -> Resource:
    """The outcome: what is wrong, or else what is advised against, or else that all is well; and what was left out."""
    issues = _issues("error", _errors(resource_type, asked, resource, row))
    if not issues:
        issues = _issues("warning", _warnings(asked, resource, row))
    issues = issues or _issues("information", [Fault("informational", _ALL_OK)])
    left_out = _issues("information", _left_out(asked, resource))
    return {"resourceType": "OperationOutcome", "issue": [*issues[:MOST_ISSUES], *left_out]}


def _issues(severity: str, faults: Iterable[Fault]) -> list[Resource]:
    found: list[Resource] = operation_outcome(dict.fromkeys(faults), severity)["issue"]
    return found


def _errors(resource_type: str, asked: Asked, resource: Resource, row: ReadableVersion | None) -> list[Fault]:
    if resource.get("resourceType") != resource_type:
        return [Fault("invalid", "The resource is not of the type that the address names", "resourceType")]
    faults = [] if not asked.profile or knows(asked.profile) else [Fault("not-found", _NOT_KNOWN, "profile")]
    is_to_be_taken = asked.mode in ("create", "update")
    if is_to_be_taken:
        faults += refused_in(resource)
    faults += map(named, faults_in(resource, [asked.profile], licensed()))
    if row is not None and resource.get("id", row.resource_id) != row.resource_id:
        faults.append(Fault("value", "The id is not the one of the address", f"{resource_type}.id"))
    return faults or (_private(resource) if is_to_be_taken else [])


def _private(resource: Resource) -> list[Fault]:
    """Answers about safety, which are not taken by this door."""
    if resource["resourceType"] != "QuestionnaireResponse":
        return []
    with reading() as session:
        places = private_places(resource, form_of(session, resource, base()))
    return [Fault("business-rule", PRIVATE, place) for place in places]


def _warnings(asked: Asked, resource: Resource, row: ReadableVersion | None) -> Iterator[Fault]:
    profiles = [*claimed_by(resource), asked.profile]
    yield from map(named, advice_on(resource, profiles, licensed()))
    for number, profile in enumerate(claimed_by(resource)):
        if not knows(profile):
            yield Fault("not-found", _NOT_KNOWN, f"{resource['resourceType']}.meta.profile[{number}]")
    version = resource.get("meta", {}).get("versionId")
    if asked.mode == "update" and row is not None and version not in (None, str(row.version)):
        words = "This is not the newest version: with If-Match it would be refused"
        yield Fault("conflict", words, f"{resource['resourceType']}.meta.versionId")


def _left_out(asked: Asked, resource: Resource) -> Iterator[Fault]:
    """The profiles that prescribe codes of value sets which this server does not have."""
    for profile in dict.fromkeys(filter(knows, [*claimed_by(resource), asked.profile])):
        count = len(sets_not_loaded(profile, licensed()))
        if count:
            words = f"{count} value sets of {profile} are not loaded here: of their codes only systems were looked at"
            yield Fault("incomplete", words)
