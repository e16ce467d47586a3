"""The mailbox of the pretend network: it keeps every e-mail that the app gives it, and shows the newest."""

import json
from datetime import UTC, datetime

from flask import Blueprint, Response, jsonify, request

from cie.sandbox.store import Store

PARTS = ("id", "to", "subject", "text")


def mails_blueprint(store: Store) -> Blueprint:
    """One that comes a second time by the same id is kept once, as a mail program shows it."""
    blueprint = Blueprint("mails", __name__)

    @blueprint.post("/mails")
    def keep_mail() -> tuple[Response, int]:
        given = request.get_json(silent=True)
        if not isinstance(given, dict) or not all(isinstance(given.get(name), str) for name in PARTS):
            return jsonify(error=f"Give {', '.join(PARTS)}"), 400
        store.keep_mail(given["id"], json.dumps({"attachment": None, **given}), datetime.now(UTC))
        return jsonify(id=given["id"]), 201

    @blueprint.get("/mails")
    def list_mails() -> Response:
        return jsonify(mails=[{**json.loads(said), "at": at} for said, at in store.mails()])

    return blueprint
