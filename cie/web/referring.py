"""Making a referral: one form, one check that shows exactly what goes, then one button that sends it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import orjson
from flask import Blueprint, g, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import calendar, directory, events, people, referrals
from cie.access import Permission
from cie.db import reading, transaction
from cie.errors import Invalid, NotPossibleNow
from cie.http import STATUS, requires
from cie.referrals import Preview, Referral, Request
from cie.web.day_boxes import day_to_come
from cie.web.forms import FormSchema, Notice, again
from cie.web.language import lazy_gettext
from cie.web.person_words import row_of
from cie.web.refer_form import SEARCH, ContactSchema, DraftSchema, Filled, ReferralSchema, filled, request_of
from cie.web.refer_openly import open_check_context
from cie.web.refer_pages import check_context, contact_context, form_context
from cie.web.service_page import service_page

blueprint = Blueprint("referring", __name__)

Page = str | tuple[str, int]

DONE = {
    "saved": lazy_gettext("Saved for later. You find it in your worklist."),
    "permission": lazy_gettext("Written down. Your referral is here as you left it."),
}


def _choose_person_page() -> str:
    with reading() as session:
        recent = [(person.id, row_of(person)) for person in people.recent_people(session, g.actor)]
    return render_template("referring/person.html", recent=recent)


def _form(errors: Any = (), notice: Notice | None = None) -> tuple[str, bool]:
    """The form as it stands, and whether its search made sense."""
    with reading() as session:
        form = filled(session, fresh_id=_is_used_up(notice))
        context = form_context(session, form) if form else None
    if context is None:
        return _choose_person_page(), True
    faults = [*errors, *context.pop("search_errors")]
    return render_template("referring/new.html", errors=faults, notice=notice, **context), len(faults) == len(errors)


def _is_used_up(notice: Notice | None) -> bool:
    # After a refusal of the form's own id the next try is a new form.
    return notice is not None and notice.kind == "warn"


def form_page(errors: Any = (), notice: Notice | None = None) -> str:
    """The form, shown again."""
    return _form(errors, notice)[0]


@blueprint.get("/referrals/new")
@requires(Permission.REFERRAL_WRITE)
def new() -> "Page | Response":
    """Whom is it for, then the form; `draft` and `replaces` fill it from what is there."""
    _forget_another_persons_form()
    words = DONE.get(request.args.get("done", ""))
    try:
        page, made_sense = _form(notice=Notice("good", str(words)) if words else None)
    except NotPossibleNow:
        return redirect(url_for("referrals.show", referral_id=request.args["draft"]), 303)
    return page if made_sense else (page, STATUS[Invalid.code])


def _forget_another_persons_form() -> None:
    """What was typed before a sign-out comes back only on the page of the same person."""
    kept, here = getattr(g, "kept_form", None), request.args.get("person")
    if kept and here and kept.get("person") != here:
        g.kept_form = None


@blueprint.post("/referrals/new")
@requires(Permission.REFERRAL_WRITE)
@again(form_page)
def check() -> "Page | Response":
    """Every button of the form: search, a fresh preview, the check before sending, saving, giving the contact."""
    step = STEPS.get(request.form.get("action", ""))
    if step is not None and "update_preview" not in request.form:
        return step()
    page, made_sense = _form()
    return page if made_sense else (page, STATUS[Invalid.code])


def _read(schema: FormSchema, session: Session) -> tuple[dict[str, Any], Request]:
    form = schema.read()
    return form, request_of(session, form)


def _check_step() -> str:
    with reading() as session:
        _fields, asked = _read(ReferralSchema(), session)
        referrals.require_wanted(session, g.actor, asked)
        if asked.is_open:
            return _open_check_page(session, asked)
        (preview,) = referrals.preview(session, g.actor, asked, at=g.now)
        referrals.require_sendable(preview)
        return _check_page(session, asked, preview)


def _check_page(session: Session, asked: Request, preview: Preview, notice: Notice | None = None) -> str:
    form = _filled(session, notice)
    return render_template("referring/check.html", notice=notice, **check_context(session, form, asked, preview))


def _open_check_page(session: Session, asked: Request, notice: Notice | None = None) -> str:
    """The check of a request that anyone who can help may take. Raises NotPossibleNow when there is nobody."""
    found = referrals.candidates(session, g.actor, asked, at=g.now)
    if not found:
        raise NotPossibleNow(referrals.NOBODY)
    context = open_check_context(session, _filled(session, notice), asked, found)
    return render_template("referring/check_open.html", notice=notice, **context)


def _filled(session: Session, notice: Notice | None = None) -> Filled:
    form = filled(session, fresh_id=_is_used_up(notice))
    assert form is not None
    return form


def _save_step() -> Response:
    draft_id = _saved()
    return redirect(url_for("referring.new", draft=draft_id, done="saved"), 303)


def _leave_step() -> Response:
    _saved()
    return redirect(url_for("worklist.index"), 303)


def _consent_step() -> Response:
    """Keep the request, record what the person says about sharing, and come back to it as it was left."""
    with reading() as session:
        form, asked = _read(DraftSchema(), session)
    search = {name: form[name] for name in SEARCH if form[name]}
    back = url_for("referring.new", draft=_saved(), done="permission", **search)
    return redirect(url_for("consents.new", person_id=asked.person_id, back=back), 303)


def _saved() -> UUID:
    """The draft as it stands now; a second click on the same form changes the same one."""
    with reading() as session:
        form, asked = _read(DraftSchema(), session)
    with transaction() as session:
        key = events.claim_key(session, g.actor.id, f"referral.draft:{_form_id()}", b"", at=g.now)
        draft_id = form["draft"] or key.resource_id
        draft = referrals.save_draft(session, g.actor, asked, at=g.now, draft_id=draft_id)
        key.resource_id = draft.id
        session.add(key)
        return draft.id


def _contact_step() -> str:
    with reading() as session:
        _read(ContactSchema(), session)
    return contact_page()


STEPS: dict[str, Callable[[], "str | Response"]] = {
    "check": _check_step,
    "save": _save_step,
    "leave": _leave_step,
    "consent": _consent_step,
    "contact": _contact_step,
}


def _form_id() -> str:
    return request.form.get("form_id", "")[:64] or uuid4().hex


def _once(what: str, content: dict[str, Any], make: Callable[[Session], Referral]) -> UUID:
    """Do this once for this form: a second click finds what the first one made."""
    body = orjson.dumps(content, option=orjson.OPT_SORT_KEYS, default=str)
    try:
        with transaction() as session:
            key = events.claim_key(session, g.actor.id, f"{what}:{_form_id()}", body, at=g.now)
            if key.resource_id is None:
                key.resource_id = make(session).id
                session.add(key)
            return key.resource_id
    except Invalid as error:
        if error.field != "Idempotency-Key":
            raise
        raise NotPossibleNow("This form was already sent. Send again to ask once more") from error


def after_refusal(errors: Any = (), notice: Notice | None = None) -> str:
    """What was not sent: the check again when there is still something to send, else the form with the reason."""
    if errors:
        return form_page(errors, notice)
    with reading() as session:
        _fields, asked = _read(ReferralSchema(), session)
        if asked.is_open:
            is_left = referrals.candidates(session, g.actor, asked, at=g.now)
            return _open_check_page(session, asked, notice) if is_left else form_page(errors, notice)
        (preview,) = referrals.preview(session, g.actor, asked, at=g.now)
        if preview.refusal is None:
            return _check_page(session, asked, preview, notice)
    return form_page(errors, notice)


@blueprint.post("/referrals")
@requires(Permission.REFERRAL_WRITE)
@again(after_refusal)
def create() -> Response:
    """Send exactly what the check showed, once."""
    with reading() as session:
        form, asked = _read(ReferralSchema(), session)
    send: Any = referrals.ask_openly if asked.is_open else referrals.send
    seen, draft_id = form["preview"] if asked.is_open else [form["preview"]], form["draft"]
    referral_id = _once(
        "referral.send",
        form,
        lambda session: send(session, g.actor, asked, previewed=seen, draft_id=draft_id, at=g.now),
    )
    return redirect(url_for("referrals.show", referral_id=referral_id, done="sent"), 303)


def contact_page(errors: Any = (), notice: Notice | None = None) -> str:
    """The page on which a contact is given, or first the choice of a person: nothing about them goes anywhere."""
    with reading() as session:
        form = filled(session, fresh_id=_is_used_up(notice))
        context = contact_context(session, form) if form else None
    if context is None:
        return form_page(errors, notice)
    return render_template("referring/contact.html", errors=errors, notice=notice, **context)


@blueprint.post("/referrals/contacts")
@requires(Permission.REFERRAL_WRITE)
@again(contact_page)
def give() -> Response:
    """Keep that the person was given the contact, once."""
    with reading() as session:
        form, asked = _read(ContactSchema(), session)
    is_dated = form["until_month"] or form["until_day"]
    values = {
        "follow_up_on": day_to_come(form, today=calendar.local_day(g.now)) if is_dated else None,
        "said": form["said"],
        "draft_id": form["draft"],
    }
    referral_id = _once(
        "referral.give",
        form,
        lambda session: referrals.give_contact(session, g.actor, asked, at=g.now, **values),
    )
    return redirect(url_for("referrals.show", referral_id=referral_id, done="given"), 303)


@blueprint.get("/referrals/sheets/<uuid:service_id>")
@requires(Permission.DIRECTORY_READ)
def sheet(service_id: UUID) -> str:
    """One service on paper; nothing on it says for whom or for what."""
    with reading() as session:
        details = directory.get_service_details(session, service_id, at=g.now)
    services = [service_page(details, endpoint="directory.show")]
    back = url_for("directory.show", service_id=service_id)
    return render_template("directory/printed.html", services=services, back=back, today=g.now, leave=False)
