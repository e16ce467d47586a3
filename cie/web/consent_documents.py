"""The paper that somebody signed: adding a file to the record of what it says, and opening one."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from cie import consent, people
from cie.access import Permission
from cie.calendar import local_day
from cie.db import reading, transaction
from cie.http import requires
from cie.web.consent_words import consent_line
from cie.web.files import download, handed_in
from cie.web.forms import again

blueprint = Blueprint("consent_documents", __name__, url_prefix="/consents")


def new_page(consent_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """The page on which the file is chosen."""
    with reading() as session:
        record = consent.get_consent(session, g.actor, consent_id)
        people.get_person(session, g.actor, record.person_id)
        line = consent_line(record, local_day(g.now))
    words = {"id": consent_id, "said": line.said, "given": line.given}
    return render_template("consents/paper_new.html", **words, errors=errors, notice=notice)


@blueprint.get("/<uuid:consent_id>/papers/new")
@requires(Permission.CONSENT_WRITE)
def new(consent_id: UUID) -> str:
    """Choose the file."""
    return new_page(consent_id)


@blueprint.post("/<uuid:consent_id>/papers")
@requires(Permission.CONSENT_WRITE)
@again(new_page)
def create(consent_id: UUID) -> AnyResponse:
    """Keep the file with the record."""
    file = handed_in()
    with transaction() as session:
        consent.add_document(session, g.actor, consent_id, **file, at=g.now)
    return redirect(url_for("consents.show", consent_id=consent_id, done="paper", _anchor="papers"), 303)


@blueprint.get("/papers/<uuid:document_id>")
@requires(Permission.CONSENT_READ)
def show(document_id: UUID) -> Response:
    """The file itself."""
    with reading() as session:
        row, content = consent.open_document(session, g.actor, document_id)
    return download(row.name, row.media_type, content)
