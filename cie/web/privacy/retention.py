"""How long records are kept, and whose record is past its time: nothing is erased until an officer says so."""

from typing import Any

from flask import g, redirect, render_template, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from cie import people, retention
from cie.access import Permission
from cie.db import reading, transaction
from cie.errors import Invalid
from cie.http import paginate, requires
from cie.retention import Ground
from cie.web.forms import FormSchema, again, typed_list
from cie.web.language import lazy_gettext, ngettext
from cie.web.organization import done_notice
from cie.web.paging import pages_of, wanted_page
from cie.web.person_words import row_of
from cie.web.privacy.blueprint import blueprint, today
from cie.web.privacy.erasing_words import GOES, KINDS, STAYS, basis_words, span_words
from cie.web.proof import proven
from cie.web.words_of_time import day

DONE = {"erased": lazy_gettext("Erased. It cannot be brought back.")}
CHOOSE: Any = {"invalid_uuid": "People: choose one or more", "invalid": "People: choose one or more"}
MOST = 20


class ChosenSchema(FormSchema):
    """Whose records."""

    person = fields.List(fields.UUID(error_messages=CHOOSE), load_default=list, error_messages=CHOOSE)

    def chosen(self) -> list[Any]:
        """The ids, each once. Raises Invalid when nobody was chosen."""
        ids = list(dict.fromkeys(self.read()["person"]))[:MOST]
        if not ids:
            raise Invalid("People: choose one or more", "person")
        return ids


def retention_page(errors: Any = (), notice: Any = None) -> str:
    """The times with their sources, and those who are past theirs."""
    with reading() as session:
        query = retention.past_their_time(g.actor, at=g.now)
        page = paginate(session, query, number=wanted_page(), size=MOST, total=None)
        found = people.get_persons(session, g.actor, [person.id for person in page.items])
        rows = [(str(person.id), row_of(found[person.id])) for person in page.items]
    spans = [
        {"kind": KINDS[kind], "span": span_words(span), "basis": basis_words(span), "waits": span.waits}
        for kind, span in retention.spans_on(today()).items()
    ]
    return render_template(
        "privacy/retention.html", rows=rows, pages=pages_of(page, "privacy.retention"), spans=spans,
        today=day(g.now, year=True), chosen=typed_list("person"), errors=errors, notice=notice or done_notice(DONE),
    )  # fmt: skip


@blueprint.get("/retention", endpoint="retention")
@requires(Permission.PRIVACY_CASE_MANAGE)
def show_retention() -> str:
    """How long what is kept."""
    return retention_page()


@blueprint.post("/retention/check")
@requires(Permission.PRIVACY_CASE_MANAGE)
@again(retention_page)
def check_past() -> str:
    """What will go, and what stays, of those who were chosen."""
    chosen = ChosenSchema().chosen()
    with reading() as session:
        found = people.get_persons(session, g.actor, chosen)
        rows = [(str(person.id), row_of(person)) for person in found.values()]
    if not rows:
        raise Invalid("People: choose one or more", "person")
    count = ngettext("Erase %(num)d record", "Erase %(num)d records", len(rows))
    return render_template("privacy/erasing_many.html", rows=rows, goes=GOES, stays=STAYS, count=count)


@blueprint.post("/retention/erasing")
@requires(Permission.PRIVACY_CASE_MANAGE)
@proven
@again(retention_page)
def erase_past() -> Response:
    """All of them are gone for good, or none is."""
    chosen = ChosenSchema().chosen()
    with transaction(alone=True) as session:
        for person_id in chosen:
            retention.erase(session, g.actor, person_id, Ground.RETENTION, at=g.now)
    return redirect(url_for("privacy.retention", done="erased", page=request.args.get("page")), 303)
