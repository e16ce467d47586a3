"""Bulk exports: asking for one, how far it is, reading its files in parts, ending it."""

from typing import Any
from uuid import UUID

from flask import Response, g, request, url_for
from marshmallow import Schema, fields, validate
from sqlmodel import Session

from cie import exports
from cie.access import Permission
from cie.api.asking import once
from cie.api.blueprint import Part
from cie.api.lists import Few, items_of
from cie.api.opening import for_token, require_scope
from cie.api.ranges import Wanted, wanted
from cie.api.times import Instant
from cie.db import reading, transaction
from cie.exports import KINDS, ExportStatus, FileNow, Standing

NDJSON = "application/x-ndjson"
TEXT = {"type": "string"}
HEADERS = {
    "ETag": {"schema": TEXT, "description": "another one as soon as a line gives nothing any more"},
    "Accept-Ranges": {"schema": TEXT},
}
PART_OF_IT = [
    {"in": "header", "name": "Range", "schema": TEXT, "description": "one range, like bytes=1048576-"},
    {"in": "header", "name": "If-Range", "schema": TEXT, "description": "the ETag of the part that you have"},
]
blueprint = Part("exports", "Everything that you may read, as files of one JSON record a line (NDJSON)")


class NewExportSchema(Schema):
    """What the export holds. The token must open each kind for reading."""

    kinds = Few(fields.Str(validate=validate.OneOf(list(KINDS))), least=1, most=len(KINDS), required=True)
    updated_since = Instant(
        load_default=None,
        allow_none=True,
        metadata={"description": "only what changed since; next time, give `asked_at` of the export before"},
    )


class FileSchema(Schema):
    """One file, with how many lines and bytes it has. A kind has as many as it needs, of about 2 MB."""

    kind = fields.Str(required=True)
    url = fields.Str(required=True)
    lines = fields.Int(required=True, attribute="line_count")
    bytes = fields.Int(required=True, attribute="byte_count")


class ExportSchema(Schema):
    """An export. Its files are there once it is `ready`, until `expires_at`."""

    id = fields.UUID(required=True)
    status = fields.Enum(ExportStatus, by_value=True, required=True)
    fault = fields.Str(required=True, metadata={"description": "why it failed"})
    kinds = fields.List(fields.Str(), required=True)
    updated_since = fields.AwareDateTime(required=True, allow_none=True)
    asked_at = fields.AwareDateTime(required=True)
    ready_at = fields.AwareDateTime(required=True, allow_none=True)
    expires_at = fields.AwareDateTime(required=True, allow_none=True)
    done = fields.Int(required=True, metadata={"description": "records that are in the files by now"})
    total = fields.Int(required=True, allow_none=True, metadata={"description": "about as many there will be"})
    files = fields.List(fields.Nested(FileSchema), required=True)


def _shown(standing: Standing) -> dict[str, Any]:
    names = ("id", "fault", "updated_since", "asked_at", "ready_at", "expires_at")
    return {
        **{name: getattr(standing.export, name) for name in names},
        "status": standing.status,
        "kinds": [each.kind for each in standing.kinds],
        "done": standing.done,
        "total": standing.total,
        "files": [_file(file) for file in standing.files],
    }


def _file(file: exports.ExportFile) -> dict[str, Any]:
    url = url_for("api_exports.download", export_id=file.export_id, file_name=file.name)
    return {"kind": file.kind, "url": url, "line_count": file.line_count, "byte_count": file.byte_count}


def _read(export_id: UUID) -> dict[str, Any]:
    with reading() as session:
        return _shown(exports.get_export(session, g.actor, export_id, at=g.now))


@blueprint.route("", methods=["POST"])
@for_token(Permission.EXPORT_MANAGE, "exports", "c")
@blueprint.arguments(NewExportSchema)
@blueprint.response(202, ExportSchema, headers={"Location": {"schema": TEXT}})
def create(said: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Ask for an export

    It is made in the background: look at the address in `Location` again until it is `ready`. Each line of a file is
    what `GET` of that record would answer, by the rules that hold while it is made. At most 5 are kept at a time, and
    100 are made a day.
    """
    for kind in said["kinds"]:
        require_scope(kind, "r")

    def verb(session: Session) -> UUID:
        return exports.ask_for_export(session, g.actor, **said, at=g.now).id

    export_id = once("export.ask", verb)
    return _read(export_id), 202, {"Location": url_for("api_exports.show", export_id=export_id)}


@blueprint.route("", methods=["GET"])
@for_token(Permission.EXPORT_MANAGE, "exports", "s")
@blueprint.response(200, items_of(ExportSchema, "the newest hundred that this client asked for, newest first"))
def index() -> dict[str, Any]:
    """List your exports"""
    with reading() as session:
        return {"items": [_shown(each) for each in exports.exports_of(session, g.actor, at=g.now)]}


@blueprint.route("/<uuid:export_id>", methods=["GET"])
@for_token(Permission.EXPORT_MANAGE, "exports", "r")
@blueprint.response(200, ExportSchema)
def show(export_id: UUID) -> dict[str, Any]:
    """See how far an export is

    It fails when your client or the agreement of your organization was ended meanwhile.
    """
    return _read(export_id)


@blueprint.route("/<uuid:export_id>", methods=["DELETE"])
@for_token(Permission.EXPORT_MANAGE, "exports", "d")
@blueprint.response(204)
def remove(export_id: UUID) -> Response:
    """End an export

    Nothing of it can be read from now on, and what it holds is deleted within minutes.
    """
    with transaction() as session:
        exports.end_export(session, g.actor, export_id, at=g.now)
    return Response(status=204)


@blueprint.route("/<uuid:export_id>/files/<file_name>.ndjson", methods=["GET"], parameters=PART_OF_IT)
@for_token(Permission.EXPORT_MANAGE, "exports", "r")
@blueprint.response(200, TEXT, content_type=NDJSON, headers=HEADERS)
@blueprint.alt_response(206, schema=TEXT, content_type=NDJSON, headers=HEADERS, success=True)
@blueprint.alt_response(304, success=True)
def download(export_id: UUID, file_name: str) -> Response:
    """Read a file

    One JSON record a line. When a download breaks off, ask for the rest with `Range`, and with the ETag of what you
    have as `If-Range`. Each line is asked about once more as it leaves: of one on which a permission has ended since it
    was made you get its id, `cannot-share` as its code, and spaces up to its old length; read that record by itself to
    see what may be told now. The ETag is another then, and a part with the old one in `If-Range` is answered with the
    whole file.
    """
    kind = file_name.rpartition("-")[0]
    if kind in KINDS:
        require_scope(kind, "r")
    with reading() as session:
        file = exports.open_file(session, g.actor, export_id, file_name, at=g.now)
        part = wanted(file.byte_count, file.mark)
        is_known, content = request.if_none_match.contains(file.mark), b""
        if not is_known and request.method != "HEAD":
            content = exports.read_bytes(session, g.actor, file, part.start, part.stop)
    return _answer(file, part, content, is_known=is_known)


def _answer(file: FileNow, part: Wanted, content: bytes, *, is_known: bool) -> Response:
    answer = Response(content, 304 if is_known else 206 if part.is_part else 200, mimetype=NDJSON)
    answer.set_etag(file.mark)
    answer.headers["Accept-Ranges"] = "bytes"
    if not is_known:
        answer.content_length = part.stop - part.start
    if part.is_part and not is_known:
        answer.headers["Content-Range"] = part.content_range
    return answer
