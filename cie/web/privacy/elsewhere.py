"""Where another consent system says otherwise than we: the list, and settling one with the person."""

from typing import Any
from uuid import UUID

from flask import g, redirect, render_template, url_for
from marshmallow import fields
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import consent, people
from cie.access import Permission
from cie.consent import Decision, ExternalStatement, Settled
from cie.db import reading, transaction
from cie.http import Page, requires
from cie.web.consent_pages import listed, place_names
from cie.web.consent_words import category_words
from cie.web.forms import FormSchema, again
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext
from cie.web.organization import done_notice
from cie.web.paging import pages_of, wanted_page
from cie.web.person_words import full_name
from cie.web.privacy.blueprint import blueprint, today
from cie.web.privacy.lists import Row
from cie.web.words_of_time import day

SHOWN = 20
SAYS = {Decision.SHARE: lazy_gettext("They say yes"), Decision.DO_NOT_SHARE: lazy_gettext("They say no")}
FOLLOWS = {
    Decision.DO_NOT_SHARE: {
        Settled.THEIRS: lazy_gettext("Nothing is shared, as now."),
        Settled.OURS: lazy_gettext(
            "The no there does not count until it changes. What is on record here counts again."
        ),
    },
    Decision.SHARE: {
        Settled.THEIRS: lazy_gettext("It opens nothing by itself. Write down here what the person says."),
        Settled.OURS: lazy_gettext("Nothing is shared, as now."),
    },
}
COUNTS = {
    Settled.THEIRS: lazy_gettext("What is on record there counts"),
    Settled.OURS: lazy_gettext("What is on record here counts"),
}
DONE = {"settled": lazy_gettext("Saved. This is settled until it changes there.")}
CHOOSE: Any = {"required": "Which counts: choose one", "unknown": "Which counts: choose one"}


class SettleSchema(FormSchema):
    """Which of the two counts, and what the person said."""

    settled = fields.Enum(Settled, by_value=True, required=True, error_messages=CHOOSE)
    words = fields.Str(load_default="")


@blueprint.get("/elsewhere")
@requires(Permission.PRIVACY_CASE_MANAGE)
def elsewhere() -> str:
    """What waits to be settled, oldest first."""
    number = max(wanted_page(), 1)
    with reading() as session:
        skip = (number - 1) * SHOWN
        found = consent.disagreements(session, g.actor, today=today(), skip=skip, most=SHOWN + 1)
        page = Page(found[:SHOWN], number, SHOWN, len(found) > SHOWN, None)
        rows = [_row(session, statement) for statement in page.items]
    pages = pages_of(page, "privacy.elsewhere")
    return render_template("privacy/elsewhere.html", rows=rows, pages=pages, notice=done_notice(DONE))


def _row(session: Session, statement: ExternalStatement) -> Row:
    person = people.get_person(session, g.actor, statement.person_id)
    meta = _("%(source)s, received %(day)s", source=statement.source, day=day(statement.received_at, year=True))
    standing = {"words": str(SAYS[statement.decision]), "mark": "ring"}
    return Row(url_for("privacy.settling", statement_id=statement.id), full_name(person), meta, None, standing)


def settling_page(statement_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """What they say beside what we have, and which counts."""
    with reading() as session:
        statement = consent.get_statement(session, g.actor, statement_id)
        person = people.get_person(session, g.actor, statement.person_id)
        records = consent.in_force(consent.consents_of(session, person.organization_id, person.id), today())
        ours = listed(session, person, records, today())
        theirs = _theirs(session, statement)
        waits = consent.disagrees(session, statement, today())
    choices = [
        {"value": code.value, "label": words, "hint": FOLLOWS[statement.decision][code]}
        for code, words in COUNTS.items()
    ]
    shown = {"statement": statement, "name": full_name(person), "ours": ours, "theirs": theirs, "waits": waits}
    return render_template("privacy/settling.html", **shown, choices=choices, errors=errors, notice=notice)


def _theirs(session: Session, statement: ExternalStatement) -> list[dict[str, str]]:
    person = people.get_person(session, g.actor, statement.person_id)
    names = place_names(session, person, [UUID(each) for each in statement.recipient_ids])
    until = day(statement.expires_on, year=True) if statement.expires_on else _("No end")
    rows = [
        (_("System"), statement.source),
        (_("What they say"), str(SAYS[statement.decision])),
        (_("About"), ", ".join(category_words(statement.categories)) or _("All data")),
        (_("With whom"), ", ".join(names.values()) or _("Any organization that can help")),
        (_("Given on"), day(statement.given_on, year=True)),
        (_("Until when"), until),
    ]
    return [{"label": label, "value": value} for label, value in rows]


@blueprint.get("/elsewhere/<uuid:statement_id>")
@requires(Permission.PRIVACY_CASE_MANAGE)
def settling(statement_id: UUID) -> str:
    """One of them, beside what is on record here."""
    return settling_page(statement_id)


@blueprint.post("/elsewhere/<uuid:statement_id>")
@requires(Permission.PRIVACY_CASE_MANAGE)
@again(settling_page)
def settle(statement_id: UUID) -> Response:
    """Keep which counts."""
    form = SettleSchema().read()
    with transaction() as session:
        consent.settle(session, g.actor, statement_id, form["settled"], words=form["words"], at=g.now)
    return redirect(url_for("privacy.elsewhere", done="settled"), 303)
