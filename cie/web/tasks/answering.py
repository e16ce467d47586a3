"""The organization asked answers: yes, no with a reason, or a place on the waiting list."""

from typing import Any
from uuid import UUID

from flask import g
from marshmallow import fields
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import calendar, directory, geography, referrals
from cie.access import Permission
from cie.db import reading, transaction
from cie.directory import Query
from cie.http import requires
from cie.referrals import Reason, TaskStatus
from cie.web import task_header
from cie.web.day_boxes import DayToComeSchema, day_to_come
from cie.web.forms import Notice, again
from cie.web.referral_change import what_changed
from cie.web.task_header import TaskHeader
from cie.web.tasks.steps import (
    ReasonSchema,
    SeenSchema,
    back_to_referral,
    blueprint,
    header_of,
    reason_options,
    task_page,
)

MOST_PROPOSALS = 25


class RejectionSchema(ReasonSchema):
    """A no, and who fits better when somebody does."""

    proposed_service_id = fields.UUID(
        load_default=None, error_messages={"invalid_uuid": "Which one: choose a service of the list"}
    )


class WaitlistSchema(SeenSchema, DayToComeSchema):
    """Until when on the waiting list."""


def answer_page(task_id: UUID, errors: Any = (), notice: Notice | None = None) -> str:
    """The page with the answers."""
    return task_page("answer", header_of(task_id), errors, notice)


@blueprint.get("/<uuid:task_id>/answer")
@requires(Permission.TASK_ANSWER)
def answer(task_id: UUID) -> str:
    """Can you help? What is asked, and the answers."""
    with transaction() as session:
        referrals.open_task(session, g.actor, referrals.get_task(session, g.actor, task_id), at=g.now)
    return answer_page(task_id)


@blueprint.post("/<uuid:task_id>/acceptance")
@requires(Permission.TASK_ANSWER)
@again(answer_page, what_changed)
def accept(task_id: UUID) -> Response:
    """Yes, we can help."""
    form = SeenSchema().read()
    with transaction() as session:
        task = referrals.accept(session, g.actor, task_id, at=g.now, **form)
    return back_to_referral(task.referral_id, "accepted")


def decline_page(task_id: UUID, errors: Any = (), notice: Notice | None = None) -> str:
    """The page of a no, with what follows from each reason."""
    with reading() as session:
        header = task_header.load(session, task_id)
        proposals = _better_places(session, header)
    options = reason_options(TaskStatus.REJECTED, header)
    return task_page("decline", header, errors, notice, options=options, proposals=proposals)


def _better_places(session: Session, header: TaskHeader) -> list[tuple[str, str]]:
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
@again(decline_page, what_changed)
def create_rejection(task_id: UUID) -> Response:
    """Send the no."""
    form = RejectionSchema().read()
    if form["reason"] is not Reason.OTHER_FITS_BETTER:
        form["proposed_service_id"] = None
    with transaction() as session:
        task = referrals.reject(session, g.actor, task_id, at=g.now, **form)
    return back_to_referral(task.referral_id, "declined")


def waitlist_page(task_id: UUID, errors: Any = (), notice: Notice | None = None) -> str:
    """The page of a place on the waiting list."""
    return task_page("waitlist", header_of(task_id), errors, notice)


@blueprint.get("/<uuid:task_id>/waitlist")
@requires(Permission.TASK_ANSWER)
def waitlist(task_id: UUID) -> str:
    """Offer a place on the waiting list."""
    return waitlist_page(task_id)


@blueprint.post("/<uuid:task_id>/waitlist")
@requires(Permission.TASK_ANSWER)
@again(waitlist_page, what_changed)
def create_waitlist(task_id: UUID) -> Response:
    """Put them on the waiting list."""
    form = WaitlistSchema().read()
    until = day_to_come(form, today=calendar.local_day(g.now))
    with transaction() as session:
        task = referrals.put_on_waitlist(session, g.actor, task_id, until=until, at=g.now, seen=form["seen"])
    return back_to_referral(task.referral_id, "waitlisted")
