"""Files with a referral: adding one, and opening one that the reader may open."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response as AnyResponse

from cie import referrals
from cie.access import Permission
from cie.db import reading, transaction
from cie.errors import Invalid
from cie.http import requires
from cie.referrals import Attachment
from cie.web import task_header
from cie.web.forms import FormSchema, again
from cie.web.language import gettext as _
from cie.web.referral_change import what_changed

blueprint = Blueprint("attachments", __name__, url_prefix="/referrals")


class AttachmentSchema(FormSchema):
    """Who can open the file; the file itself comes beside the form."""

    shared = fields.Bool(
        required=True,
        error_messages={"required": "Who can open it: choose one", "invalid": "Who can open it: choose one"},
    )


def new_page(task_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """The page on which a file is chosen."""
    with reading() as session:
        header = task_header.load(session, task_id)
    other = header.provider if header.is_sender else header.sender
    options = [
        {
            "value": "yes",
            "label": _("%(other)s and us", other=other),
            "hint": _("If the person's permission covers it."),
        },
        {"value": "no", "label": _("Only us"), "hint": None},
    ]
    return render_template("referrals/new_file.html", header=header, options=options, errors=errors, notice=notice)


@blueprint.get("/tasks/<uuid:task_id>/files/new")
@requires(Permission.REFERRAL_ENTRY_WRITE)
def new(task_id: UUID) -> str:
    """Choose a file to add."""
    return new_page(task_id)


@blueprint.post("/tasks/<uuid:task_id>/files")
@requires(Permission.REFERRAL_ENTRY_WRITE)
@again(new_page, what_changed)
def create(task_id: UUID) -> AnyResponse:
    """Keep the file and, when wanted and permitted, let the other side open it."""
    form = AttachmentSchema().read()
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Invalid("File: choose one", "file")
    # one byte more than may come is enough to know that it is too large
    content = file.stream.read(referrals.LARGEST_FILE_BYTES + 1)
    given = {"name": file.filename, "content": content, "claimed": file.mimetype, "shared": form["shared"]}
    with transaction() as session:
        row = referrals.add_attachment(session, g.actor, task_id, **given, at=g.now)
    done = "kept-apart" if row.quarantined else "file"
    return redirect(url_for("referrals.show", referral_id=row.referral_id, done=done), 303)


@blueprint.get("/files/<uuid:attachment_id>")
@requires(Permission.REFERRAL_READ)
def show(attachment_id: UUID) -> Response:
    """The file itself, always to be saved and never shown inside the page."""
    with reading() as session:
        row, content = referrals.open_attachment(session, g.actor, attachment_id)
    return _download(row, content)


def _download(row: Attachment, content: bytes) -> Response:
    answer = Response(content, content_type=_content_type(row.media_type))
    answer.headers.set("Content-Disposition", "attachment", filename=_plain(row.name))
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def _content_type(media_type: str) -> str:
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def _plain(name: str) -> str:
    """A name that the header can carry: letters of other scripts are left out, the ending stays."""
    plain = name.encode("ascii", "ignore").decode().strip()
    return plain if plain.rpartition(".")[0] else f"file{plain}"
