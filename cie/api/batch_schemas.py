"""The documents of a batch: requests, and their results."""

import re
from collections.abc import Mapping
from typing import Any

import orjson
from marshmallow import Schema, ValidationError, fields, validate

from cie.api.blueprint import PREFIX
from cie.api.lists import Few

MOST_ITEMS, LONGEST = 100, 2000
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ADDRESS = rf"(?!{PREFIX}/batch(\?|$)){PREFIX}(/[A-Za-z0-9_-]+)+(\?[\x21-\x7e]*)?"
"""An address that can stand in a batch: no batch, and none with a dot, which are files and the document of the API."""
PLAIN = r"[\x20-\x7e]{1,200}"
TOLD = ("ETag", "Location", "Retry-After", "Deprecation", "Sunset", "Link")
"""What is told of the headers of an answer."""


def _text(pattern: str, error: str, **more: Any) -> Any:
    """A text of this shape as a whole; `$` would let a line end pass."""

    def check(text: str) -> None:
        if len(text) > LONGEST or re.fullmatch(pattern, text) is None:
            raise ValidationError(error)

    about = {"pattern": f"^{pattern}$", **more.pop("metadata", {})}
    return fields.Str(validate=check, metadata=about, **more)


def _header(name: str) -> Any:
    """One header, kept by the name under which a server hands it over."""
    attribute = f"HTTP_{name.upper().replace('-', '_')}"
    return _text(PLAIN, "Use 1 to 200 plain characters", data_key=name, attribute=attribute)


class BodyField(fields.Field[bytes]):
    """The body of an item, as the bytes that would have come alone."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> bytes:
        if not isinstance(value, dict):
            raise ValidationError("Send an object")
        try:
            return orjson.dumps(value)
        except orjson.JSONEncodeError as error:
            raise ValidationError("This is nested too deep") from error


class ItemHeadersSchema(Schema):
    """The headers that an item may have; its token is that of the batch."""

    key = _header("Idempotency-Key")
    version = _header("If-Match")


class ItemSchema(Schema):
    """One request, with the address as it would stand alone."""

    method = fields.Str(required=True, validate=validate.OneOf(METHODS))
    path = _text(
        ADDRESS,
        "Give an address of the API, like /api/v1/people, that is neither a batch nor a file",
        required=True,
        metadata={"maxLength": LONGEST, "description": "with its query, like /api/v1/referrals?limit=10"},
    )
    body = BodyField(load_default=bytes, metadata={"type": "object", "description": "none for GET and DELETE"})
    headers = fields.Nested(ItemHeadersSchema, load_default=dict)


class BatchSchema(Schema):
    """The requests, in the order in which they are carried out."""

    items = Few(fields.Nested(ItemSchema), least=1, most=MOST_ITEMS, required=True)


class ResultSchema(Schema):
    """What one request was answered; `body` is null where the answer has none."""

    status = fields.Int(required=True)
    headers = fields.Dict(
        keys=fields.Str(), values=fields.Str(), required=True, metadata={"description": ", ".join(TOLD)}
    )
    body = fields.Dict(keys=fields.Str(), required=True, allow_none=True)


class ResultsSchema(Schema):
    """One result for each request, in their order."""

    results = fields.List(fields.Nested(ResultSchema), required=True)
