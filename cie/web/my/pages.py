"""Inside: what I said about sharing, who saw what, taking back, and a copy of it all."""

from typing import Any
from uuid import UUID

from flask import g, make_response, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import consent, people
from cie.access import Permission
from cie.calendar import local_day
from cie.consent import Method, SignerKind
from cie.db import reading, transaction
from cie.http import Page, paginate, requires
from cie.people import Person
from cie.people.birth import is_under
from cie.web.consent_pages import stopped_words
from cie.web.consent_receipts import receipts_for
from cie.web.forms import Notice, again
from cie.web.language import gettext as _
from cie.web.my.blueprint import blueprint
from cie.web.my.copy import copy_of
from cie.web.my.words import own_facts, own_lines, taking_back
from cie.web.paging import pages_of, wanted_page

ROWS_A_PAGE = 20


@blueprint.get("")
@requires(Permission.OWN_PAGE)
def show() -> str:
    """What I said about sharing, newest first."""
    number = wanted_page()
    with reading() as session:
        lines = own_lines(session, consent.own_consents(session, g.actor), local_day(g.now))
        notice = _stopped(session)
    start = (number - 1) * ROWS_A_PAGE
    page = Page(lines[start : start + ROWS_A_PAGE], number, ROWS_A_PAGE, len(lines) > start + ROWS_A_PAGE, len(lines))
    rows = [(line, own_facts(line)) for line in page.items]
    return render_template("my/show.html", rows=rows, pages=pages_of(page, "my.show"), notice=notice)


def _stopped(session: Session) -> Notice | None:
    """What to say after something was taken back."""
    records = consent.own_consents(session, g.actor)
    record = next((r for r in records if str(r.id) == request.args.get("stopped") and r.revoked_at), None)
    return Notice("good", _("We stopped."), stopped_words(record.deliveries_on_the_way)) if record else None


@blueprint.get("/seen")
@requires(Permission.OWN_PAGE)
def seen() -> str:
    """Who saw what, when, why and on what basis."""
    with reading() as session:
        person = people.own_record(session, g.actor)
        query = consent.own_receipts_query(session, g.actor)
        page = paginate(session, query, number=wanted_page(), size=ROWS_A_PAGE, total=None)
        receipts = receipts_for(session, person, page.items, may_stop=False, to_person=True)
    return render_template("my/seen.html", receipts=receipts, pages=pages_of(page, "my.seen"))


def _back_page(consent_id: UUID, errors: Any = (), notice: Notice | None = None) -> str:
    with reading() as session:
        record = consent.own_yes(session, g.actor, consent_id)
        person = people.own_record(session, g.actor)
        page = taking_back(session, g.actor, person, record, local_day(g.now))
    return render_template("my/take_back.html", page=page, facts=own_facts(page.line), errors=errors, notice=notice)


@blueprint.get("/permissions/<uuid:consent_id>/revocation")
@requires(Permission.OWN_PAGE)
def take_back(consent_id: UUID) -> str:
    """What was already sent, and what will follow."""
    return _back_page(consent_id)


@blueprint.post("/permissions/<uuid:consent_id>/revocation")
@requires(Permission.OWN_PAGE)
@again(_back_page)
def create_revocation(consent_id: UUID) -> Response:
    """Stop sharing; it counts at once."""
    with transaction() as session:
        record = consent.own_yes(session, g.actor, consent_id)
        taker = _taker(people.own_record(session, g.actor))
        consent.revoke(session, g.actor, record.id, method=Method.BY_LINK, revoked_by=taker, at=g.now)
    return redirect(url_for("my.show", stopped=consent_id), 303)


def _taker(person: Person) -> SignerKind:
    is_minor = is_under(people.birth_of(person), consent.ADULT_YEARS, local_day(g.now))
    return SignerKind.MINOR if is_minor else SignerKind.PERSON


@blueprint.post("/copy")
@requires(Permission.OWN_PAGE)
def create_copy() -> Response:
    """Everything of these pages as one text; that it was taken is recorded."""
    with transaction() as session:
        person = people.take_copy(session, g.actor, at=g.now)
        lines = own_lines(session, consent.own_consents(session, g.actor), local_day(g.now))
        rows = session.execute(consent.own_receipts_query(session, g.actor)).scalars().all()
        receipts = receipts_for(session, person, rows, may_stop=False, to_person=True)
    response = make_response(copy_of(lines, receipts, g.now))
    response.headers["Content-Type"] = "text/plain; charset=utf-8"
    response.headers["Content-Disposition"] = "attachment; filename=copy.txt"
    return response
