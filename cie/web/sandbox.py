"""The demo phone and mailbox: what the pretend network carried, and a way to answer, for demo and test only.

The network is a process of its own, asked over HTTP. An answer written here comes back through the text door, signed,
as a real one does.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import orjson
import pyotp
import requests
from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from marshmallow import fields, validate
from werkzeug.wrappers import Response

from cie import calendar
from cie.errors import CieError
from cie.http import public
from cie.people.formats import format_phone
from cie.resources import resource
from cie.settings import Settings
from cie.web.forms import FormSchema, Notice, again
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext
from cie.web.words_of_time import clock

blueprint = Blueprint("sandbox", __name__, url_prefix="/sandbox")

ANSWER_SECONDS = 10
LONGEST_TEXT = 1600
SAME_MOMENT = timedelta(minutes=10)
FAULTS: dict[str, dict[str, Any]] = {
    "none": {"remaining": 0},
    "hang": {"hang_seconds": 20},
    "refuse": {"refuse_code": 30003},
    "refuse-number": {"refuse_code": 21211},
    "twice": {"answer_twice": True},
    "lose": {"lose_answer": True},
}
"""What the network can do wrong, by the code that the form posts."""
FAULT_WORDS = {
    "none": (lazy_gettext("Works as it should"), None),
    "hang": (lazy_gettext("Hangs"), lazy_gettext("It takes the text and answers after 20 seconds.")),
    "refuse": (lazy_gettext("Cannot reach the phone"), lazy_gettext("The text is tried again later.")),
    "refuse-number": (
        lazy_gettext("Says the number is wrong"),
        lazy_gettext("The text is given up. Staff see it."),
    ),
    "twice": (lazy_gettext("Tells everything twice"), lazy_gettext("Answers and reports come two times.")),
    "lose": (lazy_gettext("Loses its answer"), lazy_gettext("It takes the text and hangs up without a word.")),
}
TIMES = ("1", "3", "10", "1000")


class NetworkAway(CieError):
    """The pretend network gives no answer."""

    code = "transient"


@dataclass(frozen=True)
class Phone:
    """One phone of the demo. `key` stands for it in addresses, so that no number is in them."""

    key: str
    number: str
    ending: str
    texts: int


@dataclass(frozen=True)
class Bubble:
    """One text on the phone; `when` is None when it followed the one before at once."""

    ours: bool
    words: str
    when: datetime | None


class ReplySchema(FormSchema):
    """What the phone writes."""

    phone = fields.Str(required=True, error_messages={"required": "Phone: choose one"})
    body = fields.Str(
        required=True,
        validate=validate.Length(max=LONGEST_TEXT, error="Your text: use at most 1600 characters"),
        error_messages={"required": "Your text: write something, or choose a number"},
    )


class FaultSchema(FormSchema):
    """What the network does wrong, and how often."""

    fault = fields.Str(
        required=True,
        validate=validate.OneOf(FAULTS, error="What the network does: choose one"),
        error_messages={"required": "What the network does: choose one"},
    )
    times = fields.Str(load_default="1", validate=validate.OneOf(TIMES, error="How often: choose one"))
    phone = fields.Str(load_default="")


def _ask(method: str, path: str, **body: Any) -> Any:
    settings: Settings = current_app.extensions["cie-settings"]
    with requests.Session() as http:
        # a proxy named in the environment would carry it off this machine
        http.trust_env = False
        try:
            answer = http.request(method, settings.sandbox_url + path, json=body or None, timeout=ANSWER_SECONDS)
            answer.raise_for_status()
            return answer.json()
        except (requests.RequestException, ValueError):
            failure = NetworkAway("The demo phone gives no answer")
    # raised here, so that no report of it shows the address that was called
    raise failure


def _phones() -> tuple[list[Phone], str]:
    answer = _ask("GET", "/phones")
    return [_phone(row) for row in answer["phones"]], format_phone(answer["our_number"])


def _phone(row: dict[str, Any]) -> Phone:
    number = row["number"]
    key = hashlib.sha256(number.encode()).hexdigest()[:12]
    return Phone(key, number, number[-4:], row["received"] + row["written"])


def _page(errors: Any = (), notice: Notice | None = None) -> str:
    phones, our_number = _phones()
    wanted = request.values.get("phone", "")
    shown = next((p for p in phones if p.key == wanted), phones[0] if phones else None)
    return render_template(
        "sandbox/phone.html",
        errors=errors,
        notice=notice,
        phones=phones,
        shown=shown,
        our_number=our_number,
        bubbles=_bubbles(shown) if shown else [],
        hours=_hours(),
        fault=_fault_in_force(),
        fault_options=[{"value": code, "label": w, "hint": hint} for code, (w, hint) in FAULT_WORDS.items()],
        times=[(n, _("Always") if n == TIMES[-1] else n) for n in TIMES],
        codes=_sign_in_codes(),
        demo=True,
    )


def _sign_in_codes() -> list[dict[str, str]]:
    """What the phone apps of the demo's staff show now. Their secrets are in the repository, for everybody to read."""
    staff = orjson.loads(resource("seed_data", "demo.json").read_bytes())["staff"]
    return [{"name": row["name"], "code": pyotp.TOTP(row["totp_secret"]).at(g.now)} for row in staff]


def _bubbles(phone: Phone) -> list[Bubble]:
    bubbles, before = [], None
    for text in _ask("GET", f"/phones/{phone.number}/messages")["messages"]:
        at = datetime.fromisoformat(text["at"])
        follows = before is not None and at - before < SAME_MOMENT
        bubbles.append(Bubble(not text["from_phone"], text["body"], None if follows else at))
        before = at
    return bubbles


def _hours() -> str:
    settings: Settings = current_app.extensions["cie-settings"]
    first, last = settings.text_hours_local
    if (first, last) == (0, 24):
        return _("Texts go out at any hour in this demo.")
    today = calendar.local_day(g.now)
    from_, until = (clock(calendar.instant(today, time(hour % 24))) for hour in (first, last))
    return _("Texts go out from %(first)s to %(last)s. Answers go at any hour.", first=from_, last=until)


def _fault_in_force() -> str:
    now = _ask("GET", "/faults")
    if now["remaining"] <= 0:
        return "none"
    return next((code for code, given in FAULTS.items() if code != "none" and given.items() <= now.items()), "none")


@blueprint.get("/phone")
@public
def phone() -> str:
    """The texts of one phone, newest last."""
    return _page()


@blueprint.post("/phone")
@public
@again(_page)
def reply() -> Response:
    """Answer as this phone. The network posts it to the text door."""
    form = ReplySchema().read()
    phones, _our_number = _phones()
    chosen = next((p for p in phones if p.key == form["phone"]), None)
    if chosen is not None:
        _ask("POST", f"/phones/{chosen.number}/reply", body=form["body"])
    return redirect(url_for("sandbox.phone", phone=form["phone"], _anchor="newest"), 303)


@blueprint.get("/mail")
@public
def mailbox() -> str:
    """The e-mails that were sent, newest first."""
    mails = [{**each, "at": datetime.fromisoformat(each["at"])} for each in _ask("GET", "/mails")["mails"]]
    return render_template("sandbox/mail.html", mails=mails, demo=True)


@blueprint.post("/faults")
@public
@again(_page)
def set_fault() -> Response:
    """Make the network do something wrong, or work again."""
    form = FaultSchema().read()
    _ask("PUT", "/faults", **{"remaining": int(form["times"]), **FAULTS[form["fault"]]})
    return redirect(url_for("sandbox.phone", phone=form["phone"] or None, _anchor="network"), 303)


@blueprint.errorhandler(NetworkAway)
def away(_error: NetworkAway) -> tuple[str, int]:
    """The page that says so."""
    return render_template("sandbox/away.html", demo=True), 503
