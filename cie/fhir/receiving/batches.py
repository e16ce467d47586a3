"""A batch: each entry is carried out as if it had come alone, a read or a search as well as what is sent."""

from dataclasses import replace
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from flask import current_app
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as Answer

from cie.fhir.answering import JSON
from cie.fhir.formats import read_json, write_json
from cie.fhir.operation_outcome import operation_outcome
from cie.fhir.refusals import Fault, NotUnderstood
from cie.http import carried_out
from cie.quarantine import Message, Part

METHODS = ("GET", "POST", "PUT")
_CONDITIONS = {"ifNoneExist": "HTTP_IF_NONE_EXIST", "ifMatch": "HTTP_IF_MATCH", "ifNoneMatch": "HTTP_IF_NONE_MATCH"}
_REFUSED = "Only GET, POST and PUT of one type are served in a batch"
Resource = dict[str, Any]


def carry_out_batch(bundle: Resource, base: str, prefers: str) -> Resource:
    """What became of each entry, in their order. `prefers`: the header `Prefer` of the batch."""
    entries = [_result(entry, base, prefers) for entry in bundle.get("entry", [])]
    return {"resourceType": "Bundle", "type": "batch-response", **({"entry": entries} if entries else {})}


def parts_in(bundle: Resource, base: str) -> list[Part]:
    """What the entries of a batch send, each as a message that comes alone; what was only read is not read again.

    Raises NotUnderstood, naming each entry that is served neither here nor alone.
    """
    asked = [_asked(entry, base) for entry in bundle.get("entry", [])]
    faults = [
        Fault("not-supported", _REFUSED, f"Bundle.entry[{number}].request")
        for number, each in enumerate(asked)
        if not _is_served(each)
    ]
    if faults:
        raise NotUnderstood(faults)
    return [_alone(each) for each in asked if each.method != "GET"]


def _alone(asked: Message) -> Part:
    message = replace(asked, path=unquote(asked.path))
    try:
        rule, _values = current_app.url_map.bind("").match(message.path, message.method, return_rule=True)
    except HTTPException:
        # sent alone it is refused, with the reason
        return Part(message, "/fhir/")
    return Part(message, str(rule))


def _is_served(asked: Message) -> bool:
    return asked.method in METHODS and asked.path != "/fhir/"


def _asked(entry: Resource, base: str) -> Message:
    """What an entry asks, as the request that it would be; its path as it stands in an address."""
    request = entry.get("request", {})
    method, url = request.get("method", ""), request.get("url", "").removeprefix(base).lstrip("/")
    path, _, query = url.partition("?")
    conditions = {name: request[part] for part, name in _CONDITIONS.items() if part in request}
    body = write_json(entry["resource"]) if "resource" in entry else b""
    return Message(method, f"/fhir/{path}", query, {"CONTENT_TYPE": JSON, **conditions}, body)


def _result(entry: Resource, base: str, prefers: str) -> Resource:
    asked = _asked(entry, base)
    if not _is_served(asked):
        outcome = operation_outcome([("not-supported", _REFUSED, "Bundle.entry.request")])
        return {"response": {"status": "400", "outcome": outcome}}
    headers = {"HTTP_ACCEPT": JSON, "HTTP_PREFER": prefers, **asked.headers}
    answer = carried_out(asked.method, asked.path, asked.query, headers, asked.body, JSON)
    return _told(answer, is_read=asked.method == "GET")


def _told(answer: Answer, *, is_read: bool) -> Resource:
    """An answer as an entry of the response: the resource of a read, else only where it is, or the refusal."""
    body = answer.get_data()
    status = HTTPStatus(answer.status_code)
    said: Resource = {"status": f"{status.value} {status.phrase}", **_headers(answer)}
    resource = read_json(body) if body else None
    if resource is None:
        return {"response": said}
    if answer.status_code >= 400:
        return {"response": {**said, "outcome": resource}}
    return {"resource": resource, "response": said} if is_read else {"response": said}


def _headers(answer: Answer) -> dict[str, str]:
    names = {"Location": "location", "ETag": "etag"}
    return {ours: answer.headers[name] for name, ours in names.items() if name in answer.headers}
