"""The policy of the network: what holds today, what held before, and the form for what counsel decides next."""

from dataclasses import asdict, fields
from datetime import date
from typing import Any

from flask import Blueprint, g, redirect, render_template, url_for
from marshmallow import fields as boxes
from werkzeug.wrappers import Response

from cie import calendar, consent
from cie.access import Permission, is_allowed
from cie.consent import NetworkRole
from cie.consent.law import Network
from cie.db import reading, transaction
from cie.errors import Invalid
from cie.http import paginate, requires
from cie.people.details import parsed_or_fault
from cie.web.day_boxes import PARTS, required_day_in, with_days
from cie.web.forms import FormSchema, again, typed
from cie.web.language import lazy_gettext
from cie.web.organization import done_notice
from cie.web.paging import pages_of, wanted_page
from cie.web.policy_words import BEFORE_NO, STATUTES, policy_facts, policy_lines, role_choices
from cie.web.proof import proven

blueprint = Blueprint("policy", __name__, url_prefix="/network/policy")
DONE = {"recorded": lazy_gettext("Recorded. It holds from its first day.")}
CHOOSE_ROLE: Any = {"required": "Role: choose one", "unknown": "Role: choose one"}
COUNSEL = "Counsel: enter the name of the lawyer who decided this"
SOURCE = "Source document: say in which document this stands"


class _PolicySchema(FormSchema):
    """What counsel decided. `seen`: the newest record when the form was drawn."""

    role = boxes.Enum(NetworkRole, by_value=True, required=True, error_messages=CHOOSE_ROLE)
    ab133 = boxes.Bool(load_default=False)
    hipaa_policy = boxes.Bool(load_default=False)
    wic_agreement = boxes.Bool(load_default=False)
    ab210_protocol = boxes.Bool(load_default=False)
    hmis_inferred = boxes.Bool(load_default=False)
    statute_before_no = boxes.Bool(load_default=False)
    counsel = boxes.Str(required=True, error_messages={"required": COUNSEL})
    source = boxes.Str(required=True, error_messages={"required": SOURCE})
    seen = boxes.UUID(load_default=None)


PolicySchema = with_days(_PolicySchema, "effective_on")


@blueprint.get("")
@requires(Permission.NETWORK_POLICY_READ)
def index() -> str:
    """What holds today in plain words, and every record."""
    today = calendar.local_day(g.now)
    with reading() as session:
        current = consent.policy_on(session, g.actor, today)
        page = paginate(session, consent.policies(g.actor), number=wanted_page(), total=None)
        replaced = consent.replaced_among(session, page.items)
    lines = policy_lines(page.items, current.id if current else None, replaced, today=today)
    return render_template(
        "network/policy.html", current=current, facts=policy_facts(consent.settings_of(current)), lines=list(lines),
        pages=pages_of(page, "policy.index"), notice=done_notice(DONE), **_place(),
    )  # fmt: skip


def _place() -> dict[str, str]:
    """The part of the pages that the reader comes from."""
    place = "network" if is_allowed(g.actor, Permission.NETWORK_MANAGE) else "privacy"
    return {"place": place, "back": url_for(f"{place}.index")}


def policy_page(errors: Any = (), notice: Any = None) -> str:
    """The form, filled with what holds today or what was typed."""
    with reading() as session:
        current = consent.policy_on(session, g.actor, calendar.local_day(g.now))
        newest = consent.newest_policy(session, g.actor)
    filled, seen = _filled(consent.settings_of(current)), newest.id if newest else ""
    return render_template(
        "network/new_policy.html", filled=filled, roles=role_choices(), statutes=STATUTES, before_no=BEFORE_NO,
        seen=seen if notice else typed("seen", seen),
        first_day={part: typed(f"effective_on_{part}") for part in PARTS}, errors=errors, notice=notice,
    )  # fmt: skip


def _filled(network: Network) -> dict[str, Any]:
    kept = {name: "yes" if value is True else value for name, value in asdict(network).items() if value}
    return {
        setting.name: typed(setting.name, kept.get(setting.name, ""), beside="counsel") for setting in fields(Network)
    }


@blueprint.get("/new")
@requires(Permission.NETWORK_MANAGE)
@proven
def new() -> str:
    """Record what counsel decided."""
    return policy_page()


@blueprint.post("")
@requires(Permission.NETWORK_MANAGE)
@proven
@again(policy_page)
def create() -> Response:
    """Keep it beside all earlier records."""
    form, first_day = _read()
    network = Network(**{setting.name: form[setting.name] for setting in fields(Network)})
    words = {"counsel": form["counsel"], "source": form["source"], "seen_id": form["seen"]}
    with transaction() as session:
        consent.record_policy(session, g.actor, network, effective_on=first_day, at=g.now, **words)
    return redirect(url_for("policy.index", done="recorded"), 303)


def _read() -> tuple[dict[str, Any], date]:
    """What was typed, with the first day. Raises Invalid with every fault at once."""
    form, faults = PolicySchema().read_what_is_right()
    first_day = parsed_or_fault(faults, lambda: required_day_in(form, "effective_on", "First day"), date.min)
    if faults:
        raise Invalid.all(faults)
    return form, first_day
