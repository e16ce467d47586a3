"""What every part of the API shares: doing a thing once, which version the caller saw, which fields they want."""

import hashlib
from collections.abc import Callable
from typing import Any
from uuid import UUID

import orjson
from flask import Response, g, request
from marshmallow import Schema, fields
from sqlmodel import Session

from cie import events
from cie.api.problems import Changed, NotSaid
from cie.db import transaction
from cie.errors import Invalid

LONGEST_KEY = 100


class FieldsSchema(Schema):
    """Which fields the answer holds."""

    fields_ = fields.Str(
        data_key="fields",
        load_default="",
        metadata={"description": "Names of fields, separated by commas; all if empty"},
    )


def once(what: str, verb: Callable[[Session], UUID]) -> UUID:
    """The id of what the verb made, once for each `Idempotency-Key` of this client; without one, each time.

    A repeat is answered from what is there now, by the rules of now. It is the same however it is spaced, so that what
    went in a batch may come again alone. Raises Invalid when its body was another.
    """
    key = request.headers.get("Idempotency-Key")
    with transaction() as session:
        if key is None:
            return verb(session)
        if not 0 < len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
            raise Invalid("Use 1 to 100 plain characters", "Idempotency-Key")
        said = orjson.dumps([request.path, orjson.loads(request.get_data() or b"null")], option=orjson.OPT_SORT_KEYS)
        claimed = events.claim_key(session, g.token.client.id, f"{what}:{key}"[:120], said, at=g.now)
        if claimed.resource_id is None:
            claimed.resource_id = verb(session)
            session.add(claimed)
        return claimed.resource_id


def seen_version() -> int:
    """The version that the caller saw, as `If-Match` says it. Raises NotSaid, Changed (no version of ours).

    What follows the version in an ETag only tells bodies apart, and those that were compressed.
    """
    tags = request.if_match
    if not tags:
        raise NotSaid("Send the ETag of the record that you saw, as If-Match")
    try:
        (tag,) = tags
        return int(tag.partition("-")[0])
    except ValueError as error:
        raise Changed("Read the record again: this is not its newest version") from error


def seen_version_if_any() -> int | None:
    """As `seen_version`, for changes that may do without. Raises Changed."""
    return seen_version() if request.if_match else None


def answer(schema: Schema, record: Any, *, version: int | None = None, status: int = 200) -> Response:
    """A record as the schema writes it: the fields that were asked for, its ETag, 304 when these bytes are known.

    The ETag is the version and a hash of the body, since words and tries come to a record without a new version.
    """
    body = orjson.dumps(selected(schema.dump(record), schema))
    response = Response(body, status, mimetype="application/json")
    if version is not None:
        response.set_etag(f"{version}-{hashlib.sha256(body).hexdigest()[:16]}")
        response.make_conditional(request)
    return response


def selected(body: dict[str, Any], schema: Schema) -> dict[str, Any]:
    """The fields that the caller asked for, always with the id. Raises Invalid for one that there is not."""
    wanted = [name.strip() for name in request.args.get("fields", "").split(",") if name.strip()]
    unknown = [name for name in wanted if name not in schema.fields]
    if unknown:
        raise Invalid("There is no field %(name)s", "fields", name=unknown[0][:60])
    return {name: value for name, value in body.items() if not wanted or name in {"id", *wanted}}
