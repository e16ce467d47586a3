"""The two boxes of a referral's page: words for the other side, and words for one's own organization.

Both stand in one form, so that sending one keeps what was typed into the other. Each has an address of its own, which
reads its own box alone: the words of the other one are shown again, and go nowhere.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

from flask import g, request
from marshmallow import fields, validate
from sqlmodel import Session

from cie import events, referrals
from cie.db import transaction
from cie.referrals import Entry
from cie.web.forms import FormSchema, Notice, typed
from cie.web.language import lazy_gettext
from cie.web.referral_page import DONE, Writing

OTHER = {"message": "note", "note": "message"}
STILL_HERE = {
    "message": lazy_gettext("Your internal note below is not saved yet."),
    "note": lazy_gettext("Your message below is not sent yet."),
}


class BoxSchema(FormSchema):
    """One of the boxes; to whom the message goes stands with both."""

    to = fields.Raw()


class MessageSchema(BoxSchema):
    """Words for the other side; a note that comes along stays unread."""

    message = fields.Str(
        required=True,
        validate=validate.Length(max=referrals.LONGEST_TEXT, error="Message: use at most 4000 characters"),
        error_messages={"required": "Message: write something first"},
    )
    note = fields.Raw()


class NoteSchema(BoxSchema):
    """Words for one's own organization; a message that comes along stays unread."""

    note = fields.Str(
        required=True,
        validate=validate.Length(max=referrals.LONGEST_TEXT, error="Internal note: use at most 4000 characters"),
        error_messages={"required": "Internal note: write something first"},
    )
    message = fields.Raw()


@dataclass(frozen=True)
class Boxes:
    """What stands in the boxes. `unsent`: a message for a place that hears no more; it comes back, but in no box."""

    form_id: str
    message: str
    note: str
    unsent: str


def boxes_of(writing: Writing | None, meant_for: UUID | None, written: str | None) -> Boxes:
    """The boxes as they are to be shown; `written` is the one whose words were just kept."""
    message = "" if written == "message" else typed("message")
    deaf = writing is None or meant_for not in (None, writing.task_id)
    return Boxes(
        form_id=(not written and typed("form_id")) or uuid4().hex,
        message="" if deaf else message,
        note="" if written == "note" else typed("note"),
        unsent=message if deaf else "",
    )


def write_once(words: str, write: Callable[[Session], Entry]) -> None:
    """Keep these words once for this form: a second click, or loading the answer again, writes nothing."""
    mark = events.request_hash(f"{request.path} {words}".encode()).hex()[:32]
    with transaction() as session:
        form = request.form.get("form_id", "")[:64] or uuid4().hex
        key = events.claim_key(session, g.actor.id, f"entry:{form}:{mark}", b"", at=g.now)
        if key.resource_id is None:
            key.resource_id = write(session).id
            session.add(key)


def other_box_is_filled(written: str) -> bool:
    """Whether words came along in the other box."""
    return bool(request.form.get(OTHER[written], "").strip())


def written_notice(written: str) -> Notice:
    """What was kept, and that the words of the other box were not."""
    return Notice("good", str(DONE[written][0]), str(STILL_HERE[written]))
