"""The text door: what the provider of texts posts to us, signed with our token for our public address.

What is not signed is refused without a word of why, and counted by where it came from.
"""

import re
from datetime import timedelta

from flask import Blueprint, Response, current_app, g, request

from cie import events, messaging
from cie.db import reading, transaction
from cie.errors import Invalid, TooMany
from cie.http import public
from cie.identity.throttling import network_of
from cie.people.formats import parse_phone
from cie.settings import Settings

blueprint = Blueprint("sms", __name__, url_prefix="/sms")

UNSIGNED_TRIES = 20
UNSIGNED_WINDOW = timedelta(minutes=15)
NOTHING_TO_SAY = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
SID = re.compile(r"[A-Za-z0-9]{8,64}")
E164 = re.compile(r"\+[1-9]\d{6,14}")


@blueprint.before_request
def refuse_unsigned() -> Response | None:
    """Let in what carries the provider's signature for this address and form."""
    settings: Settings = current_app.extensions["cie-settings"]
    url = settings.public_url.rstrip("/") + request.full_path.removesuffix("?")
    token, signature = settings.twilio_auth_token.get_secret_value(), request.headers.get("X-Twilio-Signature", "")
    if messaging.signature_is_valid(token, url, request.form, signature):
        return None
    return _refused()


def _refused() -> Response:
    """403 without a body; 429 once too many came from the same network. Then nothing is written any more."""
    what = f"unsigned-text:{network_of(request.remote_addr or '')}"
    with reading() as session:
        left = events.attempts_left(session, what, limit=UNSIGNED_TRIES, window=UNSIGNED_WINDOW, at=g.now)
    try:
        if not left:
            return Response(status=429)
        with transaction() as session:
            events.count_attempt(session, what, limit=UNSIGNED_TRIES, window=UNSIGNED_WINDOW, at=g.now)
    except TooMany:
        return Response(status=429)
    return Response(status=403)


@blueprint.post("/inbound")
@public
def inbound() -> Response:
    """A person wrote to us. The text, the answer that it gives and our thanks are one change; twice is once."""
    phone, sid = _number(request.form.get("From", "")), request.form.get("MessageSid", "")
    if not SID.fullmatch(sid):
        return Response(status=400)
    if phone is not None:
        _take_in(phone, request.form.get("Body", ""), sid)
    return Response(NOTHING_TO_SAY, mimetype="text/xml")


def _take_in(phone: str, body: str, sid: str) -> None:
    with transaction() as session:
        answered = messaging.receive(session, phone=phone, body=body, gateway_id=sid, at=g.now)
        if answered is None:
            return
        verb = current_app.extensions["cie"].answers[answered.question]
        thanks = verb(session, answered.actor, answered.subject_id, answered.digit, g.now)
        messaging.answer(session, answered.point, thanks, answered.message_id, at=g.now)


def _number(given: str) -> str | None:
    """The number in the one form that is kept; None for a short code or a name, which is no person's phone."""
    try:
        return parse_phone(given)
    except Invalid:
        return given if E164.fullmatch(given) else None


@blueprint.post("/status")
@public
def status() -> Response:
    """How a text of ours fared. One whose sending we have not finished recording is to be told again."""
    sid, word, code = (request.form.get(name, "") for name in ("MessageSid", "MessageStatus", "ErrorCode"))
    with transaction() as session:
        known = messaging.keep_status(session, sid, word, int(code) if code.isdecimal() else None, at=g.now)
    return Response(status=204 if known else 503)
