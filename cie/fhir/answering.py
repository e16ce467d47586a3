"""How answers travel: JSON or XML as the caller reads it, and never kept on the way where a person may show."""

from typing import Any

from flask import Response, current_app, request
from werkzeug.exceptions import NotAcceptable
from werkzeug.http import parse_options_header

from cie.fhir.formats import read_json, write_json, write_xml
from cie.indenting import indented

JSON, XML = "application/fhir+json", "application/fhir+xml"
VERSION = "4.0"
_SHORT = {"json": JSON, "text/json": JSON, "application/json": JSON, JSON: JSON}
_SHORT |= {"xml": XML, "text/xml": XML, "application/xml": XML, XML: XML}
SPOKEN = {text: kind for kind in (JSON, XML) for text in (kind, f"{kind};fhirVersion={VERSION}")}
SPOKEN |= {"application/json": JSON, "application/xml": XML, "text/xml": XML}


def base() -> str:
    """The address of this server."""
    return f"{current_app.extensions['cie-settings'].public_url}/fhir"


def format_asked() -> str:
    """The media type of the answer; `_format` counts before `Accept` (FHIR R4, 3.1.0.1.11). Raises NotAcceptable."""
    asked = request.values.get("_format")
    if asked is None:
        found = request.accept_mimetypes.best_match(SPOKEN) if request.accept_mimetypes else JSON
        kind = SPOKEN.get(found or "")
    else:
        # a plus that was not escaped arrives as a blank
        name, more = parse_options_header(asked.replace("fhir ", "fhir+"))
        kind = _SHORT.get(name.lower()) if more.get("fhirversion", VERSION) == VERSION else None
    if kind is None:
        raise NotAcceptable
    return kind


def answer_with(resource: bytes | dict[str, Any], status: int = 200, **headers: str) -> Response:
    """An answer with a resource, given as it is or as its JSON. Underscores in names of headers stand for dashes."""
    kind = format_asked()
    named = {"Cache-Control": "no-store", "Vary": "Accept"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(_written(resource, kind), status, named, content_type=kind)


def _written(resource: bytes | dict[str, Any], kind: str) -> bytes:
    if kind == XML:
        return write_xml(read_json(resource) if isinstance(resource, bytes) else resource)
    plain = resource if isinstance(resource, bytes) else write_json(resource)
    return indented(plain) if request.values.get("_pretty") == "true" else plain
