"""What all steps share: the form of a record as the reader saw it, reasons to choose from, the page, the way back."""

from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, url_for
from marshmallow import fields, validate
from werkzeug.wrappers import Response

from cie import referrals
from cie.db import reading
from cie.errors import Invalid
from cie.referrals import REASONS, Reason, Seen, TaskStatus
from cie.web import task_header
from cie.web.forms import FormSchema, Notice, typed
from cie.web.language import chosen_language
from cie.web.task_header import TaskHeader
from cie.web.words import reason_words

blueprint = Blueprint("tasks", __name__, url_prefix="/tasks")

CHOOSE_REASON: Any = {"required": "Reason: choose one", "unknown": "Reason: choose one"}
NEVER_CHOSEN = frozenset({Reason.RECALLED, Reason.LOOP_CLOSED})


class SeenSchema(FormSchema):
    """A form about a task or a loop as the reader saw it."""

    seen_version = fields.Int(load_default=None)
    seen_release = fields.UUID(load_default=None)

    def read(self) -> dict[str, Any]:
        """What was posted, with `seen` as the verbs want it. Raises Invalid."""
        form = super().read()
        version, release_id = form.pop("seen_version"), form.pop("seen_release")
        return form | {"seen": Seen(version, release_id) if version is not None else None}


class WordsSchema(SeenSchema):
    """A form with room for the worker's own words."""

    words = fields.Str(load_default=None, validate=validate.Length(max=4000, error="Use at most 4000 characters"))


class ReasonSchema(WordsSchema):
    """Why not, and in the worker's own words."""

    reason = fields.Enum(Reason, by_value=True, required=True, error_messages=CHOOSE_REASON)


def chosen(reason: Reason | None, field: str) -> Reason:
    """The reason that another choice of the form asks for. Raises Invalid when there is none."""
    if reason is None:
        raise Invalid("Reason: choose one", field)
    return reason


def back_to_referral(referral_id: UUID, done: str) -> Response:
    """Back to the referral page, which says in words what was done."""
    return redirect(url_for("referrals.show", referral_id=referral_id, done=done), 303)


def task_page(step: str, header: TaskHeader, errors: Any, notice: Notice | None, **shown: Any) -> str:
    """The page of one step of a task."""
    is_hidden = header.masked and header.is_sender
    seen = {} if is_hidden else _seen(Seen(header.task.version, header.release_id), notice)
    return render_template(f"tasks/{step}.html", header=header, seen=seen, errors=errors, notice=notice, **shown)


def loop_page(step: str, referral_id: UUID, errors: Any, notice: Notice | None, **shown: Any) -> str:
    """The page of one step of a whole loop."""
    with reading() as session:
        referral = referrals.get_referral(session, g.actor, referral_id)
        tasks = referrals.tasks_of(session, referral)
        header = task_header.load(session, tasks[-1].id) if tasks else None
        seen = {} if referral.masked else _seen(referrals.seen_of_loop(session, referral), notice)
    return render_template(
        f"tasks/{step}.html", referral=referral, header=header, seen=seen, errors=errors, notice=notice, **shown
    )


def _seen(now: Seen, notice: Notice | None) -> dict[str, Any]:
    """The boxes that say what the reader saw: once they were told of a change, that is how it stands now.

    Senders to a protected service have none: that it changed would tell how it goes on there.
    """
    found = {"version": now.version, "release": now.release_id or ""}
    if notice is not None and notice.of_change:
        return found
    return {name: typed(f"seen_{name}") or value for name, value in found.items()}


def header_of(task_id: UUID) -> TaskHeader:
    """What stands above every page about this task. Raises NotFound."""
    with reading() as session:
        return task_header.load(session, task_id)


def reason_options(status: TaskStatus, header: TaskHeader, **names: str) -> list[dict[str, Any]]:
    """The reasons from which somebody chooses, each with what follows from it."""
    language = chosen_language()
    other = header.provider if header.is_sender else header.sender
    values = {"sender": other, "zip": header.zip, "their_language": header.language, "day": "", **names}
    return [
        {
            "value": reason.value,
            "label": reason_words(reason.value, language),
            "hint": reason_words(reason.value, language, follow=True, **values),
        }
        for reason in REASONS[status]
        if reason not in NEVER_CHOSEN
    ]
