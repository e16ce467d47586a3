"""Asking somebody to sign what was filled in: the text is made, laid before them, and their link texted."""

from typing import Any
from uuid import UUID

from flask import g
from sqlmodel import Session

from cie import consent, messaging, people
from cie.consent import Method
from cie.web.signing_text import text_of


def asked(session: Session, person_id: UUID, said: dict[str, Any]) -> UUID:
    """Lay a text before the person; by a link it is texted where it can be. Raises what `draft_to_sign` raises."""
    person, draft = consent.draft_to_sign(session, g.actor, person_id, **said, at=g.now)
    lines = text_of(session, person, draft)
    made = consent.ask_to_sign(session, g.actor, person_id, lines=lines, **said, at=g.now)
    can_text = people.working_link_of(session, person, at=g.now) and messaging.link_point(session, person)
    if made.method is Method.BY_LINK and can_text:
        messaging.text_signing(session, g.actor, made.id, at=g.now)
    return made.id
