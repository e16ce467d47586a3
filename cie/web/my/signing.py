"""Something to read and sign, on the person's own page: one text, then a name or a drawing, or no."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import g, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import consent
from cie.access import Permission
from cie.consent import SigningState
from cie.db import reading, transaction
from cie.http import requires
from cie.web.consent_copies import speak
from cie.web.forms import Notice, again
from cie.web.my.blueprint import blueprint
from cie.web.person_words import dated
from cie.web.signing_box import read_signature
from cie.web.signing_text import text_now, what_is_new


@dataclass(frozen=True)
class ToSign:
    """What the page says first: the one text that waits longest, and what nobody can sign any more."""

    id: UUID | None
    until: str
    is_over: bool
    was_taken_back: bool


def to_sign(session: Session, *, at: datetime) -> ToSign:
    """What was sent to the person to sign."""
    found = [(each, each.standing(at)) for each in consent.own_signings(session, g.actor, at=at)]
    first = next((each for each, standing in found if standing is SigningState.OPEN), None)
    return ToSign(
        first.id if first else None,
        dated(first.expires_at) if first else "",
        is_over=any(standing is SigningState.EXPIRED for _each, standing in found),
        was_taken_back=any(standing is SigningState.WITHDRAWN for _each, standing in found),
    )


def _page(signing_id: UUID, errors: Any = (), notice: Notice | None = None) -> str:
    with reading() as session:
        wanted = consent.own_signing(session, g.actor, signing_id, at=g.now)
        standing = wanted.standing(g.now)
        if standing is not SigningState.OPEN:
            return render_template("my/signed.html", standing=standing.value)
        changed, lines = what_is_new(wanted, text_now(session, g.actor, wanted, at=g.now)), wanted.lines
    speak(wanted.language)
    return render_template(
        "my/sign.html",
        lines=lines,
        changed=changed,
        signing_id=signing_id,
        is_other=bool(errors) and bool(request.form.get("signature")),
        name=request.form.get("signature", ""),
        errors=[] if changed else errors,
        notice=None if changed else notice,
    )


@blueprint.get("/sign/<uuid:signing_id>")
@requires(Permission.OWN_PAGE)
def sign(signing_id: UUID) -> str:
    """The text, and the box under it; once it was answered, nothing of it."""
    return _page(signing_id)


@blueprint.post("/sign/<uuid:signing_id>")
@requires(Permission.OWN_PAGE)
@again(_page)
def create_signature(signing_id: UUID) -> Response:
    """They sign."""
    signature = read_signature()
    with transaction() as session:
        wanted = consent.own_signing(session, g.actor, signing_id, at=g.now)
        lines = text_now(session, g.actor, wanted, at=g.now)
        consent.sign(session, g.actor, signing_id, lines=lines, signature=signature, at=g.now)
    return redirect(url_for("my.sign", signing_id=signing_id), 303)


@blueprint.post("/sign/<uuid:signing_id>/refusal")
@requires(Permission.OWN_PAGE)
@again(_page)
def create_refusal(signing_id: UUID) -> Response:
    """They do not sign. Nothing is written down about sharing."""
    with transaction() as session:
        consent.decline(session, g.actor, signing_id, at=g.now)
    return redirect(url_for("my.sign", signing_id=signing_id), 303)
