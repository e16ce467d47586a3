"""What came of it, written down by staff: where the person stands with a program."""

from typing import Any
from uuid import UUID

from flask import g
from marshmallow import fields
from werkzeug.wrappers import Response

from cie import calendar, referrals
from cie.access import Permission, check
from cie.db import reading, transaction
from cie.http import requires
from cie.participants import Program
from cie.referrals import Enrollment, NewResult, ResultKind
from cie.web import task_header
from cie.web.forms import FormSchema, Notice, again
from cie.web.referral_change import what_changed
from cie.web.referral_results import STATUSES, result_words
from cie.web.standing_words import PROGRAMS
from cie.web.tasks.steps import back_to_referral, blueprint, task_page

CHOOSE_PROGRAM: Any = {"required": "Program: choose one of the list", "unknown": "Program: choose one of the list"}
CHOOSE_STATUS: Any = {"required": "Where they stand: choose one", "unknown": "Where they stand: choose one"}


class EnrollmentSchema(FormSchema):
    """Where the person stands with which program, and since when."""

    program = fields.Enum(Program, by_value=True, required=True, error_messages=CHOOSE_PROGRAM)
    status = fields.Enum(Enrollment, by_value=True, required=True, error_messages=CHOOSE_STATUS)
    since = fields.Date(load_default=None, error_messages={"invalid": "Since: enter it like 2026-11-24"})


def enrollment_page(task_id: UUID, errors: Any = (), notice: Notice | None = None) -> str:
    """The page of an enrollment, with those on record; for who said yes."""
    with reading() as session:
        header = task_header.load(session, task_id)
        check(g.actor, Permission.TASK_ANSWER, header.task)
        given = referrals.results_for(session, g.actor, [header.task])
    programs = [(program.value, str(words)) for program, words in PROGRAMS.items()]
    statuses = [{"value": status.value, "label": str(words), "hint": None} for status, words in STATUSES.items()]
    # what a program sent is corrected by the program
    on_record = [(each.id, result_words(each)) for each in given if not each.source]
    shown = {"programs": programs, "statuses": statuses, "on_record": on_record}
    return task_page("enrollment", header, errors, notice, today=calendar.local_day(g.now), **shown)


@blueprint.get("/<uuid:task_id>/enrollment")
@requires(Permission.TASK_ANSWER)
def record_enrollment(task_id: UUID) -> str:
    """Record where the person stands with a program."""
    return enrollment_page(task_id)


@blueprint.post("/<uuid:task_id>/enrollment")
@requires(Permission.TASK_ANSWER)
@again(enrollment_page, what_changed)
def create_enrollment(task_id: UUID) -> Response:
    """Keep it; the sender reads it where that may be."""
    form = EnrollmentSchema().read()
    since = form.pop("since") or calendar.local_day(g.now)
    with transaction() as session:
        given = NewResult(ResultKind.ENROLLMENT, **form, since_on=since)
        row = referrals.give_result(session, g.actor, task_id, given, at=g.now)
    return back_to_referral(row.referral_id, "enrollment")


@blueprint.post("/results/<uuid:result_id>/taking-back")
@requires(Permission.TASK_ANSWER)
def take_back(result_id: UUID) -> Response:
    """It was recorded by mistake: nobody reads it any more."""
    with transaction() as session:
        row = referrals.take_back_result(session, g.actor, result_id, at=g.now)
    return back_to_referral(row.referral_id, "taken-back")
