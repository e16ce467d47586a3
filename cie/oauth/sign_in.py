"""Signing in at an organization's own OpenID provider, and out again. Nothing of anybody stands in an address of ours.

The browser keeps which question it asked (a random `state`) in the signed cookie of the forms. Pages lead on to the
provider by themselves and by a link, since a form of ours may not be sent to another site.
"""

import hmac
import secrets
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, g, jsonify, make_response, redirect, render_template, request, url_for
from flask import session as form_session
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from cie import events, identity
from cie.access import SYSTEM, Permission
from cie.db import reading, transaction
from cie.errors import Busy, CieError, Invalid
from cie.http import STATUS, browser_marks, browser_name, draw_forms_for, keep_signed_in, public, requires
from cie.identity import IdentityProvider, Said, UserAccount
from cie.oauth.relying import Refused, answer, leaving_address, named_in, question, signed_out

blueprint = Blueprint("organization_sign_in", __name__, url_prefix="/sign-in/organization")
LONGEST_EMAIL, LONGEST_NEXT, LONGEST_CODE = 254, 500, 2000
BEGUN = "organization_sign_in"


@blueprint.get("")
@public
def show() -> str:
    """Ask for the work e-mail, whose domain leads to the provider."""
    return _page()


def _page(errors: Any = (), *, is_unknown: bool = False) -> str:
    wanted = request.values.get("next", "")[:LONGEST_NEXT]
    return render_template("oauth/begin.html", errors=errors, is_unknown=is_unknown, next=wanted)


@blueprint.post("")
@public
def begin() -> "Response | tuple[str, int]":
    """Lead on to the provider of this address; that there is none says nothing of who has an account."""
    email = request.form.get("email", "").strip()
    if "@" not in email or len(email) > LONGEST_EMAIL:
        fault = Invalid(_("Work email: enter an address like name@organization.org"), "email")
        return _page([fault]), STATUS[fault.code]
    with reading() as session:
        provider = identity.provider_for_email(session, email)
    if provider is None:
        return make_response(_page(is_unknown=True))
    return _onward(provider, request.form.get("next", "")[:LONGEST_NEXT])


@blueprint.post("/proof")
@requires(Permission.OWN_ACCOUNT)
def begin_proof() -> "Response | tuple[str, int]":
    """Show again, at the provider at which this session began, who it is, before something sensitive changes."""
    with reading() as session:
        provider = identity.provider_of_session(session, g.signed_in.session.id)
    if provider is None:
        return turned("no-proof")
    return _onward(provider, request.form.get("next", "")[:LONGEST_NEXT], proof_for=g.signed_in.session.id)


def _onward(provider: IdentityProvider, wanted: str, proof_for: UUID | None = None) -> "Response | tuple[str, int]":
    state = secrets.token_urlsafe(32)
    try:
        address = question(provider, state, again=proof_for is not None)
    except Busy:
        return turned("away")
    form_session[BEGUN] = {
        "state": state,
        "provider": str(provider.id),
        "at": int(g.now.timestamp()),
        "next": wanted,
        "proof_for": str(proof_for) if proof_for else "",
    }
    return _leading_to(address, is_leaving=False)


def _leading_to(address: str, *, is_leaving: bool) -> Response:
    response = make_response(render_template("oauth/onward.html", address=address, is_leaving=is_leaving))
    response.headers["Refresh"] = f"0; url={address}"
    return response


def turned(why: str) -> tuple[str, int]:
    """The page of somebody who is not let in, with what to do now."""
    status = STATUS[Busy.code] if why == "away" else 403
    return render_template("oauth/turned.html", why=why, next=""), status


@blueprint.get("/return")
@public
def come_back() -> "Response | tuple[str, int]":
    """Somebody comes back from the provider with a code; in this browser they asked for it, a moment ago, once."""
    begun = form_session.pop(BEGUN, None)
    if not _is_answer_to(begun):
        return turned("late")
    with transaction() as session:
        is_first = identity.use_state(session, begun["state"], at=g.now)
        provider = identity.open_provider(session, UUID(begun["provider"]))
    if not is_first:
        return turned("late")
    if provider is None:
        return turned("no-account")
    if "code" not in request.args or len(request.args["code"]) > LONGEST_CODE:
        return _refuse(provider, "denied" if "error" in request.args else "code")
    return _heard(provider, begun)


def _is_answer_to(begun: dict[str, str] | None) -> bool:
    """Whether the request answers what was asked in this browser, and each value came once."""
    if begun is None or any(len(request.args.getlist(name)) > 1 for name in request.args):
        return False
    is_in_time = g.now.timestamp() - int(begun["at"]) <= identity.STATE_LIVES.total_seconds()
    state = request.args.get("state", "")
    return is_in_time and hmac.compare_digest(begun["state"].encode(), state.encode())


def _heard(provider: IdentityProvider, begun: dict[str, str]) -> "Response | tuple[str, int]":
    is_proof = bool(begun["proof_for"])
    try:
        said = answer(provider, begun["state"], request.args["code"], request.args.get("iss"), again=is_proof)
    except Refused as refused:
        return _refuse(provider, refused.why)
    except CieError:
        return turned("away")
    return _proven(provider, said, begun) if is_proof else _arrived(provider, said, begun["next"])


def _refuse(provider: IdentityProvider, why: str) -> tuple[str, int]:
    """Not an answer that counts. Why stands in the audit of the organization."""
    with transaction() as session:
        organization = {"organization_id": provider.organization_id}
        events.record(session, SYSTEM, "provider.refuse", provider, at=g.now, why=why, **organization)
    return turned("denied" if why == "denied" else "unchecked")


def _arrived(provider: IdentityProvider, said: Said, wanted: str) -> "Response | tuple[str, int]":
    if getattr(g, "me", None) is not None and g.signed_in.session.handed_over_for is not None:
        # a provider that remembers the worker would let in whoever holds the screen, unasked
        return redirect(url_for("handing_over.take_back"), 303)
    token = ""
    try:
        with transaction() as session:
            arrival = identity.arrive(session, provider, said, at=g.now)
            user = arrival.user
            if user is not None and not arrival.needs_code:
                token = identity.start_session_through(session, user, provider, said, browser=browser_name(), at=g.now)
    except Invalid:
        # the same account was made a moment ago, in another window
        return turned("late")
    if user is None:
        return turned(arrival.why)
    return _to_code(provider, said, user, wanted) if arrival.needs_code else _in(user, token, wanted)


def _to_code(provider: IdentityProvider, said: Said, user: UserAccount, wanted: str) -> Response:
    """The provider showed one factor; ours is the second."""
    form_session["half"] = [str(user.id), int(g.now.timestamp())]
    form_session["next"] = wanted
    form_session["through"] = {"provider": str(provider.id), "sid": said.sid or ""}
    return redirect(url_for("sign_in.code"), 303)


def _in(user: UserAccount, token: str, wanted: str) -> Response:
    """Signed in; the page of signing in leads on, and to our own pages alone."""
    form_session.pop("half", None)
    draw_forms_for(user.id)
    response = redirect(url_for("sign_in.show", next=wanted or None), 303)
    marks = identity.mark_browser(user.email, browser_marks(), at=g.now)
    keep_signed_in(response, token, marks, marks_live_seconds=int(identity.MARK_LIVES.total_seconds()))
    return response


def _proven(provider: IdentityProvider, said: Said, begun: dict[str, str]) -> "Response | tuple[str, int]":
    """The same session goes on, with a fresh proof."""
    if getattr(g, "me", None) is None or str(g.signed_in.session.id) != begun["proof_for"]:
        return turned("late")
    with transaction() as session:
        is_good = identity.prove_through(session, g.actor, g.signed_in.session.id, provider, said, at=g.now)
    if not is_good:
        return turned("no-proof")
    return redirect(url_for("sign_in.show", next=begun["next"] or None), 303)


@blueprint.get("/leaving")
@public
def leaving() -> Response:
    """Our session has ended; at the provider it goes on, unless they sign out there, too."""
    left, back = form_session.pop("left", None), url_for("sign_in.show")
    with reading() as session:
        provider = identity.open_provider(session, UUID(left)) if left else None
    address = None
    if provider is not None:
        try:
            address = leaving_address(provider, current_app.extensions["cie-settings"].public_url + back)
        except Busy:
            address = None
    return _leading_to(address, is_leaving=True) if address else redirect(back)


@blueprint.post("/logout")
@public
def end_sessions() -> Response:
    """A provider says that somebody signed out there (OpenID Connect Back-Channel Logout 1.0)."""
    text = request.form.get("logout_token", "")
    try:
        issuer, client_ids = named_in(text)
        with reading() as session:
            provider = identity.provider_of_issuer(session, issuer, client_ids)
        if provider is None:
            raise Refused("logout-token")
        claims = signed_out(provider, text)
    except Refused:
        return _logout_answer(400)
    with transaction() as session:
        if identity.use_state(session, f"logout:{provider.id}:{claims['jti']}", at=g.now):
            subject, sid = claims.get("sub"), claims.get("sid")
            identity.end_at_providers_word(session, provider, subject=subject, sid=sid, at=g.now)
    return _logout_answer(200)


def _logout_answer(status: int) -> Response:
    response = jsonify({} if status == 200 else {"error": "invalid_request"})
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response
