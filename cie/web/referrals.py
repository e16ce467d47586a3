"""The page of one referral, for the side that asked and the sides that were asked; writing, handing over, looking."""

from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request, url_for
from marshmallow import fields
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import referrals
from cie.access import Permission
from cie.calendar import local_day
from cie.db import reading, transaction
from cie.errors import NotFound, NotPossibleNow
from cie.http import paginate, requires
from cie.identity import UserAccount
from cie.referrals import Side
from cie.web import referral_loading
from cie.web.forms import FormSchema, again, typed
from cie.web.language import LANGUAGES
from cie.web.language import gettext as _
from cie.web.paging import pages_of, wanted_page
from cie.web.referral_change import what_changed
from cie.web.referral_happening import SHOWS
from cie.web.referral_page import done_notice, page_of
from cie.web.referral_scene import Scene
from cie.web.referral_sharing import look_of, recipients_of, scopes_of
from cie.web.referral_sheet import contacts_of, sheet_of
from cie.web.referral_writing import (
    MessageSchema,
    NoteSchema,
    boxes_of,
    other_box_is_filled,
    write_once,
    written_notice,
)
from cie.web.staff_words import state_words

blueprint = Blueprint("referrals", __name__, url_prefix="/referrals")

LOOKS_A_PAGE = 30
NOBODY = "nobody"


class AssigneeSchema(FormSchema):
    """Who is in charge: a colleague's id, or `nobody`."""

    assignee = fields.Str(required=True, error_messages={"required": "Who is in charge: choose a colleague"})


def _asked_for() -> tuple[str, UUID | None]:
    show = request.args.get("show", "everything")
    return show if show in SHOWS else "everything", _task(typed("to", request.args.get("to")))


def _task(asked: str) -> UUID | None:
    try:
        return UUID(asked)
    except ValueError:
        return None


def referral_page(
    referral_id: UUID,
    task_id: UUID | None = None,
    errors: Any = (),
    notice: Any = None,
    written: str | None = None,
) -> str:
    """The page; a worker of a receiving side is noted as having opened it. `written`: the box whose words were kept."""
    show, to = _asked_for()
    to = task_id or to
    with reading() as session:
        page = page_of(session, referral_id, show=show, to=to)
    if page.to_open is not None:
        with transaction() as session:
            task = referrals.get_task(session, g.actor, page.to_open.id)
            referrals.open_task(session, g.actor, task, at=g.now)
    done = request.args.get("done")
    if notice is None and done:
        notice = done_notice(page, done)
    boxes = boxes_of(page.writing, to, written)
    return render_template("referrals/show.html", page=page, boxes=boxes, errors=errors, notice=notice)


@blueprint.get("/<uuid:referral_id>")
@requires(Permission.REFERRAL_READ)
def show(referral_id: UUID) -> str:
    """One referral: who owes the next step, what was said, what happened."""
    return referral_page(referral_id)


def _back(referral_id: UUID, done: str) -> Response:
    return redirect(url_for("referrals.show", referral_id=referral_id, done=done), 303)


def _after_writing(written: str, referral_id: UUID, task_id: UUID | None = None) -> "Response | str":
    """Back to the page; it is shown at once when the other box holds words, since they are kept nowhere else."""
    if not other_box_is_filled(written):
        return _back(referral_id, written)
    return referral_page(referral_id, task_id, notice=written_notice(written), written=written)


@blueprint.post("/<uuid:referral_id>/tasks/<uuid:task_id>/messages")
@requires(Permission.REFERRAL_ENTRY_WRITE)
@again(referral_page, what_changed)
def create_message(referral_id: UUID, task_id: UUID) -> "Response | str":
    """Send words to the other side."""
    words = MessageSchema().read()["message"]
    write_once(words, lambda session: referrals.write_message(session, g.actor, task_id, words, at=g.now))
    return _after_writing("message", referral_id, task_id)


@blueprint.post("/<uuid:referral_id>/notes")
@requires(Permission.REFERRAL_ENTRY_WRITE)
@again(referral_page)
def create_note(referral_id: UUID) -> "Response | str":
    """Keep words for one's own organization."""
    words = NoteSchema().read()["note"]
    write_once(words, lambda session: referrals.write_note(session, g.actor, referral_id, words, at=g.now))
    return _after_writing("note", referral_id)


def assignment_page(referral_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """The page on which somebody is put in charge."""
    with reading() as session:
        current = _in_charge(session, referral_id)
        colleagues = referrals.colleagues(session, g.actor)
    options = [{"value": str(user.id), "label": user.name, "hint": _away(user)} for user in colleagues]
    options.append({"value": NOBODY, "label": _("Not assigned"), "hint": _("Everybody here sees it on their list.")})
    return render_template(
        "referrals/assignment.html",
        referral_id=referral_id,
        options=options,
        current=str(current) if current else NOBODY,
        errors=errors,
        notice=notice,
    )


def _away(user: UserAccount) -> str | None:
    return state_words(user, g.now) if user.away_until is not None and user.away_until > g.now else None


def _in_charge(session: Session, referral_id: UUID) -> UUID | None:
    if referrals.side_of(session, g.actor, referral_id) == Side.REQUESTER:
        return referrals.get_referral(session, g.actor, referral_id).assignee_id
    return referrals.tasks_asked_of(session, g.actor, referral_id)[-1].assignee_id


@blueprint.get("/<uuid:referral_id>/assignment")
@requires(Permission.REFERRAL_ASSIGN)
def assignment(referral_id: UUID) -> str:
    """Who of us is in charge?"""
    return assignment_page(referral_id)


@blueprint.post("/<uuid:referral_id>/assignment")
@requires(Permission.REFERRAL_ASSIGN)
@again(assignment_page)
def create_assignment(referral_id: UUID) -> Response:
    """Put a colleague in charge of our side, or nobody."""
    chosen = AssigneeSchema().read()["assignee"]
    with transaction() as session:
        referrals.assign(session, g.actor, referral_id, None if chosen == NOBODY else _id(chosen), at=g.now)
    return _back(referral_id, "assigned")


def _id(chosen: str) -> UUID:
    try:
        return UUID(chosen)
    except ValueError as error:
        raise NotFound("There is no such record") from error


@blueprint.get("/<uuid:referral_id>/shared")
@requires(Permission.REFERRAL_READ)
def shared(referral_id: UUID) -> str:
    """Exactly what each place can see, with basis and versions."""
    with reading() as session:
        scene = _own_scene(session, referral_id)
        recipients = recipients_of(session, scene)
    return render_template("referrals/shared.html", scene=scene, recipients=recipients)


@blueprint.get("/<uuid:referral_id>/permission")
@requires(Permission.REFERRAL_READ)
def permission(referral_id: UUID) -> str:
    """What the person agreed to, for an organization that was asked: that there is a permission, and its scope."""
    with reading() as session:
        scene = referral_loading.load(session, g.actor, referral_id)
        if scene.is_sender:
            raise NotFound("There is no such record")
        scopes = scopes_of(session, scene, local_day(g.now))
    return render_template("referrals/permission.html", scene=scene, scopes=scopes)


@blueprint.get("/<uuid:referral_id>/looks")
@requires(Permission.REFERRAL_READ)
def looks(referral_id: UUID) -> str:
    """Who looked, and when."""
    with reading() as session:
        scene = _own_scene(session, referral_id)
        query = referrals.looks_at(session, g.actor, referral_id)
        page = paginate(session, query, number=wanted_page(), size=LOOKS_A_PAGE, total=None)
        found = [look_of(session, scene, entry) for entry in page.items]
    pages = pages_of(page, "referrals.looks", referral_id=referral_id)
    return render_template("referrals/looks.html", scene=scene, looks=found, pages=pages)


def _own_scene(session: Session, referral_id: UUID) -> Scene:
    """The loop for its sender; to everybody else there is none. Raises NotFound."""
    if referrals.side_of(session, g.actor, referral_id) != Side.REQUESTER:
        raise NotFound("There is no such record")
    return referral_loading.load(session, g.actor, referral_id)


@blueprint.get("/<uuid:referral_id>/sheet")
@requires(Permission.REFERRAL_READ)
def sheet(referral_id: UUID) -> str:
    """A sheet to give to the person, in their language: whom to call and what comes next, but not for what."""
    with reading() as session:
        scene = _own_scene(session, referral_id)
        if scene.masked:
            raise NotPossibleNow("Nothing is printed about a protected service. Tell the person instead")
        contacts = contacts_of(session, scene)
    assert scene.person is not None
    if scene.person.language in LANGUAGES:
        g.language = scene.person.language
    return render_template("referrals/sheet.html", sheet=sheet_of(scene, contacts), today=g.now)
