"""What the demo phone page and the tests ask of the pretend network: phones, their texts, a reply, faults."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, jsonify, request

from cie.messaging.segments import count_segments
from cie.sandbox.courier import Courier
from cie.sandbox.faults import Faults
from cie.sandbox.rest import E164
from cie.sandbox.store import OUR_NUMBER, Store, Text

STOP_WORDS = {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"}
START_WORDS = {"start", "unstop", "yes"}
STOPPED = "You are unsubscribed. No more texts will come from this number. Reply START to get them again."


def control_blueprint(store: Store, faults: Faults, courier: Courier) -> Blueprint:
    """Phones are named by their E.164 number."""
    blueprint = Blueprint("control", __name__)

    @blueprint.get("/phones")
    def list_phones() -> Response:
        return jsonify(
            our_number=OUR_NUMBER,
            phones=[
                {"number": p.number, "received": p.received, "written": p.written, "last_at": p.last_at}
                for p in store.phones()
            ],
        )

    @blueprint.get("/phones/<number>/messages")
    def list_messages(number: str) -> Response:
        return jsonify(messages=[_message(text) for text in store.texts(number)])

    @blueprint.post("/phones/<number>/reply")
    def create_reply(number: str) -> tuple[Response, int]:
        body = (request.get_json(silent=True) or {}).get("body")
        if not E164.fullmatch(number):
            return jsonify(error="number: give an E.164 number"), 400
        if not isinstance(body, str) or not body:
            return jsonify(error="body: give the words of the reply"), 400
        text = _write(store, courier, number, body, times=2 if faults.take().answer_twice else 1)
        return jsonify(_message(text)), 202

    @blueprint.get("/faults")
    def show_faults() -> Response:
        return jsonify(faults.now())

    @blueprint.put("/faults")
    def replace_faults() -> tuple[Response, int]:
        given = request.get_json(silent=True)
        if not isinstance(given, dict):
            return jsonify(error="Give a JSON object"), 400
        try:
            faults.put(given)
        except ValueError as error:
            return jsonify(error=str(error)), 400
        return jsonify(faults.now()), 200

    return blueprint


def _write(store: Store, courier: Courier, number: str, body: str, *, times: int) -> Text:
    """A phone writes to us. STOP is confirmed by the network, since nothing of ours may follow it."""
    now = datetime.now(UTC)
    text = store.add_text(number, body, direction="inbound", service_sid=None, status="received", at=now)
    word = body.strip().casefold()
    if word in STOP_WORDS and not store.is_opted_out(number):
        store.opt_out(number, out=True)
        store.add_text(number, STOPPED, direction="outbound-reply", service_sid=None, status="delivered", at=now)
    elif word in START_WORDS:
        store.opt_out(number, out=False)
    courier.owe_inbound(text, times=times, at=now)
    return text


def _message(text: Text) -> dict[str, Any]:
    return {
        "sid": text.sid,
        "from_phone": text.direction == "inbound",
        "body": text.body,
        "at": text.created_at.isoformat(),
        "status": text.status,
        "segments": count_segments(text.body).count,
    }
