"""Answering a referral, helping, pausing, closing, cancelling: each step shows what will follow, then acts once."""

from datetime import time
from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, url_for
from marshmallow import fields, validate
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import calendar, directory, geography, participants, referrals
from cie.access import Permission
from cie.db import reading, transaction
from cie.directory import Query
from cie.errors import Invalid
from cie.http import requires
from cie.referrals import REASONS, Closing, ContactMethod, PersonWord, Reason, TaskStatus, Told
from cie.web import task_header
from cie.web.forms import FormSchema, again
from cie.web.language import chosen_language
from cie.web.words import closing_words, reason_words, witness_words

blueprint = Blueprint("tasks", __name__, url_prefix="/tasks")


MOST_PROPOSALS = 25
CHOOSE_REASON: Any = {"required": "Reason: choose one", "unknown": "Reason: choose one"}
CHOOSE_METHOD: Any = {"required": "How: choose one", "unknown": "How: choose one"}
CHOOSE_WORD: Any = {"required": "Their answer: choose one", "unknown": "Their answer: choose one"}


def _number(message: str) -> fields.Int:
    return fields.Int(load_default=None, error_messages={"invalid": message})


class VersionedSchema(FormSchema):
    """A form about a task as the reader saw it."""

    seen_version = fields.Int(load_default=None)


class ReasonSchema(VersionedSchema):
    """Why not, and in the worker's own words."""

    reason = fields.Enum(
        Reason,
        by_value=True,
        required=True,
        error_messages=CHOOSE_REASON,
    )
    words = fields.Str(load_default=None, validate=validate.Length(max=4000, error="Use at most 4000 characters"))


class RejectionSchema(ReasonSchema):
    """A no, and who fits better when somebody does."""

    proposed_service_id = fields.UUID(
        load_default=None, error_messages={"invalid_uuid": "Which one: choose a service of the list"}
    )


class DaySchema(FormSchema):
    """A day to look again: month and day, this year or the next."""

    until_month = _number("Look again: enter the month as a number")
    until_day = _number("Look again: enter the day as a number")

    def day(self, form: dict[str, Any]) -> Any:
        """The next such day. Raises Invalid."""
        return day_to_come(form.get("until_month"), form.get("until_day"))


class WaitlistSchema(VersionedSchema, DaySchema):
    """Until when on the waiting list."""


class UpdateSchema(VersionedSchema, DaySchema):
    """What happened since the yes."""

    step = fields.Str(
        required=True,
        validate=validate.OneOf(["start", "hold", "complete", "fail"], error="What happened: choose one"),
        error_messages={"required": "What happened: choose one"},
    )
    hold_reason = fields.Enum(Reason, by_value=True, load_default=None)
    fail_reason = fields.Enum(Reason, by_value=True, load_default=None)
    words = fields.Str(load_default=None, validate=validate.Length(max=4000, error="Use at most 4000 characters"))


class AttemptSchema(FormSchema):
    """One try to reach the person."""

    method = fields.Enum(
        ContactMethod,
        by_value=True,
        required=True,
        error_messages=CHOOSE_METHOD,
    )
    reached = fields.Bool(required=True, error_messages={"required": "Did you reach them: choose one"})
    minutes = _number("Minutes: enter a number")
    happened_date = fields.Date(load_default=None, error_messages={"invalid": "Day: enter it like 2026-11-24"})
    happened_time = fields.Time(load_default=None, error_messages={"invalid": "Time: enter it like 14:30"})


class ToldSchema(VersionedSchema):
    """An answer given by voice."""

    told_by = fields.Str(
        required=True,
        validate=validate.Length(max=100, error="Who told you: use at most 100 characters"),
        error_messages={"required": "Who told you: enter their name"},
    )
    answer = fields.Str(
        required=True,
        validate=validate.OneOf(["accept", "reject", "complete"], error="What they said: choose one"),
        error_messages={"required": "What they said: choose one"},
    )
    reason = fields.Enum(Reason, by_value=True, load_default=None)
    words = fields.Str(load_default=None)


class CloseSchema(FormSchema):
    """Why the loop ends."""

    closing = fields.Enum(
        Closing,
        by_value=True,
        required=True,
        error_messages=CHOOSE_REASON,
    )


class WordSchema(FormSchema):
    """The person's own word, taken by staff."""

    word = fields.Enum(PersonWord, by_value=True, required=True, error_messages=CHOOSE_WORD)


def day_to_come(month: int | None, day: int | None) -> Any:
    """The next day with this month and day. Raises Invalid naming the field."""
    if month is None or day is None:
        raise Invalid("Look again: enter month and day", "until")
    today = calendar.local_day(g.now)
    try:
        found = today.replace(month=month, day=day)
        return found if found > today else found.replace(year=today.year + 1)
    except ValueError as error:
        raise Invalid("Look again: this month does not have that day", "until") from error


def back_to_referral(task_or_referral_id: UUID, done: str) -> Response:
    """Back to the referral page, which says in words what was done."""
    return redirect(url_for("referrals.show", referral_id=task_or_referral_id, done=done), 303)


def _reasons(status: TaskStatus, header: task_header.TaskHeader, **names: Any) -> list[dict[str, Any]]:
    language = chosen_language()
    values = {"sender": header.sender, "zip": header.zip, "their_language": header.language, "day": "", **names}
    hidden = {Reason.RECALLED, Reason.LOOP_CLOSED}
    return [
        {
            "value": reason.value,
            "label": reason_words(reason.value, language),
            "hint": reason_words(reason.value, language, follow=True, **values),
        }
        for reason in REASONS[status]
        if reason not in hidden
    ]


def _header(task_id: UUID) -> task_header.TaskHeader:
    with reading() as session:
        return task_header.load(session, task_id)


def answer_page(task_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """The page with the answers."""
    return render_template("tasks/answer.html", header=_header(task_id), errors=errors, notice=notice)


@blueprint.get("/<uuid:task_id>/answer")
@requires(Permission.TASK_ANSWER)
def answer(task_id: UUID) -> str:
    """Can you help? What is asked, and the answers."""
    with transaction() as session:
        referrals.open_task(session, g.actor, referrals.get_task(session, g.actor, task_id), at=g.now)
    return answer_page(task_id)


@blueprint.post("/<uuid:task_id>/acceptance")
@requires(Permission.TASK_ANSWER)
@again(answer_page)
def accept(task_id: UUID) -> Response:
    """Yes, we can help."""
    form = VersionedSchema().read()
    with transaction() as session:
        task = referrals.accept(session, g.actor, task_id, at=g.now, seen_version=form["seen_version"])
    return back_to_referral(task.referral_id, "accepted")


def decline_page(task_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """The page of a no, with what follows from each reason."""
    with reading() as session:
        header = task_header.load(session, task_id)
        proposals = _better_places(session, header)
    options = _reasons(TaskStatus.REJECTED, header)
    return render_template(
        "tasks/decline.html", header=header, options=options, proposals=proposals, errors=errors, notice=notice
    )


def _better_places(session: Session, header: task_header.TaskHeader) -> list[tuple[str, str]]:
    """Services for the same need near the person that the decliner may name; its own are left out."""
    zip_code = header.zip if header.zip and geography.point_of_zip(header.zip) else ""
    found = directory.search(session, Query(need=header.need_code, zip=zip_code, limit=MOST_PROPOSALS), at=g.now)
    others = [hit for hit in found.items if hit.organization.participant_id != header.task.performer_id]
    return [(str(hit.service.id), f"{hit.service.name}, {hit.organization.name}") for hit in others]


@blueprint.get("/<uuid:task_id>/rejection")
@requires(Permission.TASK_ANSWER)
def decline(task_id: UUID) -> str:
    """No, we cannot: why not?"""
    return decline_page(task_id)


@blueprint.post("/<uuid:task_id>/rejection")
@requires(Permission.TASK_ANSWER)
@again(decline_page)
def create_rejection(task_id: UUID) -> Response:
    """Send the no."""
    form = RejectionSchema().read()
    if form["reason"] is not Reason.OTHER_FITS_BETTER:
        form["proposed_service_id"] = None
    with transaction() as session:
        task = referrals.reject(session, g.actor, task_id, at=g.now, **form)
    return back_to_referral(task.referral_id, "declined")


def waitlist_page(task_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """The page of a place on the waiting list."""
    return render_template("tasks/waitlist.html", header=_header(task_id), errors=errors, notice=notice)


@blueprint.get("/<uuid:task_id>/waitlist")
@requires(Permission.TASK_ANSWER)
def waitlist(task_id: UUID) -> str:
    """Offer a place on the waiting list."""
    return waitlist_page(task_id)


@blueprint.post("/<uuid:task_id>/waitlist")
@requires(Permission.TASK_ANSWER)
@again(waitlist_page)
def create_waitlist(task_id: UUID) -> Response:
    """Put them on the waiting list."""
    schema = WaitlistSchema()
    form = schema.read()
    with transaction() as session:
        task = referrals.put_on_waitlist(
            session, g.actor, task_id, until=schema.day(form), at=g.now, seen_version=form["seen_version"]
        )
    return back_to_referral(task.referral_id, "waitlisted")


def update_page(task_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """The page of what happened since the yes."""
    with reading() as session:
        header = task_header.load(session, task_id)
        needed = participants.get_participant(session, header.task.performer_id).attempts_before_unreachable
        tries = referrals.attempts_on_record(session, header.task)
    names = {"needed": str(needed), "tries": str(tries)}
    return render_template(
        "tasks/update.html",
        header=header,
        hold_options=_reasons(TaskStatus.ON_HOLD, header, **names),
        fail_options=_reasons(TaskStatus.FAILED, header, **names),
        errors=errors,
        notice=notice,
    )


@blueprint.get("/<uuid:task_id>/update")
@requires(Permission.TASK_ANSWER)
def update(task_id: UUID) -> str:
    """What happened since the yes?"""
    return update_page(task_id)


@blueprint.post("/<uuid:task_id>/update")
@requires(Permission.TASK_ANSWER)
@again(update_page)
def create_update(task_id: UUID) -> Response:
    """Help started, is paused, was given, or could not be given."""
    schema = UpdateSchema()
    form = schema.read()
    with transaction() as session:
        task = _updated(session, task_id, schema, form)
    return back_to_referral(task.referral_id, form["step"])


def _updated(session: Session, task_id: UUID, schema: UpdateSchema, form: dict[str, Any]) -> referrals.ReferralTask:
    seen = {"at": g.now, "seen_version": form["seen_version"]}
    if form["step"] == "start":
        return referrals.start(session, g.actor, task_id, **seen)
    if form["step"] == "complete":
        return referrals.complete(session, g.actor, task_id, words=form["words"], **seen)
    if form["step"] == "hold":
        reason = _chosen(form["hold_reason"], "hold_reason")
        return referrals.hold(session, g.actor, task_id, reason=reason, until=schema.day(form), **seen)
    reason = _chosen(form["fail_reason"], "fail_reason")
    return referrals.fail(session, g.actor, task_id, reason=reason, words=form["words"], **seen)


def _chosen(reason: Reason | None, field: str) -> Reason:
    if reason is None:
        raise Invalid("Reason: choose one", field)
    return reason


def contact_page(task_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """The page of one try to reach the person."""
    with reading() as session:
        header = task_header.load(session, task_id)
        attempts = referrals.attempts_for(session, g.actor, header.task.referral_id)
    now = calendar.local(g.now)
    return render_template(
        "tasks/contact.html", header=header, attempts=attempts, now=now, errors=errors, notice=notice
    )


@blueprint.get("/<uuid:task_id>/contact")
@requires(Permission.REFERRAL_ENTRY_WRITE)
def record_contact(task_id: UUID) -> str:
    """Record a try to reach the person."""
    return contact_page(task_id)


@blueprint.post("/<uuid:task_id>/contact")
@requires(Permission.REFERRAL_ENTRY_WRITE)
@again(contact_page)
def create_contact(task_id: UUID) -> Response:
    """Keep the try."""
    form = AttemptSchema().read()
    day, at_clock = form.pop("happened_date"), form.pop("happened_time")
    here = calendar.local(g.now)
    happened = calendar.instant(day or here.date(), at_clock or time(here.hour, here.minute))
    if not at_clock and day in (None, here.date()):
        happened = min(happened, g.now)
    with transaction() as session:
        attempt = referrals.record_attempt(session, g.actor, task_id, happened_at=happened, at=g.now, **form)
    return back_to_referral(attempt.referral_id, "contact")


def told_page(task_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """The page of an answer given by voice."""
    header = _header(task_id)
    options = _reasons(TaskStatus.REJECTED, header)
    return render_template("tasks/told.html", header=header, options=options, errors=errors, notice=notice)


@blueprint.get("/<uuid:task_id>/told")
@requires(Permission.ANSWER_RECORD)
def told(task_id: UUID) -> str:
    """They answered by phone."""
    return told_page(task_id)


@blueprint.post("/<uuid:task_id>/told")
@requires(Permission.ANSWER_RECORD)
@again(told_page)
def create_told(task_id: UUID) -> Response:
    """Keep the answer, as told by whom, until they confirm it."""
    form = ToldSchema().read()
    seen = {"at": g.now, "seen_version": form["seen_version"], "told": Told(form["told_by"])}
    with transaction() as session:
        if form["answer"] == "accept":
            task = referrals.accept(session, g.actor, task_id, **seen)
        elif form["answer"] == "complete":
            task = referrals.complete(session, g.actor, task_id, words=form["words"], **seen)
        else:
            reason = _chosen(form["reason"], "reason")
            task = referrals.reject(session, g.actor, task_id, reason=reason, words=form["words"], **seen)
    return back_to_referral(task.referral_id, "told")


def cancel_page(task_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """The page of a cancellation."""
    header = _header(task_id)
    options = _reasons(TaskStatus.CANCELLED, header)
    return render_template("tasks/cancel.html", header=header, options=options, errors=errors, notice=notice)


@blueprint.get("/<uuid:task_id>/cancellation")
@requires(Permission.TASK_CANCEL)
def cancel(task_id: UUID) -> str:
    """Cancel: why?"""
    return cancel_page(task_id)


@blueprint.post("/<uuid:task_id>/cancellation")
@requires(Permission.TASK_CANCEL)
@again(cancel_page)
def create_cancellation(task_id: UUID) -> Response:
    """Cancel the task; the other side is told."""
    form = ReasonSchema().read()
    with transaction() as session:
        task = referrals.cancel(session, g.actor, task_id, at=g.now, **form)
    return back_to_referral(task.referral_id, "cancelled")


def _loop(referral_id: UUID) -> dict[str, Any]:
    with reading() as session:
        referral = referrals.get_referral(session, g.actor, referral_id)
        tasks = referrals.tasks_of(session, referral)
        return {"referral": referral, "header": task_header.load(session, tasks[-1].id) if tasks else None}


def close_page(referral_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """The page of the end of a loop."""
    language = chosen_language()
    options = [{"value": c.value, "label": closing_words(c.value, language), "hint": None} for c in Closing]
    return render_template("tasks/close.html", options=options, errors=errors, notice=notice, **_loop(referral_id))


@blueprint.get("/loops/<uuid:referral_id>/closure")
@requires(Permission.REFERRAL_WRITE)
def close(referral_id: UUID) -> str:
    """End the loop: why?"""
    return close_page(referral_id)


@blueprint.post("/loops/<uuid:referral_id>/closure")
@requires(Permission.REFERRAL_WRITE)
@again(close_page)
def create_closure(referral_id: UUID) -> Response:
    """End the loop."""
    form = CloseSchema().read()
    with transaction() as session:
        referrals.close_loop(session, g.actor, referral_id, closing=form["closing"], at=g.now)
    return back_to_referral(referral_id, "closed")


def word_page(referral_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """The page of the person's own word."""
    language = chosen_language()
    options = [{"value": w.value, "label": witness_words(w.value, "sender", language)} for w in PersonWord]
    return render_template("tasks/word.html", options=options, errors=errors, notice=notice, **_loop(referral_id))


@blueprint.get("/loops/<uuid:referral_id>/word")
@requires(Permission.PERSON_WORD_RECORD)
def word(referral_id: UUID) -> str:
    """Did help come? What the person told you."""
    return word_page(referral_id)


@blueprint.post("/loops/<uuid:referral_id>/word")
@requires(Permission.PERSON_WORD_RECORD)
@again(word_page)
def create_word(referral_id: UUID) -> Response:
    """Keep the person's word with who took it."""
    form = WordSchema().read()
    with transaction() as session:
        referrals.get_referral(session, g.actor, referral_id)
        referrals.record_word(session, g.actor, referral_id, form["word"], at=g.now)
    return back_to_referral(referral_id, "word")


def error_page(referral_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """The page of a referral that should not exist."""
    return render_template("tasks/in_error.html", errors=errors, notice=notice, **_loop(referral_id))


@blueprint.get("/loops/<uuid:referral_id>/error")
@requires(Permission.REFERRAL_WRITE)
def in_error(referral_id: UUID) -> str:
    """Mark as sent by mistake: what will follow."""
    return error_page(referral_id)


@blueprint.post("/loops/<uuid:referral_id>/error")
@requires(Permission.REFERRAL_WRITE)
@again(error_page)
def create_error(referral_id: UUID) -> Response:
    """Mark as sent by mistake."""
    with transaction() as session:
        referrals.mark_in_error(session, g.actor, referral_id, at=g.now)
    return back_to_referral(referral_id, "in-error")
