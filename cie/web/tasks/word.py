"""The person's own word, taken by staff of the sender."""

from typing import Any
from uuid import UUID

from flask import g
from marshmallow import fields
from werkzeug.wrappers import Response

from cie import referrals
from cie.access import Permission
from cie.db import transaction
from cie.http import requires
from cie.referrals import PersonWord
from cie.web.forms import Notice, again
from cie.web.language import chosen_language
from cie.web.referral_change import what_changed
from cie.web.tasks.steps import SeenSchema, back_to_referral, blueprint, loop_page
from cie.web.words import witness_words

CHOOSE_WORD: Any = {"required": "Their answer: choose one", "unknown": "Their answer: choose one"}


class WordSchema(SeenSchema):
    """What the person said."""

    word = fields.Enum(PersonWord, by_value=True, required=True, error_messages=CHOOSE_WORD)


def word_page(referral_id: UUID, errors: Any = (), notice: Notice | None = None) -> str:
    """The page of the person's own word."""
    language = chosen_language()
    options = [{"value": w.value, "label": witness_words(w.value, "sender", language)} for w in PersonWord]
    return loop_page("word", referral_id, errors, notice, options=options)


@blueprint.get("/loops/<uuid:referral_id>/word")
@requires(Permission.PERSON_WORD_RECORD)
def word(referral_id: UUID) -> str:
    """Did help come? What the person told you."""
    return word_page(referral_id)


@blueprint.post("/loops/<uuid:referral_id>/word")
@requires(Permission.PERSON_WORD_RECORD)
@again(word_page, what_changed)
def create_word(referral_id: UUID) -> Response:
    """Keep the person's word with who took it."""
    form = WordSchema().read()
    with transaction() as session:
        referrals.get_referral(session, g.actor, referral_id)
        referrals.record_word(session, g.actor, referral_id, form["word"], at=g.now, seen=form["seen"])
    return back_to_referral(referral_id, "word")
