"""Ending what was asked: cancelling one task, closing the loop, marking it as sent by mistake."""

from typing import Any
from uuid import UUID

from flask import g
from marshmallow import fields
from werkzeug.wrappers import Response

from cie import referrals
from cie.access import Permission
from cie.db import transaction
from cie.http import requires
from cie.referrals import Closing, TaskStatus
from cie.web.forms import Notice, again
from cie.web.language import chosen_language
from cie.web.referral_change import what_changed
from cie.web.tasks.steps import (
    CHOOSE_REASON,
    ReasonSchema,
    SeenSchema,
    back_to_referral,
    blueprint,
    header_of,
    loop_page,
    reason_options,
    task_page,
)
from cie.web.words import closing_words


class CloseSchema(SeenSchema):
    """Why the loop ends."""

    closing = fields.Enum(Closing, by_value=True, required=True, error_messages=CHOOSE_REASON)


def cancel_page(task_id: UUID, errors: Any = (), notice: Notice | None = None) -> str:
    """The page of a cancellation."""
    header = header_of(task_id)
    return task_page("cancel", header, errors, notice, options=reason_options(TaskStatus.CANCELLED, header))


@blueprint.get("/<uuid:task_id>/cancellation")
@requires(Permission.TASK_CANCEL)
def cancel(task_id: UUID) -> str:
    """Cancel: why?"""
    return cancel_page(task_id)


@blueprint.post("/<uuid:task_id>/cancellation")
@requires(Permission.TASK_CANCEL)
@again(cancel_page, what_changed)
def create_cancellation(task_id: UUID) -> Response:
    """Cancel the task; the other side is told."""
    form = ReasonSchema().read()
    with transaction() as session:
        task = referrals.cancel(session, g.actor, task_id, at=g.now, **form)
    return back_to_referral(task.referral_id, "cancelled")


def close_page(referral_id: UUID, errors: Any = (), notice: Notice | None = None) -> str:
    """The page of the end of a loop."""
    language = chosen_language()
    options = [{"value": c.value, "label": closing_words(c.value, language), "hint": None} for c in Closing]
    return loop_page("close", referral_id, errors, notice, options=options)


@blueprint.get("/loops/<uuid:referral_id>/closure")
@requires(Permission.REFERRAL_WRITE)
def close(referral_id: UUID) -> str:
    """End the loop: why?"""
    return close_page(referral_id)


@blueprint.post("/loops/<uuid:referral_id>/closure")
@requires(Permission.REFERRAL_WRITE)
@again(close_page, what_changed)
def create_closure(referral_id: UUID) -> Response:
    """End the loop."""
    form = CloseSchema().read()
    with transaction() as session:
        referrals.close_loop(session, g.actor, referral_id, at=g.now, **form)
    return back_to_referral(referral_id, "closed")


def error_page(referral_id: UUID, errors: Any = (), notice: Notice | None = None) -> str:
    """The page of a referral that should not exist."""
    return loop_page("in_error", referral_id, errors, notice)


@blueprint.get("/loops/<uuid:referral_id>/error")
@requires(Permission.REFERRAL_WRITE)
def in_error(referral_id: UUID) -> str:
    """Mark as sent by mistake: what will follow."""
    return error_page(referral_id)


@blueprint.post("/loops/<uuid:referral_id>/error")
@requires(Permission.REFERRAL_WRITE)
@again(error_page, what_changed)
def create_error(referral_id: UUID) -> Response:
    """Mark as sent by mistake."""
    form = SeenSchema().read()
    with transaction() as session:
        referrals.mark_in_error(session, g.actor, referral_id, at=g.now, **form)
    return back_to_referral(referral_id, "in-error")
