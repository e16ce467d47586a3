"""Building a form type of the network: what the laws ask is said at once, and what staff will see before it is kept."""

from collections.abc import Sequence
from typing import Any

from flask import g, redirect, render_template, request, url_for
from marshmallow import fields, validate
from werkzeug.wrappers import Response

from cie import consent
from cie.access import Permission, Purpose
from cie.consent import OWN_GROUPS, OWN_PURPOSES, FormType, Method, Reach, Stated
from cie.db import reading, transaction
from cie.errors import CieError, Invalid, NotFound
from cie.http import requires
from cie.web.consent_form_boxes import by_box
from cie.web.consent_form_words import GROUPS, STATES, title_of
from cie.web.consent_words import METHODS, PURPOSES
from cie.web.forms import FormSchema, again, typed, typed_list
from cie.web.language import lazy_gettext
from cie.web.privacy.blueprint import blueprint
from cie.web.privacy.form_words import law_choices, law_rows, options, staff_will_see
from cie.web.privacy.forms import found_form, place_of_reader
from cie.web.proof import proven

CHOOSE = lazy_gettext("Choose from the list")
LISTS = ("satisfies", "methods", "stated", "purposes", "groups")


def _several(kind: type[Any]) -> Any:
    each = fields.Enum(kind, by_value=True, error_messages={"unknown": CHOOSE})
    return fields.List(each, load_default=list)


class BuiltSchema(FormSchema):
    """A form type as it was put together. `seen_version`: the newest one when the page was drawn."""

    id = fields.Str(load_default="")
    title = fields.Str(load_default="")
    title_es = fields.Str(load_default="")
    citation = fields.Str(load_default="")
    satisfies = fields.List(fields.Str(validate=validate.OneOf(consent.LAWS, error=CHOOSE)), load_default=list)
    methods = _several(Method)
    stated = _several(Stated)
    purposes = _several(Purpose)
    groups = _several(Reach)
    one_recipient = fields.Bool(load_default=False)
    medi_cal_only = fields.Bool(load_default=False)
    longest_days = fields.Int(load_default=None, error_messages={"invalid": "Days: enter a number"})
    seen_version = fields.Int(load_default=0)


def _read() -> tuple[FormType, int, list[Invalid]]:
    """The form type that was put together, the version that was seen, and what cannot be read."""
    boxes, faults = BuiltSchema().read_what_is_right()
    texts: dict[str, Any] = {name: boxes.get(name, "") for name in ("id", "title", "title_es", "citation")}
    lists: dict[str, Any] = {name: frozenset(boxes.get(name, ())) for name in LISTS if name != "stated"}
    form = FormType(
        **texts,
        **lists,
        states=frozenset(boxes.get("stated", ())),
        one_recipient=boxes.get("one_recipient", False),
        medi_cal_only=boxes.get("medi_cal_only", False),
        longest_days=boxes.get("longest_days"),
    )
    return form, boxes.get("seen_version", 0), faults


def builder_page(form_type: str = "", errors: Sequence[CieError] = (), notice: Any = None) -> str:
    """The boxes with what was typed or what holds now; after a check, what the laws ask and what staff will see."""
    now: FormType | None = None
    if form_type:
        with reading() as session:
            now, versions = found_form(session, form_type)
        if not versions:
            raise NotFound("There is no such form")
    checked = _read()[0] if request.method == "POST" else None
    return render_template(
        "privacy/form_new.html", now=now, title=title_of(now), boxes=_boxes(now), errors=errors, at=by_box(errors),
        notice=notice, laws=law_choices(), methods=options(Method, METHODS), states=options(Stated, STATES),
        purposes=options(OWN_PURPOSES, PURPOSES), groups=options(OWN_GROUPS, GROUPS),
        checked=law_rows(checked) if checked else [], preview=staff_will_see(checked) if checked and not errors else [],
        place=place_of_reader(),
    )  # fmt: skip


def _boxes(now: FormType | None) -> dict[str, Any]:
    """What stands in each box."""
    held = {
        "id": now.id if now else "",
        "title": now.title if now else "",
        "title_es": now.title_es if now else "",
        "citation": now.citation if now else "",
        "longest_days": (now.longest_days if now else None) or "",
        "seen_version": now.version if now else 0,
    }
    marks = {"one_recipient": now and now.one_recipient, "medi_cal_only": now and now.medi_cal_only}
    lists = {name: sorted(getattr(now, "states" if name == "stated" else name)) if now else [] for name in LISTS}
    return {
        **{name: typed(name, value) for name, value in held.items()},
        **{name: typed(name, "yes" if mark else "", beside="title") for name, mark in marks.items()},
        **{name: typed_list(name, values, beside="title") for name, values in lists.items()},
    }


@blueprint.get("/forms/new")
@requires(Permission.NETWORK_MANAGE)
@proven
def new_form() -> str:
    """Put a form type together."""
    return builder_page()


@blueprint.post("/forms/new")
@requires(Permission.NETWORK_MANAGE)
@proven
@again(builder_page)
def create_form() -> Any:
    """Check it, or keep it as the first version."""
    return _checked_or_kept("")


@blueprint.get("/forms/<form_type>/versions/new")
@requires(Permission.NETWORK_MANAGE)
@proven
def new_form_version(form_type: str) -> str:
    """Change a form type of the network; papers on earlier versions keep their meaning."""
    return builder_page(form_type)


@blueprint.post("/forms/<form_type>/versions/new")
@requires(Permission.NETWORK_MANAGE)
@proven
@again(builder_page)
def create_form_version(form_type: str) -> Any:
    """Check it, or keep it as the newest version."""
    return _checked_or_kept(form_type)


def _checked_or_kept(form_type: str) -> Any:
    form, seen_version, faults = _read()
    if form_type and form.id != form_type:
        raise NotFound("There is no such form")
    if faults:
        raise Invalid.all([*faults, *(each for each in consent.faults_of_built(form) if each.field not in _at(faults))])
    if "update_preview" in request.form:
        if found := consent.faults_of_built(form):
            raise Invalid.all(found)
        return builder_page(form_type)
    with transaction() as session:
        consent.build_form(session, g.actor, form, seen_version=seen_version, at=g.now)
    return redirect(url_for("privacy.form", form_type=form.id, done="built"), 303)


def _at(faults: Sequence[Invalid]) -> set[str | None]:
    return {fault.field for fault in faults}


def retiring_page(form_type: str, errors: Any = (), notice: Any = None) -> str:
    """What follows when a form of the network is offered no more."""
    with reading() as session:
        found, versions = found_form(session, form_type)
    if not versions or versions[0].is_retired:
        raise NotFound("There is no such form")
    return render_template(
        "privacy/form_retiring.html", form=found, title=title_of(found), errors=errors, notice=notice,
        place=place_of_reader(),
    )  # fmt: skip


@blueprint.get("/forms/<form_type>/retirement/new")
@requires(Permission.NETWORK_MANAGE)
@proven
def retiring_form(form_type: str) -> str:
    """Look before it is retired."""
    return retiring_page(form_type)


class RetiringSchema(FormSchema):
    """The version that was seen."""

    seen_version = fields.Int(load_default=0)


@blueprint.post("/forms/<form_type>/retirement")
@requires(Permission.NETWORK_MANAGE)
@proven
@again(retiring_page)
def retire_form(form_type: str) -> Response:
    """From now on staff cannot choose it."""
    seen = RetiringSchema().read()["seen_version"]
    with transaction() as session:
        consent.retire_form(session, g.actor, form_type, seen_version=seen, at=g.now)
    return redirect(url_for("privacy.form", form_type=form_type, done="retired"), 303)
