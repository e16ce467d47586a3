"""What the privacy officer's pages share: their purpose, saving a new case once, days of a form, the notice after."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from flask import Blueprint, g, request
from marshmallow import fields
from sqlmodel import Session

from cie import calendar, events
from cie.access import ANYONE, Purpose
from cie.db import transaction
from cie.errors import Invalid, NotPossibleNow
from cie.web.day_boxes import day_in, required_day_in
from cie.web.forms import FormSchema
from cie.web.language import lazy_gettext

blueprint = Blueprint("privacy", __name__, url_prefix="/privacy-office")
DONE = {
    "opened": lazy_gettext("Saved. The clock runs."),
    "noted": lazy_gettext("Saved. It stands in the history."),
    "listed": lazy_gettext("Saved. The list grew."),
    "taken-back": lazy_gettext("Saved. They are off the list."),
    "told": lazy_gettext("Saved."),
    "counsel": lazy_gettext("Saved. A lawyer looks at it."),
    "extended": lazy_gettext("Saved. Tell the person the new day and the reason."),
    "closed": lazy_gettext("Saved. The case is closed."),
}


class NoteSchema(FormSchema):
    """Words of what was done, or why."""

    words = fields.Str(load_default="")


@blueprint.before_request
def for_operations() -> None:
    """What is looked at here is looked at for the operations of the organization, and recorded so."""
    if g.actor is not ANYONE:
        g.actor = replace(g.actor, purpose=Purpose.OPERATIONS)


def today() -> date:
    """The date in California."""
    return calendar.local_day(g.now)


def kept_once(what: str, form: Mapping[str, Any], make: Callable[[Session], UUID]) -> UUID:
    """The id of the case that `make` opened from a form; a second click on its button opens no second one."""
    content = orjson.dumps(dict(form), default=str, option=orjson.OPT_SORT_KEYS)
    key = f"{what}:{request.form.get('form_id', '')[:64]}"
    try:
        with transaction() as session:
            claimed = events.claim_key(session, g.actor.id, key, content, at=g.now)
            if claimed.resource_id is None:
                claimed.resource_id = make(session)
                session.add(claimed)
            return claimed.resource_id
    except Invalid as error:
        if error.field != "Idempotency-Key":
            raise
        raise NotPossibleNow("This form was already saved. Save again to write down something newer") from error


def days_of(form: Mapping[str, Any], needed: Mapping[str, str], optional: Mapping[str, str]) -> dict[str, date | None]:
    """The days of a form by name; `needed` and `optional` give the label of each. Raises Invalid with every fault."""
    found: dict[str, date | None] = {}
    faults: list[Invalid] = []
    for name, label in {**needed, **optional}.items():
        try:
            found[name] = required_day_in(form, name, label) if name in needed else day_in(form, name, label)
        except Invalid as error:
            faults.append(error)
    if faults:
        raise Invalid.all(faults)
    return found
