"""Who may look in a person's place, as staff who know both set it up: a form, a link to hand over, an end."""

from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from cie import identity, people
from cie.access import Permission
from cie.calendar import local_day
from cie.db import reading, transaction
from cie.errors import Invalid
from cie.http import requires
from cie.people import NewProxy, ProxyScope, Relationship, Verified
from cie.web.day_boxes import required_day_in, with_days
from cie.web.forms import FormSchema, Notice, again
from cie.web.language import gettext as _
from cie.web.my.entrance import PIN_MISSING
from cie.web.my.proxy_words import RELATIONSHIPS, SCOPES, VERIFIED, choices_of
from cie.web.person_words import full_name
from cie.web.proof import proven

blueprint = Blueprint("own_page_proxies", __name__, url_prefix="/people/<uuid:person_id>/own-page/others")
CHOOSE_SCOPE = "What they may do: choose at least one"
IN_ORDER = ("name", "relationship", "scope", "until", "verified", "code")


class _ProxySchema(FormSchema):
    """Who is to look in a person's place, and the PIN that they chose."""

    name = fields.Str(load_default="")
    relationship = fields.Enum(Relationship, by_value=True, load_default=None)
    scope = fields.List(
        fields.Enum(ProxyScope, by_value=True, error_messages={"unknown": CHOOSE_SCOPE}), load_default=list
    )
    verified = fields.Enum(Verified, by_value=True, load_default=None)
    code = fields.Str(required=True, error_messages={"required": PIN_MISSING})


ProxySchema = with_days(_ProxySchema, "until")


def _page(person_id: UUID, errors: Any = (), notice: Notice | None = None) -> str:
    with reading() as session:
        name = full_name(people.get_person(session, g.actor, person_id))
    return render_template(
        "my/proxy.html",
        person_id=person_id,
        name=name,
        relationships=choices_of(RELATIONSHIPS),
        scopes=choices_of(SCOPES),
        ways=choices_of(VERIFIED),
        errors=errors,
        notice=notice,
    )


@blueprint.get("/new")
@requires(Permission.PROXY_MANAGE)
@proven
def new(person_id: UUID) -> str:
    """Let somebody look in the person's place."""
    return _page(person_id)


@blueprint.post("/new")
@requires(Permission.PROXY_MANAGE)
@proven
@again(_page)
def create(person_id: UUID) -> Response:
    """Keep who may look, with the PIN that they chose; the link is then on the page before."""
    new_proxy, pin = _read(person_id)
    hashed = identity.hash_password(pin)
    with transaction() as session:
        people.add_proxy(session, g.actor, person_id, new_proxy, pin_hash=hashed, at=g.now)
    return redirect(url_for("own_page.show", person_id=person_id, done="proxy"), 303)


def _read(person_id: UUID) -> tuple[NewProxy, str]:
    """What was typed. Raises Invalid with every fault at once."""
    form, faults = ProxySchema().read_what_is_right()
    new_proxy = NewProxy(
        form.get("name", ""),
        form.get("relationship"),
        frozenset(form.get("scope", ())),
        form.get("verified"),
        _last_day(form, faults),
    )
    with reading() as session:
        person = people.get_person(session, g.actor, person_id)
        faults += people.proxy_faults(person, new_proxy, local_day(g.now))
        birth = people.birth_of(person)
    pin = str(form.get("code", "")).replace(" ", "")
    if pin:
        try:
            people.check_pin(pin, birth)
        except Invalid as error:
            faults.append(error)
    if faults:
        raise Invalid.all(_first_of_each(faults))
    return new_proxy, pin


def _last_day(form: dict[str, Any], faults: list[Invalid]) -> Any:
    try:
        return required_day_in(form, "until", _("Until when"))
    except Invalid as error:
        faults.append(error)
        return None


def _first_of_each(faults: list[Invalid]) -> list[Invalid]:
    """One fault for each box, in the order of the page."""
    by_box = {fault.field: fault for fault in reversed(faults)}
    return [by_box[box] for box in IN_ORDER if box in by_box]


@blueprint.post("/<uuid:proxy_id>/end")
@requires(Permission.PROXY_MANAGE)
def create_end(person_id: UUID, proxy_id: UUID) -> Response:
    """Somebody can look in the person's place no more; it counts at once, and twice is once."""
    with transaction() as session:
        if any(p.id == proxy_id for p in people.proxies_of(session, g.actor, person_id, at=g.now)):
            people.end_proxy(session, g.actor, proxy_id, at=g.now)
    return redirect(url_for("own_page.show", person_id=person_id, done="proxy-ended"), 303)
