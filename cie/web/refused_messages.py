"""What programs of the own organization sent and were refused: reading it, opening it, sending it again or away."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import identity, quarantine
from cie.access import Permission, is_allowed
from cie.db import reading, transaction
from cie.http import paginate, requires
from cie.identity import Client
from cie.quarantine import MessageState, Part, RefusedMessage, StillRefused
from cie.web.files import download
from cie.web.forms import again
from cie.web.language import lazy_gettext
from cie.web.message_words import faults_of, message_state, readable, reasons, size_words
from cie.web.organization import done_notice
from cie.web.paging import pages_of, wanted_page

blueprint = Blueprint("refused_messages", __name__, url_prefix="/organization/refused")
DONE = {
    "gone": lazy_gettext("Thrown away. Nothing of it is left here."),
    "taken": lazy_gettext("Taken. What it became stands below; what was sent is not kept here any more."),
    "parts": lazy_gettext("Each part was sent again by itself. What became of each stands below."),
    "refused": lazy_gettext("Refused again. The newest reasons stand below."),
}
SHOWN_CHARACTERS = 100_000


def _programs(session: Session) -> dict[UUID, Client]:
    return {each.id: each for each in identity.clients_of(session, g.actor, g.actor.organization)}


def _wanted_program(programs: dict[UUID, Client]) -> Client | None:
    """The program that the address names; None for all, and for one that is not of the organization."""
    asked = request.args.get("program", type=UUID)
    return programs.get(asked) if asked else None


@blueprint.get("")
@requires(Permission.CLIENT_MANAGE)
def index() -> str:
    """What was refused, newest first, of all programs or of one."""
    with reading() as session:
        programs = _programs(session)
        waiting = quarantine.waiting_by_program(session, g.actor)
        program = _wanted_program(programs)
        query = quarantine.messages_of(g.actor, program.id if program else None)
        page = paginate(session, query, number=wanted_page(), total=None)
    rows = [_row(row, programs[row.client_id]) for row in page.items]
    here = {"program": program.id} if program else {}
    return render_template(
        "messages/index.html", rows=rows, program=program, programs=list(programs.values()), waiting=waiting,
        pages=pages_of(page, "refused_messages.index", **here), notice=done_notice(DONE),
    )  # fmt: skip


def _row(row: RefusedMessage, client: Client) -> dict[str, Any]:
    return {"row": row, "program": client.name, "why": reasons(row.codes), "state": message_state(row)}


def one_page(refused_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """One message, with each thing that was wrong."""
    with reading() as session:
        row = quarantine.get_message(session, g.actor, refused_id)
        client = identity.get_client(session, g.actor, row.client_id)
        faults, asked = list(faults_of(row.outcome)), row.asked or {}
        parts = [_row(each, client) for each in quarantine.parts_of(session, g.actor, refused_id)]
    return render_template(
        "messages/show.html", row=row, client=client, faults=faults, state=message_state(row), asked=asked,
        parts=parts, size=size_words(row.byte_count), waits=row.state is MessageState.WAITING,
        may_open=is_allowed(g.actor, Permission.MESSAGE_OPEN), errors=errors, notice=notice or done_notice(DONE),
    )  # fmt: skip


@blueprint.get("/<uuid:refused_id>")
@requires(Permission.CLIENT_MANAGE)
def show(refused_id: UUID) -> str:
    """One message."""
    return one_page(refused_id)


@blueprint.post("/<uuid:refused_id>/resending")
@requires(Permission.CLIENT_MANAGE)
@again(one_page)
def resend(refused_id: UUID) -> Response:
    """Send it again as its program would now; when it is refused again, the newest reasons are kept."""
    return _done(refused_id, _sent_again(refused_id))


def _sent_again(refused_id: UUID) -> str:
    """What became of it: `taken`, `refused`, or `parts`, of which each was sent again by itself."""
    read_again: quarantine.Reader = current_app.extensions["cie"].read_again
    try:
        with reading() as session:
            message, token = quarantine.to_send_again(session, g.actor, refused_id, at=g.now)
        asked = read_again(message, token, g.now)
        if not callable(asked):
            return _sent_in_parts(refused_id, asked)
        with transaction() as session:
            quarantine.take_again(session, g.actor, refused_id, asked, at=g.now)
    except StillRefused as refused:
        with transaction() as session:
            quarantine.note_still_refused(session, g.actor, refused_id, refused, at=g.now)
        return "refused"
    return "taken"


def _sent_in_parts(refused_id: UUID, parts: Sequence[Part]) -> str:
    with transaction() as session:
        ids = quarantine.take_apart(session, g.actor, refused_id, parts, at=g.now)
    for id in ids:
        _sent_again(id)
    return "parts"


def _done(refused_id: UUID, what: str) -> Response:
    return redirect(url_for("refused_messages.show", refused_id=refused_id, done=what), 303)


def _content(refused_id: UUID) -> bytes:
    with transaction() as session:
        return quarantine.open_message(session, g.actor, refused_id, at=g.now)


@blueprint.get("/<uuid:refused_id>/content")
@requires(Permission.MESSAGE_OPEN)
def content(refused_id: UUID) -> str:
    """What it says; that it was opened is recorded before it leaves."""
    text = readable(_content(refused_id))
    is_cut = len(text) > SHOWN_CHARACTERS
    return render_template("messages/content.html", refused_id=refused_id, text=text[:SHOWN_CHARACTERS], is_cut=is_cut)


@blueprint.get("/<uuid:refused_id>/content/file")
@requires(Permission.MESSAGE_OPEN)
def file(refused_id: UUID) -> Response:
    """What it says, byte by byte as it came."""
    return download(f"message-{refused_id}.txt", "application/octet-stream", _content(refused_id))


@blueprint.get("/<uuid:refused_id>/discard")
@requires(Permission.CLIENT_MANAGE)
def discard(refused_id: UUID) -> str:
    """What follows when a message is thrown away."""
    with reading() as session:
        row = quarantine.get_message(session, g.actor, refused_id)
        client = identity.get_client(session, g.actor, row.client_id)
    return render_template("messages/discard.html", row=row, client=client)


@blueprint.post("/<uuid:refused_id>/discard")
@requires(Permission.CLIENT_MANAGE)
@again(one_page)
def remove(refused_id: UUID) -> Response:
    """Throw it away."""
    with transaction() as session:
        quarantine.discard_message(session, g.actor, refused_id, at=g.now)
    return redirect(url_for("refused_messages.index", done="gone"), 303)
