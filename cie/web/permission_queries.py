"""Asking, without a referral, whether other organizations hold a permission under which something may be told."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, g, render_template
from marshmallow import fields
from sqlmodel import Session

from cie import consent
from cie.access import Permission, Purpose
from cie.consent import Expiry, PermissionElsewhere, PermissionScope
from cie.consent.queries import ASKS_A_DAY
from cie.db import reading, transaction
from cie.errors import NotPossibleNow
from cie.http import requires
from cie.people.formats import format_phone
from cie.web.consent_form_words import title_of
from cie.web.consent_words import PURPOSES, category_words
from cie.web.duties import duty_words
from cie.web.forms import FormSchema, Notice, again, notice_of
from cie.web.language import gettext as _
from cie.web.person_words import dated, full_name

blueprint = Blueprint("permission_queries", __name__, url_prefix="/people/<uuid:person_id>/permission-elsewhere")
CHOOSE: Any = {"unknown": "What for: choose one", "required": "What for: choose one"}


class QuerySchema(FormSchema):
    """What it is asked for."""

    purpose = fields.Enum(Purpose, by_value=True, required=True, error_messages=CHOOSE)


@dataclass(frozen=True)
class Told:
    """What one organization tells: who it is, how to reach it, and each permission as label and value."""

    name: str
    phone: str
    scopes: Sequence[Sequence[dict[str, str]]]
    duties: Sequence[str]


def asking_page(person_id: UUID, errors: Any = (), notice: Notice | None = None) -> str:
    """The form, with what will follow; in its place the reason, where nothing can be asked."""
    with reading() as session:
        name, purposes, refused = _may_ask(session, person_id)
    return render_template(
        "consents/ask_elsewhere.html",
        person_id=person_id,
        name=name,
        purposes=[{"value": purpose.value, "label": str(PURPOSES[purpose])} for purpose in purposes],
        follows=_what_follows(),
        errors=errors,
        notice=notice or refused,
    )


def _may_ask(session: Session, person_id: UUID) -> tuple[str, list[Purpose], Notice | None]:
    try:
        person, asker = consent.require_can_ask(session, g.actor, person_id)
    except NotPossibleNow as error:
        return "", [], notice_of(error)
    return full_name(person), consent.purposes_of(asker), None


def _what_follows() -> list[str]:
    return [
        _("We ask the whole network at once. You see a permission only if it is meant for you."),
        _("Who tells you of one can see that you asked, and so can the person."),
        _("Where there is nothing for you, nobody sees that you asked."),
        _("You can ask %(count)s times a day.", count=ASKS_A_DAY),
    ]


@blueprint.get("")
@requires(Permission.PERMISSION_ASK)
def new(person_id: UUID) -> str:
    """Before it is asked."""
    return asking_page(person_id)


@blueprint.post("")
@requires(Permission.PERMISSION_ASK)
@again(asking_page)
def create(person_id: UUID) -> str:
    """The answer stands on this page alone, and in no address; that there is none reads the same for any reason."""
    purpose = QuerySchema().read()["purpose"]
    with transaction() as session:
        found = consent.ask_about_permission(session, g.actor, person_id, purpose=purpose, at=g.now)
        told = [_told(each) for each in found]
    return render_template("consents/elsewhere.html", person_id=person_id, told=told)


def _told(found: PermissionElsewhere) -> Told:
    phone = format_phone(found.holder.phone) if found.holder.phone else ""
    return Told(found.holder.name, phone, [_facts(scope) for scope in found.scopes], duty_words(found.obligations))


def _facts(scope: PermissionScope) -> list[dict[str, str]]:
    rows = [
        (_("What may be shared"), "; ".join(category_words([kind.value for kind in scope.kinds]))),
        (_("What for"), ", ".join(str(words) for code, words in PURPOSES.items() if code in scope.purposes)),
        (_("Until when"), _until(scope)),
        (_("Form"), title_of(scope.form) if scope.form and scope.form.id != consent.PLAIN else ""),
    ]
    return [{"label": label, "value": value} for label, value in rows if value]


def _until(scope: PermissionScope) -> str:
    if scope.expiry is Expiry.EVENT:
        return _("Until something happens that the paper names")
    return _("Until %(day)s", day=dated(scope.expires_on)) if scope.expires_on else _("No end")
