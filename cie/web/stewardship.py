"""Keeping a service true on its page: how much room there is, how private it is, whose records, its facts."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, url_for
from marshmallow import fields, validate
from werkzeug.wrappers import Response

from cie import directory
from cie.access import Permission
from cie.db import reading, transaction
from cie.directory import CapacityStatus, Category, Correction
from cie.errors import CieError
from cie.http import requires
from cie.participants import Program
from cie.web.directory import show_page
from cie.web.forms import FormSchema, Notice, again
from cie.web.language import lazy_gettext
from cie.web.service_page import NO_PROGRAM

blueprint = Blueprint("stewardship", __name__)

# In lists, since marshmallow takes a lazy text alone for a nested error.
CHOOSE_ROOM = [lazy_gettext("Room: choose one")]
CHOOSE_PROGRAM = [lazy_gettext("Program: choose one of the list")]
CHOOSE_PRIVATE = [lazy_gettext("Private: choose one")]
ENTER_NAME = [lazy_gettext("Name: enter a name")]


class RoomSchema(FormSchema):
    """How much room there is, as its organization says."""

    status = fields.Enum(
        CapacityStatus, by_value=True, required=True, error_messages={"required": CHOOSE_ROOM, "unknown": CHOOSE_ROOM}
    )
    note = fields.Str(
        load_default=None, validate=validate.Length(max=300, error=lazy_gettext("Note: use 300 letters or fewer"))
    )


class SensitivitySchema(FormSchema):
    """What naming the service would tell of a person."""

    category = fields.Enum(
        Category, by_value=True, required=True, error_messages={"required": CHOOSE_PRIVATE, "unknown": CHOOSE_PRIVATE}
    )


class ProgramSchema(FormSchema):
    """The program that the service is part of."""

    program = fields.Str(
        required=True,
        validate=validate.OneOf([NO_PROGRAM, *Program], error=CHOOSE_PROGRAM[0]),
        error_messages={"required": CHOOSE_PROGRAM},
    )


class CorrectionSchema(FormSchema):
    """The facts of a service, as they shall be."""

    name = fields.Str(
        required=True,
        validate=validate.Length(max=200, error=lazy_gettext("Name: use 200 letters or fewer")),
        error_messages={"required": ENTER_NAME},
    )
    description = fields.Str(load_default="")
    eligibility_description = fields.Str(load_default="")
    application_process = fields.Str(load_default="")
    fees_description = fields.Str(load_default="")


def _back(service_id: UUID, done: str) -> Response:
    return redirect(url_for("directory.show", service_id=service_id, done=done), 303)


@blueprint.post("/directory/<uuid:service_id>/confirmation")
@requires(Permission.DIRECTORY_WRITE)
@again(show_page)
def create_confirmation(service_id: UUID) -> Response:
    """Still right, in one tap."""
    with transaction() as session:
        directory.confirm_capacity(session, g.actor, service_id, at=g.now)
    return _back(service_id, "confirmed")


@blueprint.post("/directory/<uuid:service_id>/room")
@requires(Permission.DIRECTORY_WRITE)
@again(show_page)
def create_room(service_id: UUID) -> Response:
    """A new word on how much room there is."""
    form = RoomSchema().read()
    with transaction() as session:
        directory.confirm_capacity(session, g.actor, service_id, form["status"], note=form["note"], at=g.now)
    return _back(service_id, "room")


@blueprint.post("/directory/<uuid:service_id>/sensitivity")
@requires(Permission.DIRECTORY_READ)
@again(show_page)
def set_sensitivity(service_id: UUID) -> Response:
    """How private the use of the service is."""
    form = SensitivitySchema().read()
    with transaction() as session:
        directory.set_sensitivity(session, g.actor, service_id, form["category"], at=g.now)
    return _back(service_id, "sensitivity")


@blueprint.post("/directory/<uuid:service_id>/program")
@requires(Permission.DIRECTORY_READ)
@again(show_page)
def set_program(service_id: UUID) -> Response:
    """Whose records the words about people who use the service are."""
    code = ProgramSchema().read()["program"]
    with transaction() as session:
        program = None if code == NO_PROGRAM else Program(code)
        directory.set_program(session, g.actor, service_id, program, at=g.now)
    return _back(service_id, "program")


def _correction_page(service_id: UUID, errors: Sequence[CieError] = (), notice: Notice | None = None) -> str:
    with reading() as session:
        service = directory.get_own_service(session, g.actor, service_id)
    return render_template("directory/correction.html", service=service, errors=errors, notice=notice)


@blueprint.get("/directory/<uuid:service_id>/correction")
@requires(Permission.DIRECTORY_WRITE)
def correction(service_id: UUID) -> str:
    """The form for correcting the facts of an own service."""
    return _correction_page(service_id)


@blueprint.post("/directory/<uuid:service_id>/correction")
@requires(Permission.DIRECTORY_WRITE)
@again(_correction_page)
def create_correction(service_id: UUID) -> Response:
    """The facts as they shall be from now on."""
    form: dict[str, Any] = CorrectionSchema().read()
    with transaction() as session:
        directory.correct_service(session, g.actor, service_id, Correction(**form), at=g.now)
    return _back(service_id, "corrected")
