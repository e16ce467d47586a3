"""Inside: what was said about sharing, who saw what, taking back, a copy of it all, and who else can look."""

from typing import Any
from uuid import UUID

from flask import g, make_response, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import consent, people
from cie.access import Permission
from cie.calendar import local_day
from cie.consent import Method, SignerKind
from cie.consent.own_view import OwnConsent
from cie.db import reading, transaction
from cie.http import Page, paginate, requires
from cie.people import Person, ProxyScope, Relationship
from cie.people.birth import is_under
from cie.web.consent_pages import stopped_words
from cie.web.consent_receipts import Receipt, receipts_for
from cie.web.forms import Notice, again
from cie.web.language import gettext as _
from cie.web.my.blueprint import blueprint
from cie.web.my.copy import copy_of
from cie.web.my.proxy_words import proxy_lines
from cie.web.my.signing import to_sign
from cie.web.my.tasks import asked_of_you
from cie.web.my.words import OwnLine, is_told_to_them, own_facts, own_lines, taking_back
from cie.web.paging import pages_of, wanted_page

ROWS_A_PAGE = 20


@blueprint.get("")
@requires(Permission.OWN_PAGE)
def show() -> str:
    """What was said about sharing, newest first; to the person also who can look in their place."""
    return _page()


def _page(proxy_id: UUID | None = None, errors: Any = (), notice: Notice | None = None) -> str:
    number = wanted_page()
    with reading() as session:
        scope = people.scope_of(session, g.actor)
        person = people.own_record(session, g.actor)
        said = _said(session, scope)
        lines = own_lines(session, g.actor, said, local_day(g.now))
        others, asked, tasks = _others(session, person), to_sign(session, at=g.now), asked_of_you(session)
    notice = notice or _stopped(said) or _ended()
    start = (number - 1) * ROWS_A_PAGE
    page = Page(lines[start : start + ROWS_A_PAGE], number, ROWS_A_PAGE, len(lines) > start + ROWS_A_PAGE, len(lines))
    return render_template(
        "my/show.html",
        rows=[(line, own_facts(line)) for line in page.items],
        pages=pages_of(page, "my.show"),
        scope=scope,
        others=others,
        asked=asked,
        tasks=tasks,
        errors=errors,
        notice=notice,
    )


def _said(session: Session, scope: frozenset[ProxyScope]) -> list[OwnConsent]:
    may_see = ProxyScope.SEE_PERMISSIONS in scope
    return consent.own_consents(session, g.actor, at=g.now) if may_see else []


def _others(session: Session, person: Person) -> Any:
    """Who can look in the person's place; told to the person alone."""
    if not is_told_to_them(g.actor):
        return None
    return proxy_lines(person, people.proxies_of(session, g.actor, person.id, at=g.now))


def _stopped(said: list[OwnConsent]) -> Notice | None:
    """What to say after something was taken back."""
    asked = request.args.get("stopped")
    record = next((each.record for each in said if str(each.record.id) == asked and each.record.revoked_at), None)
    if record is None:
        return None
    count = record.deliveries_on_the_way if is_told_to_them(g.actor) else None
    return Notice("good", _("We stopped."), stopped_words(count))


def _ended() -> Notice | None:
    return Notice("good", _("They can look no more.")) if request.args.get("ended") else None


@blueprint.get("/seen")
@requires(Permission.OWN_PAGE)
def seen() -> str:
    """Who saw what, when, why and on what basis."""
    with reading() as session:
        person = people.own_record(session, g.actor)
        query = consent.own_receipts_query(session, g.actor, at=g.now)
        page = paginate(session, query, number=wanted_page(), size=ROWS_A_PAGE, total=None)
        receipts = _receipts(session, person, page.items)
    return render_template("my/seen.html", receipts=receipts, pages=pages_of(page, "my.seen"))


def _receipts(session: Session, person: Person, rows: Any) -> list[Receipt]:
    return receipts_for(session, person, rows, may_stop=False, to_person=is_told_to_them(g.actor))


def _back_page(consent_id: UUID, errors: Any = (), notice: Notice | None = None) -> str:
    with reading() as session:
        said = consent.own_yes(session, g.actor, consent_id, at=g.now)
        person = people.own_record(session, g.actor)
        page = taking_back(session, g.actor, person, said, g.now)
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
        said = consent.own_yes(session, g.actor, consent_id, at=g.now)
        taker = _taker(session, people.own_record(session, g.actor))
        consent.revoke(session, g.actor, said.record.id, method=Method.BY_LINK, revoked_by=taker, at=g.now)
    return redirect(url_for("my.show", stopped=consent_id), 303)


def _taker(session: Session, person: Person) -> SignerKind:
    """Who takes it back: a parent, who represents them by law, or else the person, also by somebody they chose."""
    relationship = people.relationship_of(session, g.actor)
    if relationship is Relationship.PARENT_OR_GUARDIAN:
        return SignerKind.PARENT_OR_GUARDIAN
    if relationship is Relationship.LEGAL_REPRESENTATIVE:
        return SignerKind.LEGAL_REPRESENTATIVE
    is_minor = is_under(people.birth_of(person), consent.ADULT_YEARS, local_day(g.now))
    return SignerKind.MINOR if is_minor else SignerKind.PERSON


@blueprint.post("/copy")
@requires(Permission.OWN_PAGE)
def create_copy() -> Response:
    """Everything of these pages as one text; that it was taken is recorded."""
    with transaction() as session:
        person = people.take_copy(session, g.actor, at=g.now)
        scope = people.scope_of(session, g.actor)
        lines = _lines_to_copy(session) if ProxyScope.SEE_PERMISSIONS in scope else None
        receipts = _receipts_to_copy(session, person) if ProxyScope.SEE_SHARED in scope else None
    response = make_response(copy_of(lines, receipts, g.now, to_them=is_told_to_them(g.actor)))
    response.headers["Content-Type"] = "text/plain; charset=utf-8"
    response.headers["Content-Disposition"] = "attachment; filename=copy.txt"
    return response


def _lines_to_copy(session: Session) -> list[OwnLine]:
    return own_lines(session, g.actor, consent.own_consents(session, g.actor, at=g.now), local_day(g.now))


def _receipts_to_copy(session: Session, person: Person) -> list[Receipt]:
    query = consent.own_receipts_query(session, g.actor, at=g.now)
    return _receipts(session, person, session.execute(query).scalars().all())


@blueprint.post("/others/<uuid:proxy_id>/end")
@requires(Permission.OWN_PAGE)
@again(_page)
def create_proxy_end(proxy_id: UUID) -> Response:
    """Somebody can look in the person's place no more, as the person wants; it counts at once."""
    with transaction() as session:
        people.end_proxy(session, g.actor, proxy_id, at=g.now)
    return redirect(url_for("my.show", ended="yes"), 303)
