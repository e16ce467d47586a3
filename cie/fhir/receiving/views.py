"""The addresses under `/fhir` that take something: create, update, transaction and batch."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import orjson
from flask import Blueprint, Response, current_app, g, request
from sqlmodel import Session
from werkzeug.exceptions import UnsupportedMediaType

from cie import events
from cie.access import Permission, check
from cie.db import reading, take_turns, transaction
from cie.errors import Invalid, NotFound
from cie.fhir.answering import JSON, SPOKEN, XML, answer_with, base
from cie.fhir.bundles import etag
from cie.fhir.checking import Fault as Wrong
from cie.fhir.checking import ValueSets, faults_in, value_sets_in
from cie.fhir.formats import read_json, read_xml
from cie.fhir.moments import instant
from cie.fhir.opening import asker, is_open, require_prepared, require_scope
from cie.fhir.receiving.batches import carry_out_batch
from cie.fhir.receiving.doing import done
from cie.fhir.receiving.entries import KEPT, MADE, Entry, Outcome, entries_in, require_frame, version_in
from cie.fhir.receiving.profiles import told_as
from cie.fhir.receiving.refused import kept_when_refused
from cie.fhir.receiving.transaction import Doing
from cie.fhir.refusals import Ambiguous, Fault, NotTaken, NotUnderstood
from cie.fhir.searching.asking import asked
from cie.fhir.searching.finding import found
from cie.fhir.store import Stored, unsealed, unsealed_among
from cie.fhir.subscribing import Caller
from cie.http import requires

LONGEST_KEY = 100
WRITE_WITH: Mapping[str, Permission] = {
    "Patient": Permission.PERSON_WRITE,
    "ServiceRequest": Permission.REFERRAL_WRITE,
    "Consent": Permission.CONSENT_WRITE,
    "Subscription": Permission.WEBHOOK_MANAGE,
}
"""The permission with which each type is sent, beside what its verbs ask; all else needs REFERRAL_READ."""
_SUPPLIED = frozenset({"Patient.identifier", "Patient.gender", "ServiceRequest.code", "Task.authoredOn"})
"""What the exchange says where nobody did."""
Resource = dict[str, Any]


def add_routes(blueprint: Blueprint) -> None:
    """The addresses of each type that is taken, and that of Bundles."""
    for resource_type in sorted(MADE | KEPT):
        for method, address, name, read in _ADDRESSES:
            _add(blueprint, resource_type, method, address, name, read)
    for address in ("/fhir", "/fhir/"):
        opened = requires(Permission.REFERRAL_READ)(kept_when_refused(_take_bundle))
        blueprint.add_url_rule(address, f"bundle{address.replace('/', '_')}", opened, methods=["POST"])


def _add(
    blueprint: Blueprint, resource_type: str, method: str, address: str, name: str, read: Callable[..., Entry]
) -> None:
    def of_type(**values: str) -> Response:
        (outcome,) = _do([read(resource_type, **values)], shows=not _prefers("minimal"))
        return _answered(outcome)

    # for those who read what a request of before asked
    of_type.entries = lambda **values: [read(resource_type, **values)]  # type: ignore[attr-defined]  # each way in carries it
    opened = requires(_permission(resource_type))(kept_when_refused(of_type))
    blueprint.add_url_rule(f"/fhir/{resource_type}{address}", f"{name}_{resource_type}", opened, methods=[method])


def _permission(resource_type: str) -> Permission:
    return WRITE_WITH.get(resource_type, Permission.REFERRAL_READ)


def _to_create(resource_type: str) -> Entry:
    """Create one resource, conditionally with `If-None-Exist`."""
    return Entry("POST", resource_type, _body(resource_type), condition=request.headers.get("If-None-Exist", ""))


def _to_update(resource_type: str, resource_id: str) -> Entry:
    """Update one resource; with `If-Match` only when it is still the version that was seen."""
    seen = version_in(request.headers.get("If-Match"))
    return Entry("PUT", resource_type, _body(resource_type), id=resource_id, if_match=seen)


def _to_update_found(resource_type: str) -> Entry:
    """Update the one resource that a search finds."""
    condition = request.query_string.decode("ascii", "replace")
    return Entry("PUT", resource_type, _body(resource_type), condition=condition)


_ADDRESSES = (
    ("POST", "", "create", _to_create),
    ("PUT", "/<resource_id>", "update", _to_update),
    ("PUT", "", "update_found", _to_update_found),
)


def _take_bundle() -> Response:
    """Do all that a transaction says or nothing; of a batch, each entry by itself."""
    bundle = read_body()
    require_frame(bundle)
    if bundle["type"] == "batch":
        return answer_with(carry_out_batch(bundle, base(), request.headers.get("Prefer", "")))
    told = _taken(_do(_in_transaction(bundle)))
    return answer_with({"resourceType": "Bundle", "type": "transaction-response", **({"entry": told} if told else {})})


def _in_transaction(bundle: Resource) -> list[Entry]:
    entries = entries_in(bundle, base())
    _check(entries)
    return entries


_take_bundle.entries = lambda: _in_transaction(read_body())  # type: ignore[attr-defined]  # each way in carries it


def _body(resource_type: str) -> Resource:
    resource = read_body()
    if resource.get("resourceType") != resource_type:
        raise NotUnderstood(
            [Fault("invalid", "The resource is not of the type that the address names", "resourceType")]
        )
    require_sound([(resource, "")])
    return resource


def read_body() -> Resource:
    """The resource of the request, in the format that its content type says. Raises Unreadable, 415."""
    kind = SPOKEN.get(request.mimetype)
    if kind not in (JSON, XML):
        raise UnsupportedMediaType
    return read_xml(request.get_data()) if kind == XML else read_json(request.get_data())


def _check(entries: Sequence[Entry]) -> None:
    for entry in entries:
        if entry.resource_type not in MADE | KEPT:
            raise NotFound("This type is not taken here. /fhir/metadata says what is served")
    require_sound([(entry.resource, entry.place) for entry in entries])


def require_sound(resources: Sequence[tuple[Resource, str]]) -> None:
    """Refuse what is not FHIR, or not as its profiles say. Raises NotTaken with every fault at once."""
    faults = [
        fault._replace(place=_in_bundle(fault.place or "", place))
        for resource, place in resources
        for fault in refused_in(resource)
    ]
    if faults:
        raise NotTaken(faults)


def refused_in(resource: Resource) -> list[Fault]:
    """What of a resource is not FHIR, or not as the profiles say that it claims and by which it is told here."""
    found = faults_in(resource, told_as(resource), licensed())
    return [named(each) for each in found if not _is_supplied(each, resource)]


def licensed() -> ValueSets:
    """The value sets of this server."""
    return value_sets_in(current_app.extensions["cie-settings"].fhir_value_sets)


def named(fault: Wrong) -> Fault:
    """A fault with the rule that it breaks."""
    return Fault(fault.code, f"{fault.words} ({fault.rule})", fault.place)


def _is_supplied(fault: Wrong, resource: Resource) -> bool:
    """Whether only an element is missing that the exchange gives to what it makes."""
    meta = resource.get("meta")
    claimed = isinstance(meta, Mapping) and meta.get("profile")
    is_missing = fault.rule == "min" and fault.place.partition(".")[2] not in resource
    return is_missing and fault.place in _SUPPLIED and not claimed


def _in_bundle(path: str, place: str) -> str:
    return f"{place}.resource.{path.partition('.')[2]}" if place else path


def asked_entries() -> list[Entry]:
    """What the request of this moment wants done, checked, by a caller who may. Raises what its view raises."""
    view: Any = current_app.view_functions.get(request.endpoint or "")
    if not hasattr(view, "entries"):
        raise NotFound("This type is not taken here. /fhir/metadata says what is served")
    entries: list[Entry] = view.entries(**request.view_args or {})
    _require_allowed(entries)
    return entries


def _do(entries: Sequence[Entry], *, shows: bool = False) -> list[Outcome]:
    """What became of these. `shows`: the answer gives them out, and whom they show is recorded with the change."""
    _require_allowed(entries)
    with transaction() as session:
        outcomes = do_entries(session, entries)
        if shows:
            events.showed(session, g.actor, *(each.person_id for each in outcomes if each.person_id))
        return outcomes


def _require_allowed(entries: Iterable[Entry]) -> None:
    for entry in entries:
        require_scope(entry.resource_type, "c" if entry.is_create else "u")
        check(g.actor, _permission(entry.resource_type))


def do_entries(session: Session, entries: Sequence[Entry]) -> list[Outcome]:
    """Do what the request of this moment asks, in this transaction."""
    require_prepared(session)
    # of two that are to be made unless they are there, the second looks when the first is
    take_turns(session, [f"{g.actor.organization} {e.resource_type}?{e.condition}" for e in entries if e.condition])
    doing = Doing(session, g.actor, base(), g.now, _caller())
    return _once(session, entries, lambda: done(doing, entries, _finder(session)))


def _caller() -> Caller:
    settings = current_app.extensions["cie-settings"]
    return Caller(
        base(), lambda type: is_open(type, "r"), settings.may_reach_private, may_be_mailed=bool(settings.email_by)
    )


def _once(session: Session, entries: Sequence[Entry], verb: Callable[[], list[Outcome]]) -> list[Outcome]:
    """What the verb came to, once for each `Idempotency-Key` of this client. Raises Invalid for another body."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return verb()
    if not 0 < len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise Invalid("Use 1 to 100 plain characters", "Idempotency-Key")
    said = orjson.dumps([request.path, request.get_data().hex()])
    rows = [
        events.claim_key(session, g.token.client.id, f"fhir:{number}:{key}"[:120], said, at=g.now)
        for number in range(len(entries))
    ]
    if rows and rows[0].resource_id is not None:
        return [Outcome(e.resource_type, str(r.resource_id), 200) for e, r in zip(entries, rows, strict=True)]
    outcomes = verb()
    for row, outcome in zip(rows, outcomes, strict=True):
        row.resource_id = UUID(outcome.id)
        session.add(row)
    return outcomes


def _finder(session: Session) -> Callable[[str, str], list[str]]:
    """What a condition finds: the id of one, or of none. Raises Ambiguous."""

    def ids(resource_type: str, query: str) -> list[str]:
        pairs = parse_qsl(query.lstrip("?"), keep_blank_values=True)
        search = asked(resource_type, pairs, asker())
        if not search.criteria:
            raise NotUnderstood([Fault("required", "Say by which parameter", "If-None-Exist")])
        page = found(session, g.actor.organization, search, may_read=lambda _type: False)
        if len(page.matches) > 1:
            raise Ambiguous("More than one fits. Name the one that you mean")
        return [row.resource_id for row in page.matches]

    return ids


def _prefers(what: str) -> bool:
    return f"return={what}" in request.headers.get("Prefer", "").replace(" ", "")


def _show(session: Session, row: Stored, recorded: UUID | None = None) -> bytes:
    """The body of a resource that is given out. `recorded`: of whom it is on record already that they were shown."""
    if row.person_id not in (None, recorded):
        events.showed(session, g.actor, row.person_id)
    return (row.body or "").encode()


def _answered(outcome: Outcome) -> Response:
    """The resource as it is now, or as little as `Prefer` asks for."""
    with reading() as session:
        row = unsealed(session, g.actor.organization, outcome.resource_type, outcome.id)
        named = {} if row is None else {"ETag": etag(row.version)}
        if row is not None and outcome.status == 201:
            named["Location"] = f"{base()}/{outcome.resource_type}/{outcome.id}/_history/{row.version}"
        if row is None or _prefers("minimal"):
            return Response(status=outcome.status, headers=named)
        return answer_with(_show(session, row, outcome.person_id), outcome.status, **named)


def _taken(outcomes: Sequence[Outcome]) -> list[Resource]:
    """What became of the entries of a Bundle; the resources only when they were asked for."""
    with reading() as session:
        keys = {(outcome.resource_type, outcome.id) for outcome in outcomes}
        rows = unsealed_among(session, g.actor.organization, keys)
        return [_told(session, each, rows.get((each.resource_type, each.id))) for each in outcomes]


def _told(session: Session, outcome: Outcome, row: Stored | None) -> Resource:
    words = "201 Created" if outcome.status == 201 else "200 OK"
    said: Resource = {"status": words, "location": f"{outcome.resource_type}/{outcome.id}"}
    if row is None:
        return {"response": said}
    said |= {
        "location": f"{said['location']}/_history/{row.version}",
        "etag": etag(row.version),
        "lastModified": instant(row.updated_at),
    }
    whole = {"resource": read_json(_show(session, row))} if _prefers("representation") else {}
    return {**whole, "response": said}
