"""The organization asked answered by voice, and somebody of the sender writes it down."""

from typing import Any
from uuid import UUID

from flask import g
from marshmallow import fields, validate
from werkzeug.wrappers import Response

from cie import referrals
from cie.access import Permission
from cie.db import transaction
from cie.http import requires
from cie.referrals import Reason, TaskStatus, Told
from cie.web.forms import Notice, again
from cie.web.referral_change import what_changed
from cie.web.task_header import TaskHeader
from cie.web.tasks.steps import (
    WordsSchema,
    back_to_referral,
    blueprint,
    chosen,
    header_of,
    reason_options,
    task_page,
)


class ToldSchema(WordsSchema):
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


def told_page(task_id: UUID, errors: Any = (), notice: Notice | None = None) -> str:
    """The page of an answer given by voice."""
    header = header_of(task_id)
    return task_page("told", header, errors, notice, options=_reasons(header))


def _reasons(header: TaskHeader) -> list[dict[str, Any]]:
    """Why they cannot help; what follows is told to those who answer themselves."""
    return [option | {"hint": None} for option in reason_options(TaskStatus.REJECTED, header)]


@blueprint.get("/<uuid:task_id>/told")
@requires(Permission.ANSWER_RECORD)
def told(task_id: UUID) -> str:
    """They answered by phone."""
    return told_page(task_id)


@blueprint.post("/<uuid:task_id>/told")
@requires(Permission.ANSWER_RECORD)
@again(told_page, what_changed)
def create_told(task_id: UUID) -> Response:
    """Keep the answer, as told by whom, until they confirm it."""
    form = ToldSchema().read()
    said = {"at": g.now, "seen": form["seen"], "told": Told(form["told_by"])}
    with transaction() as session:
        if form["answer"] == "accept":
            task = referrals.accept(session, g.actor, task_id, **said)
        elif form["answer"] == "complete":
            task = referrals.complete(session, g.actor, task_id, words=form["words"], **said)
        else:
            reason = chosen(form["reason"], "reason")
            task = referrals.reject(session, g.actor, task_id, reason=reason, words=form["words"], **said)
    return back_to_referral(task.referral_id, "told")
