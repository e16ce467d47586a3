"""After a yes: what happened since, and each try to reach the person."""

from datetime import datetime, time
from typing import Any
from uuid import UUID

from flask import g
from marshmallow import fields, validate
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import calendar, participants, referrals
from cie.access import Permission, check
from cie.db import reading, transaction
from cie.http import requires
from cie.referrals import ContactMethod, Reason, ReferralTask, TaskStatus
from cie.web import task_header
from cie.web.day_boxes import DayToComeSchema, day_to_come
from cie.web.forms import FormSchema, Notice, again
from cie.web.referral_change import what_changed
from cie.web.tasks.steps import WordsSchema, back_to_referral, blueprint, chosen, reason_options, task_page

CHOOSE_METHOD: Any = {"required": "How: choose one", "unknown": "How: choose one"}


class UpdateSchema(WordsSchema, DayToComeSchema):
    """What happened since the yes."""

    step = fields.Str(
        required=True,
        validate=validate.OneOf(["start", "hold", "complete", "fail"], error="What happened: choose one"),
        error_messages={"required": "What happened: choose one"},
    )
    hold_reason = fields.Enum(Reason, by_value=True, load_default=None)
    fail_reason = fields.Enum(Reason, by_value=True, load_default=None)


class AttemptSchema(FormSchema):
    """One try to reach the person."""

    method = fields.Enum(ContactMethod, by_value=True, required=True, error_messages=CHOOSE_METHOD)
    reached = fields.Bool(required=True, error_messages={"required": "Did you reach them: choose one"})
    minutes = fields.Int(load_default=None, error_messages={"invalid": "Minutes: enter a number"})
    happened_date = fields.Date(load_default=None, error_messages={"invalid": "Day: enter it like 2026-11-24"})
    happened_time = fields.Time(load_default=None, error_messages={"invalid": "Time: enter it like 14:30"})


def update_page(task_id: UUID, errors: Any = (), notice: Notice | None = None) -> str:
    """The page of what happened since the yes, for who said it: it shows their tries, and how far they are."""
    with reading() as session:
        header = task_header.load(session, task_id)
        check(g.actor, Permission.TASK_ANSWER, header.task)
        needed = participants.get_participant(session, header.task.performer_id).attempts_before_unreachable
        tries = referrals.attempts_on_record(session, header.task)
    names = {"needed": str(needed), "tries": str(tries)}
    hold = reason_options(TaskStatus.ON_HOLD, header, **names)
    fail = reason_options(TaskStatus.FAILED, header, **names)
    return task_page("update", header, errors, notice, hold_options=hold, fail_options=fail)


@blueprint.get("/<uuid:task_id>/update")
@requires(Permission.TASK_ANSWER)
def update(task_id: UUID) -> str:
    """What happened since the yes?"""
    return update_page(task_id)


@blueprint.post("/<uuid:task_id>/update")
@requires(Permission.TASK_ANSWER)
@again(update_page, what_changed)
def create_update(task_id: UUID) -> Response:
    """Help started, is paused, was given, or could not be given."""
    form = UpdateSchema().read()
    with transaction() as session:
        task = _updated(session, task_id, form)
    return back_to_referral(task.referral_id, form["step"])


def _updated(session: Session, task_id: UUID, form: dict[str, Any]) -> ReferralTask:
    seen = {"at": g.now, "seen": form["seen"]}
    if form["step"] == "start":
        return referrals.start(session, g.actor, task_id, **seen)
    if form["step"] == "complete":
        return referrals.complete(session, g.actor, task_id, words=form["words"], **seen)
    if form["step"] == "hold":
        reason = chosen(form["hold_reason"], "hold_reason")
        until = day_to_come(form, today=calendar.local_day(g.now))
        return referrals.hold(session, g.actor, task_id, reason=reason, until=until, **seen)
    reason = chosen(form["fail_reason"], "fail_reason")
    return referrals.fail(session, g.actor, task_id, reason=reason, words=form["words"], **seen)


def contact_page(task_id: UUID, errors: Any = (), notice: Notice | None = None) -> str:
    """The page of one try to reach the person."""
    with reading() as session:
        header = task_header.load(session, task_id)
        attempts = referrals.attempts_for(session, g.actor, header.task.referral_id)
    return task_page("contact", header, errors, notice, attempts=attempts, now=calendar.local(g.now))


@blueprint.get("/<uuid:task_id>/contact")
@requires(Permission.REFERRAL_ENTRY_WRITE)
def record_contact(task_id: UUID) -> str:
    """Record a try to reach the person."""
    return contact_page(task_id)


@blueprint.post("/<uuid:task_id>/contact")
@requires(Permission.REFERRAL_ENTRY_WRITE)
@again(contact_page, what_changed)
def create_contact(task_id: UUID) -> Response:
    """Keep the try."""
    form = AttemptSchema().read()
    happened = _happened(form)
    tried = {name: form[name] for name in ("method", "reached", "minutes")}
    with transaction() as session:
        attempt = referrals.record_attempt(session, g.actor, task_id, happened_at=happened, at=g.now, **tried)
    return back_to_referral(attempt.referral_id, "contact")


def _happened(form: dict[str, Any]) -> datetime:
    """When it was; an empty time of today, and the minute that the page was filled with, is now."""
    now: datetime = g.now
    here, day, at_clock = calendar.local(now), form["happened_date"], form["happened_time"]
    if day in (None, here.date()) and at_clock in (None, time(here.hour, here.minute)):
        return now
    return calendar.instant(day or here.date(), at_clock or time(here.hour, here.minute))
