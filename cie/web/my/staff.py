"""The own page as staff set it up: the PIN is chosen with the person, the link is handed over, others may look."""

from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, g, redirect, render_template, url_for
from marshmallow import fields
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import identity, people
from cie.access import Permission
from cie.db import reading, transaction
from cie.errors import NotFound
from cie.http import requires
from cie.people import AnyLink, PersonLink
from cie.web.forms import FormSchema, Notice, again
from cie.web.language import LANGUAGES, lazy_gettext
from cie.web.my.entrance import PIN_MISSING
from cie.web.my.proxy_words import proxy_lines
from cie.web.organization import done_notice
from cie.web.person_words import full_name
from cie.web.squares import square_of

blueprint = Blueprint("own_page", __name__, url_prefix="/people/<uuid:person_id>/own-page")
DONE = {
    "made": lazy_gettext("The link is ready. Give it to the person alone."),
    "ended": lazy_gettext("The link no longer works."),
    "shown": lazy_gettext("Their page tells of protected services now."),
    "hidden": lazy_gettext("Their page leaves protected services out now."),
    "proxy": lazy_gettext("They can look now. Give them the link, alone."),
    "proxy-ended": lazy_gettext("They can look no more."),
}


class NewPinSchema(FormSchema):
    """The PIN, typed once. The box is called a code, so that nothing keeps what was in it."""

    code = fields.Str(required=True, error_messages={"required": PIN_MISSING})


class ProtectedSchema(FormSchema):
    """Whether the page tells of protected services."""

    shows = fields.Bool(required=True)


def _page(person_id: UUID, errors: Any = (), notice: Notice | None = None) -> str:
    with reading() as session:
        person = people.get_person(session, g.actor, person_id)
        link = people.current_link(session, g.actor, person_id, at=g.now)
        others = proxy_lines(person, people.proxies_of(session, g.actor, person_id, at=g.now))
        name = full_name(person)
    return render_template(
        "my/link.html", person_id=person_id, name=name, link=link, address=link and address_of(link),
        others=[(other, address_of(other.row)) for other in others],
        errors=errors, notice=notice or done_notice(DONE),
    )  # fmt: skip


def address_of(link: AnyLink) -> str:
    """The link that the person, or who looks in their place, opens."""
    path = url_for("my.open_link", token=people.link_token(link))
    return f"{current_app.extensions['cie-settings'].public_url}{path}"


@blueprint.get("")
@requires(Permission.CONSENT_WRITE)
def show(person_id: UUID) -> str:
    """The link that works now, and a PIN for a new one."""
    return _page(person_id)


@blueprint.post("")
@requires(Permission.CONSENT_WRITE)
@again(_page)
def create(person_id: UUID) -> Response:
    """Make a link with the PIN that the person chose; one from before stops working."""
    pin = NewPinSchema().read()["code"].replace(" ", "")
    with reading() as session:
        birth = people.birth_of(people.get_person(session, g.actor, person_id))
    people.check_pin(pin, birth)
    hashed = identity.hash_password(pin)
    with transaction() as session:
        people.make_link(session, g.actor, person_id, pin_hash=hashed, at=g.now)
    return redirect(url_for("own_page.show", person_id=person_id, done="made"), 303)


@blueprint.post("/end")
@requires(Permission.CONSENT_WRITE)
@again(_page)
def create_end(person_id: UUID) -> Response:
    """The link stops working at once."""
    with transaction() as session:
        people.end_link(session, g.actor, person_id, at=g.now)
    return redirect(url_for("own_page.show", person_id=person_id, done="ended"), 303)


@blueprint.post("/protected")
@requires(Permission.CONSENT_WRITE)
@again(_page)
def create_protected(person_id: UUID) -> Response:
    """Turn on or off that the person's page tells of protected services, as they ask."""
    shows = ProtectedSchema().read()["shows"]
    with transaction() as session:
        people.show_protected(session, g.actor, person_id, shows=shows, at=g.now)
    return redirect(url_for("own_page.show", person_id=person_id, done="shown" if shows else "hidden"), 303)


@blueprint.get("/card")
@requires(Permission.CONSENT_WRITE)
def card(person_id: UUID) -> str:
    """A card to print, in the person's language; nothing on it tells whose it is or what for."""
    with reading() as session:
        link = _link(session, person_id)
        language = people.get_person(session, g.actor, person_id).language
    address = address_of(link)
    if language in LANGUAGES:
        g.language = language
    return render_template("my/card.html", person_id=person_id, link=link, address=address, picture=square_of(address))


def _link(session: Session, person_id: UUID) -> PersonLink:
    link = people.current_link(session, g.actor, person_id, at=g.now)
    if link is None:
        raise NotFound("There is no such record")
    return link
