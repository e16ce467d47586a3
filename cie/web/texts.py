"""Texts that a person must read: what came, what was asked before, and what the reader did about it."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, url_for
from marshmallow import fields, validate
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import calendar, identity, messaging, people, referrals
from cie.access import Permission
from cie.db import reading, transaction
from cie.errors import Invalid
from cie.http import requires
from cie.messaging import TextMessage, TextQuestion
from cie.people import ContactState
from cie.referrals import PersonWord, Referral
from cie.web.forms import FormSchema, again
from cie.web.language import chosen_language, lazy_gettext
from cie.web.language import gettext as _
from cie.web.organization import done_notice
from cie.web.person_words import contact_line, full_name
from cie.web.words import ask_words, witness_words

blueprint = Blueprint("texts", __name__, url_prefix="/texts")

READ, WORD, PAUSE = "read", "word", "pause"
NUMBER_STATES = {state.value: state for state in (ContactState.WRONG_NUMBER, ContactState.MOVED, ContactState.DECEASED)}
CHOOSE_OUTCOME: Any = {"required": "What it says: choose one"}
DONE = {"resumed": lazy_gettext("Saved. Automatic texts go on.")}


class HandlingSchema(FormSchema):
    """What the text says, and what the reader did."""

    outcome = fields.Str(
        required=True,
        validate=validate.OneOf([READ, WORD, PAUSE, *NUMBER_STATES], error=CHOOSE_OUTCOME["required"]),
        error_messages=CHOOSE_OUTCOME,
    )
    word = fields.Enum(PersonWord, by_value=True, load_default=None)
    note = fields.Str(
        load_default="", validate=validate.Length(max=2000, error="What you did: use at most 2000 characters")
    )


def page(message_id: UUID, errors: Any = (), notice: Any = None) -> str:
    """One text with its person."""
    with reading() as session:
        message = messaging.get_text(session, g.actor, message_id)
        person = people.get_person(session, g.actor, _person_id(message))
        question = messaging.question_before(session, message)
        loop = _asked_about(session, question)
        readers = identity.colleagues_by_id(session, g.actor, [message.handled_by_id])
        shown = {
            "name": full_name(person),
            "body": message.body,
            "handled_by": next((user.name for user in readers.values()), ""),
            "contacts": [contact_line(point) for point in people.contact_points(session, person)],
            "in_danger": people.has_open_alert(session, person),
        }
    return render_template(
        "texts/show.html",
        message=message,
        person=person,
        loop=loop,
        asked_at=question.asked_at if question else None,
        question=ask_words(chosen_language(), _day(loop)) if loop else "",
        outcomes=_outcomes(loop),
        words=[{"value": w.value, "label": witness_words(w.value, "sender", chosen_language())} for w in PersonWord],
        errors=errors,
        notice=notice or done_notice(DONE),
        **shown,
    )


def _person_id(message: TextMessage) -> UUID:
    assert message.person_id is not None  # `get_text` gives no text without a person
    return message.person_id


def _asked_about(session: Session, question: TextQuestion | None) -> Referral | None:
    """The request that the phone was asked about."""
    if question is None or question.question != referrals.QUESTION:
        return None
    return referrals.get_referral(session, g.actor, question.subject_id)


def _day(loop: Referral) -> date:
    return calendar.local_day(loop.first_sent_at or loop.created_at)


def _outcomes(loop: Referral | None) -> list[dict[str, Any]]:
    answer = {"value": WORD, "label": _("It answers our question"), "hint": _("It is kept as their own word.")}
    return [
        {"value": READ, "label": _("Something else"), "hint": _("Write down what you did.")},
        *([answer] if loop else []),
        {"value": "wrong-number", "label": _("Wrong number"), "hint": _("No more texts go to this number.")},
        {"value": "moved", "label": _("They moved away"), "hint": _("No more texts go to this number.")},
        {"value": "deceased", "label": _("They have died"), "hint": _("No more texts go to this person.")},
        {"value": PAUSE, "label": _("Texts should stop for now"), "hint": _("Texts stop until you let them go on.")},
    ]


@blueprint.get("/<uuid:message_id>")
@requires(Permission.PERSON_WRITE)
def show(message_id: UUID) -> str:
    """Read one text."""
    return page(message_id)


@blueprint.post("/<uuid:message_id>/handling")
@requires(Permission.PERSON_WRITE)
@again(page)
def handle(message_id: UUID) -> Response:
    """Keep what the text says and what was done; the text leaves the worklist."""
    form = HandlingSchema().read()
    if form["outcome"] == READ and not form["note"]:
        raise Invalid("What you did: write it down", "note")
    with transaction() as session:
        message = messaging.handle_text(session, g.actor, message_id, note=form["note"], at=g.now)
        _act(session, message, form)
    return redirect(url_for("worklist.index", done="read"), 303)


def _act(session: Session, message: TextMessage, form: dict[str, Any]) -> None:
    outcome = form["outcome"]
    if outcome == WORD:
        _keep_word(session, message, form["word"])
    if outcome in NUMBER_STATES and message.contact_point_id:
        state = {"state": NUMBER_STATES[outcome]}
        people.correct_contact(session, g.actor, message.contact_point_id, state, at=g.now)
    if outcome in (PAUSE, ContactState.DECEASED.value):
        people.pause_texts(session, g.actor, _person_id(message), at=g.now)


def _keep_word(session: Session, message: TextMessage, word: PersonWord | None) -> None:
    if word is None:
        raise Invalid("Their answer: choose one", "word")
    loop = _asked_about(session, messaging.question_before(session, message))
    if loop is None:
        raise Invalid("What it says: nothing was asked before this text. Choose something else", "outcome")
    referrals.record_word(session, g.actor, loop.id, word, at=g.now)


@blueprint.post("/<uuid:message_id>/resumption")
@requires(Permission.PERSON_WRITE)
@again(page)
def resume(message_id: UUID) -> Response:
    """Let automatic texts to this person go on."""
    with transaction() as session:
        message = messaging.get_text(session, g.actor, message_id)
        people.resume_texts(session, g.actor, _person_id(message), at=g.now)
    return redirect(url_for("texts.show", message_id=message_id, done="resumed"), 303)
