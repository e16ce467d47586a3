"""The form types: which there are, what each is good for, and the files of the official forms."""

from typing import Any

from flask import g, redirect, render_template, request, url_for
from marshmallow import fields
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import consent
from cie.access import Permission, is_allowed
from cie.consent import PLAIN, FormType, OwnForm
from cie.db import reading, transaction
from cie.errors import Invalid, NotFound
from cie.http import requires
from cie.people.details import parsed_or_fault
from cie.web.consent_form_words import title_of
from cie.web.day_boxes import PARTS, required_day_in, with_days
from cie.web.files import HandedIn, handed_in
from cie.web.forms import FormSchema, again, typed
from cie.web.language import lazy_gettext
from cie.web.language_names import language_choices
from cie.web.organization import done_notice
from cie.web.privacy.blueprint import blueprint, today
from cie.web.privacy.form_words import file_rows, form_row, law_rows, note_of, staff_will_see, version_lines
from cie.web.proof import proven

DONE = {
    "added": lazy_gettext("Added. Staff can print it from the first day you gave."),
    "there": lazy_gettext("This file is there already. Nothing was added."),
    "built": lazy_gettext("Saved. Staff can use this form now."),
    "retired": lazy_gettext("Retired. Staff cannot choose it any more."),
}
NO_FILE: HandedIn = {"name": "", "content": b"", "claimed": ""}


class _FileSchema(FormSchema):
    """What is written down with the file of an official form."""

    language = fields.Str(load_default="")
    version = fields.Str(load_default="")
    source = fields.Str(load_default="")


FileSchema = with_days(_FileSchema, "effective_on")


def place_of_reader() -> str:
    """The part of the pages that the reader comes from."""
    return "privacy" if is_allowed(g.actor, Permission.PRIVACY_CASE_MANAGE) else "network"


@blueprint.get("/forms")
@requires(Permission.NETWORK_POLICY_READ)
def forms() -> str:
    """Every form type: those that come with the program, then those of the network."""
    with reading() as session:
        files = consent.official_forms(session)
        own = consent.newest_own_forms(session)
    loaded = {code: [each for each in files if each.form == code] for code in {each.form for each in files}}
    shipped = [form for form in consent.forms().values() if form.id != PLAIN]
    place = place_of_reader()
    return render_template(
        "privacy/forms.html",
        shipped=[form_row(form, loaded.get(form.id, [])) for form in shipped],
        own=[form_row(row.as_form, loaded.get(row.code, []), is_retired=row.is_retired) for row in own],
        place=place, back=url_for(f"{place}.index"), notice=done_notice(DONE),
    )  # fmt: skip


def found_form(session: Session, code: str, version: str = "") -> tuple[FormType, list[OwnForm]]:
    """A form type by id, with all versions when it is one of the network's; retired ones too. Raises NotFound."""
    if code in consent.forms() and code != PLAIN:
        return consent.forms()[code], []
    versions = list(consent.versions_of(session, code))
    wanted = next((row for row in versions if version in ("", str(row.version))), None)
    if wanted is None:
        raise NotFound("There is no such form")
    return wanted.as_form, versions


@blueprint.get("/forms/<form_type>")
@requires(Permission.NETWORK_POLICY_READ)
def form(form_type: str) -> str:
    """One form type: what staff see of it, what each law asks, its files and its versions."""
    with reading() as session:
        found, versions = found_form(session, form_type, request.args.get("version", ""))
        files = consent.official_forms(session, form_type)
    is_newest = not versions or found.version == versions[0].version
    is_retired = bool(versions) and versions[0].is_retired
    return render_template(
        "privacy/form.html", form=found, title=title_of(found), note=note_of(found, is_retired),
        facts=staff_will_see(found), laws=law_rows(found), files=file_rows(files), versions=version_lines(versions),
        is_newest=is_newest, is_retired=is_retired, place=place_of_reader(), notice=done_notice(DONE),
    )  # fmt: skip


def file_page(form_type: str, errors: Any = (), notice: Any = None) -> str:
    """The page on which an official file is chosen and described."""
    with reading() as session:
        found, versions = found_form(session, form_type)
    if versions and versions[0].is_retired:
        raise NotFound("There is no such form")
    return render_template(
        "privacy/form_file.html", form=found, title=title_of(found), errors=errors, notice=notice,
        languages=language_choices(), place=place_of_reader(),
        effective_on={part: typed(f"effective_on_{part}") for part in PARTS},
    )  # fmt: skip


@blueprint.get("/forms/<form_type>/files/new")
@requires(Permission.NETWORK_MANAGE)
@proven
def new_form_file(form_type: str) -> str:
    """Choose the official file."""
    return file_page(form_type)


@blueprint.post("/forms/<form_type>/files")
@requires(Permission.NETWORK_MANAGE)
@proven
@again(file_page)
def create_form_file(form_type: str) -> Response:
    """Keep it beside all earlier files; the same one twice is kept once."""
    boxes, faults = FileSchema().read_what_is_right()
    file = parsed_or_fault(faults, handed_in, NO_FILE)
    first_day = parsed_or_fault(faults, lambda: required_day_in(boxes, "effective_on", "First day"), today())
    words = {name: boxes.get(name, "") for name in ("language", "version", "source")}
    if faults:
        raise Invalid.all(faults)
    with transaction() as session:
        added = consent.add_official_form(
            session, g.actor, form_type, **words, **file, effective_on=first_day, at=g.now
        )
    return redirect(url_for("privacy.form", form_type=form_type, done="added" if added.is_new else "there"), 303)
