"""The part of Twilio's REST interface (2010-04-01, Messages) that our gateway calls, with the rules that matter."""

import re
import socket
from datetime import UTC, datetime
from email.utils import format_datetime
from hmac import compare_digest
from threading import Event
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, request
from werkzeug.datastructures import MultiDict

from cie.messaging.gateway import is_loopback
from cie.messaging.segments import count_segments
from cie.sandbox.courier import Courier
from cie.sandbox.faults import Fault, Faults
from cie.sandbox.store import OUR_NUMBER, Store, Text

API = "2010-04-01"
LONGEST_BODY = 1600
E164 = re.compile(r"\+[1-9]\d{6,14}")
SERVICE_SID = re.compile(r"MG[0-9a-fA-F]{32}")
STATUS_OF_CODE = {20003: 401, 20404: 404, 20429: 429, 20500: 500, 20503: 503}


class Refused(Exception):
    """The network answers no, with one of Twilio's codes."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.status = STATUS_OF_CODE.get(code, 400)


def rest_blueprint(store: Store, faults: Faults, courier: Courier, *, account_sid: str, auth_token: str) -> Blueprint:
    """Create, list and fetch texts of one account."""
    blueprint = Blueprint("rest", __name__, url_prefix=f"/{API}/Accounts/<account>")

    @blueprint.before_request
    def check_account() -> None:
        given = request.authorization
        user, password = (given.username or "", given.password or "") if given else ("", "")
        right = compare_digest(user.encode(), account_sid.encode()) & compare_digest(
            password.encode(), auth_token.encode()
        )
        if not right or (request.view_args or {}).get("account") != account_sid:
            raise Refused(20003, "Authenticate")

    @blueprint.errorhandler(Refused)
    def refuse(error: Refused) -> tuple[Response, int]:
        return _error(error)

    @blueprint.post("/Messages.json")
    def create_message(account: str) -> tuple[Response, int]:
        fault = faults.take()
        try:
            text = _take(store, courier, request.form, fault)
        except Refused as refused:
            _hang(fault)
            return _error(refused)
        _hang(fault)
        if fault.lose_answer:
            return _lose_answer()
        return jsonify(_document(text, account)), 201

    @blueprint.get("/Messages.json")
    def list_messages(account: str) -> Response:
        return jsonify(_page(store, account, request.args))

    @blueprint.get("/Messages/<sid>.json")
    def fetch_message(account: str, sid: str) -> Response:
        text = store.get_text(sid)
        if text is None:
            raise Refused(20404, "The requested resource was not found")
        return jsonify(_document(text, account))

    return blueprint


def _take(store: Store, courier: Courier, form: MultiDict[str, str], fault: Fault) -> Text:
    to, body, service = form.get("To", ""), form.get("Body", ""), form.get("MessagingServiceSid", "")
    callback = form.get("StatusCallback", "")
    _check(store, to, body, service, callback)
    if fault.refuse_code is not None:
        raise Refused(fault.refuse_code, "Refused on purpose")
    now = datetime.now(UTC)
    text = store.add_text(to, body, direction="outbound-api", service_sid=service, status="queued", at=now)
    courier.owe_statuses(text, callback, times=2 if fault.answer_twice else 1, at=now)
    return text


def _check(store: Store, to: str, body: str, service: str, callback: str) -> None:
    if not to:
        raise Refused(21604, "A 'To' phone number is required")
    if not E164.fullmatch(to):
        raise Refused(21211, "The 'To' number is not a valid phone number")
    if not body:
        raise Refused(21602, "Message body is required")
    if len(body) > LONGEST_BODY:
        raise Refused(21617, "The message body exceeds the 1600 character limit")
    if not SERVICE_SID.fullmatch(service):
        raise Refused(21603, "A sender is required")
    # The sandbox posts to this machine only.
    if callback and not is_loopback(callback):
        raise Refused(21609, "The 'StatusCallback' is not a URL of this machine")
    if store.is_opted_out(to):
        raise Refused(21610, "The recipient has opted out")


def _hang(fault: Fault) -> None:
    Event().wait(fault.hang_seconds)


def _lose_answer() -> tuple[Response, int]:
    """Hang up without a word, as a broken line does; where the server lends no socket, an empty 500."""
    connection = request.environ.get("werkzeug.socket")
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)
    return Response(), 500


def _error(error: Refused) -> tuple[Response, int]:
    document = {
        "code": error.code,
        "message": str(error),
        "more_info": f"https://www.twilio.com/docs/errors/{error.code}",
        "status": error.status,
    }
    return jsonify(document), error.status


def _document(text: Text, account: str) -> dict[str, Any]:
    uri = f"/{API}/Accounts/{account}/Messages/{text.sid}"
    inbound = text.direction == "inbound"
    return {
        "account_sid": account,
        "api_version": API,
        "body": text.body,
        "date_created": format_datetime(text.created_at),
        "date_sent": format_datetime(text.sent_at) if text.sent_at else None,
        "date_updated": format_datetime(text.sent_at or text.created_at),
        "direction": text.direction,
        "error_code": None,
        "error_message": None,
        "from": text.phone if inbound else OUR_NUMBER if text.sent_at else None,
        "messaging_service_sid": text.service_sid,
        "num_media": "0",
        # A messaging service counts segments once it has chosen a sender.
        "num_segments": str(count_segments(text.body).count) if text.sent_at else "0",
        "price": None,
        "price_unit": None,
        "sid": text.sid,
        "status": text.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": OUR_NUMBER if inbound else text.phone,
        "uri": f"{uri}.json",
    }


def _page(store: Store, account: str, query: MultiDict[str, str]) -> dict[str, Any]:
    size = min(max(query.get("PageSize", 50, type=int), 1), 1000)
    page = max(query.get("Page", 0, type=int), 0)
    found = [text for text in reversed(store.texts()) if _matches(text, query)]
    shown = found[page * size : (page + 1) * size]
    filters = {name: query[name] for name in ("To", "DateSent", "DateSent<", "DateSent>") if name in query}
    path = f"/{API}/Accounts/{account}/Messages.json?"

    def link(number: int) -> str:
        return path + urlencode(filters | {"PageSize": size, "Page": number})

    return {
        "messages": [_document(text, account) for text in shown],
        "start": page * size,
        "end": max(page * size + len(shown) - 1, 0),
        "page": page,
        "page_size": size,
        "uri": link(page),
        "first_page_uri": link(0),
        "next_page_uri": link(page + 1) if len(found) > (page + 1) * size else None,
        "previous_page_uri": link(page - 1) if page else None,
    }


def _matches(text: Text, query: MultiDict[str, str]) -> bool:
    to = OUR_NUMBER if text.direction == "inbound" else text.phone
    if query.get("To", to) != to:
        return False
    filters = {name: _moment(query[name]) for name in ("DateSent", "DateSent<", "DateSent>") if name in query}
    if not filters:
        return True
    if text.sent_at is None:
        return False
    first, last = filters.get("DateSent>"), filters.get("DateSent<")
    day = filters.get("DateSent")
    return (
        (first is None or text.sent_at >= first)
        and (last is None or text.sent_at <= last)
        and (day is None or text.sent_at.date() == day.date())
    )


def _moment(value: str) -> datetime:
    try:
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    except ValueError as error:
        raise Refused(20001, "DateSent must be a date or a GMT instant") from error
