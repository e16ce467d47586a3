"""Files with a referral: adding one, and opening one that the reader may open."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, redirect, render_template, url_for
from marshmallow import fields
from werkzeug.wrappers import Response as AnyResponse

from cie import referrals
from cie.access import Permission
from cie.db import reading, transaction
from cie.http import requires
from cie.web import task_header
from cie.web.files import download, handed_in
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
    file = handed_in()
    with transaction() as session:
        row = referrals.add_attachment(session, g.actor, task_id, **file, shared=form["shared"], at=g.now)
    done = "kept-apart" if row.quarantined else "file"
    return redirect(url_for("referrals.show", referral_id=row.referral_id, done=done), 303)


@blueprint.get("/files/<uuid:attachment_id>")
@requires(Permission.REFERRAL_READ)
def show(attachment_id: UUID) -> Response:
    """The file itself, always to be saved and never shown inside the page."""
    with reading() as session:
        row, content = referrals.open_attachment(session, g.actor, attachment_id)
    return download(row.name, row.media_type, content)
