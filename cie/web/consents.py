"""What a person said about sharing, taking it back, and who saw what."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import consent, people, privacy
from cie.access import Permission, is_allowed
from cie.calendar import local_day
from cie.consent import Consent, Decision, Release
from cie.db import reading, transaction
from cie.errors import Invalid, NotFound
from cie.http import Page, paginate, public, requires
from cie.people import Person
from cie.web.consent_facts import fact_rows, kind_rows, set_rows
from cie.web.consent_form import (
    STAFF_METHODS,
    ConsentSchema,
    StopSchema,
    TakeBackSchema,
    at_consent_boxes,
    form_for,
    in_order,
    read_consent,
    read_taker,
    taker_choices,
)
from cie.web.consent_pages import (
    listed,
    page_of,
    place_names,
    stopped_words,
    what_follows_back,
    what_follows_stop,
)
from cie.web.consent_receipts import receipts_for
from cie.web.consent_rules import rule_lines
from cie.web.consent_saving import hidden_boxes, newest_of, saved, waiting_page, what_was_written
from cie.web.consent_words import method_choices
from cie.web.forms import Notice, again, typed
from cie.web.language import gettext as _
from cie.web.language_names import language_choices
from cie.web.paging import pages_of, wanted_page
from cie.web.person_words import full_name
from cie.web.signing_words import lines_on_person, no_link_words, ways_to_sign

PLAIN_METHODS = consent.forms()[consent.PLAIN].methods
blueprint = Blueprint("consents", __name__)
ROWS_A_PAGE = 20


@blueprint.get("/consents/rules")
@public
def rules() -> str:
    """The rules of the gate, in the order in which they are asked; nothing on it is about anybody."""
    return render_template("consents/rules.html", rules=rule_lines(), version=consent.rule_version())


@blueprint.get("/consents/rules/<rule_id>")
@public
def rule(rule_id: str) -> str:
    """One rule with the cases that it is tested against."""
    line = next((line for line in rule_lines() if line.text.id == rule_id), None)
    if line is None:
        raise NotFound("There is no such rule")
    return render_template("consents/rule.html", line=line)


@blueprint.get("/consents/facts")
@public
def facts() -> str:
    """Every fact that can leave, what each output carries, and the codes of HL7; nothing on it is about anybody."""
    return render_template("consents/facts.html", facts=fact_rows(), sets=set_rows(), kinds=kind_rows())


@blueprint.get("/consents/flows")
@public
def flows() -> str:
    """The declared flows; nothing on it is about anybody."""
    return render_template("consents/flows.html", flows=privacy.declared_flows().values())


def _today() -> date:
    return local_day(g.now)


@blueprint.get("/people/<uuid:person_id>/consents")
@requires(Permission.CONSENT_READ)
def index(person_id: UUID) -> str:
    """All that was said about sharing, newest first."""
    number = wanted_page()
    with reading() as session:
        person = people.get_person(session, g.actor, person_id)
        rows = listed(session, person, consent.consents_of(session, person.organization_id, person.id), _today())
        name, asked = full_name(person), lines_on_person(session, g.actor, person_id, at=g.now)
    start = (number - 1) * ROWS_A_PAGE
    page = Page(rows[start : start + ROWS_A_PAGE], number, ROWS_A_PAGE, len(rows) > start + ROWS_A_PAGE, len(rows))
    pages = pages_of(page, "consents.index", person_id=person_id)
    return render_template(
        "consents/index.html", rows=page.items, asked=asked, pages=pages, name=name, person_id=person_id
    )


def _new_page(person_id: UUID, errors: Any = (), notice: Notice | None = None) -> str:
    with reading() as session:
        person = people.get_person(session, g.actor, person_id)
        form = form_for(session, person, today=_today())
        newest = newest_of(session, person)
        ways = ways_to_sign(session, person, PLAIN_METHODS, g.now)
        no_link = no_link_words(session, person, PLAIN_METHODS, g.now)
    return render_template(
        "consents/new.html",
        errors=at_consent_boxes(errors, typed("signer")),
        notice=notice,
        person=person,
        name=full_name(person),
        form=form,
        **hidden_boxes(newest, is_told=notice is not None),
        methods=[*method_choices(STAFF_METHODS), *ways],
        no_link=no_link,
        languages=language_choices(),
        wording_version=consent.FORM_VERSION,
        back=waiting_page(),
    )


@blueprint.get("/people/<uuid:person_id>/consents/new")
@requires(Permission.CONSENT_WRITE)
def new(person_id: UUID) -> str:
    """The form on which a yes or a no is written down."""
    return _new_page(person_id)


@blueprint.post("/people/<uuid:person_id>/consents/new")
@requires(Permission.CONSENT_WRITE)
@again(_new_page, what_was_written)
def create(person_id: UUID) -> Response:
    """Keep what the person said; a second click keeps it once."""
    form, faults = ConsentSchema().read_what_is_right()
    said = read_consent(form, faults, today=_today())
    if faults:
        with reading() as session:
            faults += consent.what_is_wrong(session, g.actor, person_id, **said, at=g.now)
        raise Invalid.all(in_order(faults))
    return redirect(saved(person_id, said, form["seen_newest"]), 303)


@blueprint.get("/consents/<uuid:consent_id>")
@requires(Permission.CONSENT_READ)
def show(consent_id: UUID) -> str:
    """One record, whole; after a no, what can still be done."""
    with reading() as session:
        page = page_of(session, g.actor, consent_id, _today())
    return render_template("consents/show.html", page=page, notice=_done(page.stopped))


def _done(stopped: str) -> Notice | None:
    done = request.args.get("done")
    if done == "recorded":
        return Notice("good", _("Written down."))
    if done == "paper":
        return Notice("good", _("The paper is kept with this."))
    return Notice("good", _("We stopped."), stopped) if done == "taken-back" and stopped else None


def _back_page(consent_id: UUID, errors: Any = (), notice: Notice | None = None) -> str:
    with reading() as session:
        page = page_of(session, g.actor, consent_id, _today())
        record = consent.get_consent(session, g.actor, consent_id)
        person = people.get_person(session, g.actor, page.person_id)
        follows, takers = what_follows_back(session, person, record), taker_choices(person, _today())
    return render_template(
        "consents/take_back.html",
        errors=errors,
        notice=notice,
        page=page,
        follows=follows,
        methods=method_choices(STAFF_METHODS),
        takers=takers,
        is_yes=record.decision is Decision.SHARE,
    )


@blueprint.get("/consents/<uuid:consent_id>/revocation")
@requires(Permission.CONSENT_WRITE)
def take_back(consent_id: UUID) -> str:
    """Take it back: what will follow."""
    return _back_page(consent_id)


@blueprint.post("/consents/<uuid:consent_id>/revocation")
@requires(Permission.CONSENT_WRITE)
@again(_back_page)
def create_revocation(consent_id: UUID) -> Response:
    """The person takes it back, or one who stands for them."""
    form, faults = TakeBackSchema().read_what_is_right()
    with transaction() as session:
        record = consent.get_consent(session, g.actor, consent_id)
        person = people.get_person(session, g.actor, record.person_id)
        taker = read_taker(form, faults, person, today=_today())
        if faults:
            raise Invalid.all(faults)
        consent.revoke(session, g.actor, record.id, method=form["method"], revoked_by=taker, at=g.now)
    return redirect(url_for("consents.show", consent_id=consent_id, done="taken-back"), 303)


@blueprint.get("/people/<uuid:person_id>/shared")
@requires(Permission.CONSENT_READ)
def shared(person_id: UUID) -> str:
    """Who saw what, when, why and on what basis, and a way to stop each."""
    with reading() as session:
        person = people.person_or_erased(session, g.actor, person_id)
        query = consent.receipts_query(person.organization_id, person.id)
        page = paginate(session, query, number=wanted_page(), size=ROWS_A_PAGE, total=None)
        may_stop = is_allowed(g.actor, Permission.CONSENT_WRITE, person)
        found = receipts_for(session, person, page.items, may_stop=may_stop)
        notice = _stopped(session, person)
        name = full_name(person)
    pages = pages_of(page, "consents.shared", person_id=person_id)
    return render_template(
        "consents/shared.html", receipts=found, pages=pages, name=name, person_id=person_id, notice=notice
    )


def _stopped(session: Session, person: Person) -> Notice | None:
    """What to say after sharing was stopped; `stopped` names the record that says so, if one was needed."""
    asked = request.args.get("stopped")
    if asked is None:
        return None
    records = consent.consents_of(session, person.organization_id, person.id)
    record = next((c for c in records if str(c.id) == asked), None)
    return Notice("good", _("We stopped."), stopped_words(record.deliveries_on_the_way if record else 0))


def _release(session: Session, person_id: UUID, release_id: UUID) -> tuple[Person, Release]:
    person = people.get_person(session, g.actor, person_id)
    release = consent.get_release(session, g.actor, release_id)
    if release.person_id != person.id:
        raise NotFound("There is no such record")
    return person, release


def _stop_page(person_id: UUID, release_id: UUID, errors: Any = (), notice: Notice | None = None) -> str:
    with reading() as session:
        person, release = _release(session, person_id, release_id)
        place = place_names(session, person, [release.recipient_id])[release.recipient_id]
        follows = what_follows_stop(session, person, release)
    return render_template(
        "consents/stop.html",
        errors=errors,
        notice=notice,
        person_id=person_id,
        release_id=release_id,
        place=place,
        follows=follows,
        methods=method_choices(STAFF_METHODS),
    )


@blueprint.get("/people/<uuid:person_id>/shared/<uuid:release_id>/stop")
@requires(Permission.CONSENT_WRITE)
def stop(person_id: UUID, release_id: UUID) -> str:
    """Stop sharing with one place: what will follow."""
    return _stop_page(person_id, release_id)


@blueprint.post("/people/<uuid:person_id>/shared/<uuid:release_id>/stop")
@requires(Permission.CONSENT_WRITE)
@again(_stop_page)
def create_stop(person_id: UUID, release_id: UUID) -> Response:
    """This place may read nothing of the person any more."""
    method = StopSchema().read()["method"]
    with transaction() as session:
        person, release = _release(session, person_id, release_id)
        done = consent.stop_sharing_with(session, g.actor, person.id, release.recipient_id, method=method, at=g.now)
        record: Consent | None = done.no or next(iter(done.revoked), None)
        stopped = str(record.id) if record else "yes"
    return redirect(url_for("consents.shared", person_id=person_id, stopped=stopped), 303)
