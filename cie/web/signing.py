"""Asking somebody to sign, as staff see it: what waits, the screen that is handed over, the link, the answers."""

from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import consent, identity, messaging, people
from cie.access import Permission
from cie.consent import Method, SigningRequest, SigningState
from cie.consent.said import from_data
from cie.db import reading, transaction
from cie.http import requires
from cie.web.consent_copies import speak
from cie.web.consent_saving import waiting_page
from cie.web.forms import Notice, again
from cie.web.language import lazy_gettext, our_language
from cie.web.organization import done_notice
from cie.web.person_words import full_name
from cie.web.signing_asking import asked
from cie.web.signing_box import read_signature
from cie.web.signing_text import text_now, what_is_new
from cie.web.signing_words import askers, signing_line

blueprint = Blueprint("signing", __name__, url_prefix="/consents/signing")
DONE = {
    "texted": lazy_gettext("A text with their link is on its way. It says nothing of what it is for."),
    "withdrawn": lazy_gettext("We stopped asking. Nobody can sign it any more."),
    "read": lazy_gettext("Saved. It is off the list."),
}


@blueprint.get("")
@requires(Permission.CONSENT_READ)
def index() -> str:
    """Answers by link of which nobody took note yet."""
    with reading() as session:
        found = consent.answers_to_read(session, g.actor)
        persons = people.get_persons(session, g.actor, {each.person_id for each in found})
        names = askers(session, g.actor, found)
        rows = [(signing_line(each, names, g.now), full_name(persons[each.person_id])) for each in found]
    return render_template("signing/index.html", rows=rows, notice=done_notice(DONE))


def _page(signing_id: UUID, errors: Any = (), notice: Notice | None = None) -> str:
    with reading() as session:
        wanted = consent.get_signing(session, g.actor, signing_id)
        person = people.get_person(session, g.actor, wanted.person_id)
        shown = {
            "line": signing_line(wanted, askers(session, g.actor, [wanted]), g.now),
            "lines": wanted.lines,
            "changed": _changed(session, wanted),
            "name": full_name(person),
            "has_link": people.working_link_of(session, person, at=g.now) is not None,
            "has_phone": messaging.link_point(session, person) is not None,
        }
        answer = {"person_id": person.id, "consent_id": wanted.consent_id, "is_read": wanted.read_at is not None}
        language = our_language(wanted.language) or "en"
    return render_template(
        "signing/show.html", **shown, **answer, text_lang=language, errors=errors,
        notice=notice or done_notice(DONE), back=waiting_page(),
    )  # fmt: skip


def _changed(session: Session, wanted: SigningRequest) -> str:
    """What an open text says now that it did not say when it was made."""
    if wanted.standing(g.now) is not SigningState.OPEN:
        return ""
    return what_is_new(wanted, text_now(session, g.actor, wanted, at=g.now))


@blueprint.get("/<uuid:signing_id>")
@requires(Permission.CONSENT_READ)
def show(signing_id: UUID) -> str:
    """One request: exactly what they sign, what became of it, and what can be done."""
    return _page(signing_id)


@blueprint.post("/<uuid:signing_id>/text")
@requires(Permission.CONSENT_WRITE)
@again(_page)
def create_text(signing_id: UUID) -> Response:
    """Text the person their link, again if need be."""
    with transaction() as session:
        messaging.text_signing(session, g.actor, signing_id, at=g.now)
    return redirect(url_for("signing.show", signing_id=signing_id, done="texted"), 303)


@blueprint.post("/<uuid:signing_id>/withdrawal")
@requires(Permission.CONSENT_WRITE)
@again(_page)
def create_withdrawal(signing_id: UUID) -> Response:
    """Take it back; nobody can sign it any more."""
    with transaction() as session:
        consent.withdraw(session, g.actor, signing_id, at=g.now)
    return redirect(url_for("signing.show", signing_id=signing_id, done="withdrawn"), 303)


@blueprint.post("/<uuid:signing_id>/renewal")
@requires(Permission.CONSENT_WRITE)
@again(_page)
def create_renewal(signing_id: UUID) -> Response:
    """Ask for the same once more, in the words of today; what was open before is taken back."""
    with transaction() as session:
        old = consent.get_signing(session, g.actor, signing_id)
        if old.standing(g.now) is SigningState.OPEN:
            consent.withdraw(session, g.actor, old.id, at=g.now)
        new_id = asked(session, old.person_id, from_data(old.said))
    return redirect(url_for("signing.show", signing_id=new_id), 303)


@blueprint.post("/<uuid:signing_id>/reading")
@requires(Permission.CONSENT_WRITE)
@again(_page)
def create_reading(signing_id: UUID) -> Response:
    """The answer was read; it is off the list."""
    with transaction() as session:
        consent.take_note(session, g.actor, signing_id, at=g.now)
    return redirect(url_for("signing.index", done="read"), 303)


def _screen(signing_id: UUID, errors: Any = (), notice: Notice | None = None) -> str:
    with reading() as session:
        wanted = consent.get_signing(session, g.actor, signing_id)
        if wanted.method is not Method.ON_SCREEN or wanted.standing(g.now) is not SigningState.OPEN:
            speak(wanted.language)
            return render_template("signing/done.html", worker=g.me.name, signing_id=signing_id)
        changed, lines = _changed(session, wanted), wanted.lines
    speak(wanted.language)
    return render_template(
        "signing/screen.html",
        lines=lines,
        changed=changed,
        worker=g.me.name,
        signing_id=signing_id,
        is_other=_tells_of_name(errors),
        name=request.form.get("signature", ""),
        errors=[] if changed else errors,
        notice=None if changed else notice,
    )


def _tells_of_name(errors: Any) -> bool:
    """Whether the signer is asked if another name is theirs."""
    return bool(errors) and bool(request.form.get("signature"))


@blueprint.post("/<uuid:signing_id>/handover")
@requires(Permission.CONSENT_WRITE)
@again(_page)
def create_handover(signing_id: UUID) -> Response:
    """Hand the screen to the person: it shows this text alone, until its worker takes it back."""
    with transaction() as session:
        wanted = consent.get_signing(session, g.actor, signing_id)
        identity.hand_over(session, g.actor, g.signed_in.session.id, wanted.id, at=g.now)
    return redirect(url_for("signing.screen", signing_id=signing_id), 303)


@blueprint.get("/<uuid:signing_id>/screen")
@requires(Permission.CONSENT_WRITE)
def screen(signing_id: UUID) -> str | Response:
    """What the person reads and signs, on the screen that was handed to them; afterwards nothing of it."""
    if g.signed_in.session.handed_over_for != signing_id:
        return redirect(url_for("signing.show", signing_id=signing_id), 303)
    return _screen(signing_id)


@blueprint.post("/<uuid:signing_id>/screen")
@requires(Permission.CONSENT_WRITE)
@again(_screen)
def create_signature(signing_id: UUID) -> Response:
    """They sign."""
    signature = read_signature()
    with transaction() as session:
        wanted = consent.get_signing(session, g.actor, signing_id)
        lines = text_now(session, g.actor, wanted, at=g.now)
        consent.sign(session, g.actor, signing_id, lines=lines, signature=signature, at=g.now)
    return redirect(url_for("signing.screen", signing_id=signing_id), 303)


@blueprint.post("/<uuid:signing_id>/refusal")
@requires(Permission.CONSENT_WRITE)
@again(_screen)
def create_refusal(signing_id: UUID) -> Response:
    """They do not sign. Nothing is written down about sharing."""
    with transaction() as session:
        consent.decline(session, g.actor, signing_id, at=g.now)
    return redirect(url_for("signing.screen", signing_id=signing_id), 303)
