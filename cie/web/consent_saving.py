"""Writing a permission down once, and never an older one over a newer: what every form of permission shares."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID, uuid4

import orjson
from flask import g, request, url_for
from sqlmodel import Session

from cie import consent, events, people
from cie.consent import Consent, Decision
from cie.db import reading, transaction
from cie.errors import Invalid, NotPossibleNow
from cie.people import Person
from cie.web.forms import own_page, own_path, typed
from cie.web.language import gettext as _
from cie.web.signing_asking import asked


def newest_of(session: Session, person: Person) -> Consent | None:
    """What was written down last."""
    return next(iter(consent.consents_of(session, person.organization_id, person.id)), None)


def hidden_boxes(newest: Consent | None, *, is_told: bool) -> dict[str, Any]:
    """What a form carries along. One that was told what changed goes on from there, as a new one."""
    stays = request.method == "POST" and not is_told
    return {
        "form_id": uuid4().hex if is_told else typed("form_id") or uuid4().hex,
        "seen_newest": typed("seen_newest") if stays else newest.id if newest else "",
    }


def what_was_written(person_id: UUID, **_view: Any) -> str:
    """What a colleague wrote down while this form stood open."""
    with reading() as session:
        newest = newest_of(session, people.get_person(session, g.actor, person_id))
    if newest is None:
        return ""
    said_no = newest.decision is Decision.DO_NOT_SHARE
    return _("A colleague wrote down a no to sharing") if said_no else _("A colleague wrote down a yes to sharing")


def waiting_page() -> str | None:
    """The page of ours that waits for what is written down here, such as a referral that was begun."""
    return own_path(dict(parse_qsl(urlsplit(own_page()).query)).get("back", ""))


def saved(person_id: UUID, said: dict[str, Any], seen: UUID | None) -> str:
    """Keep what was said, or ask the person to sign it; the page that comes next. A second click does it once.

    Raises what `record_consent` and `ask_to_sign` raise, and Stale.
    """
    if said["method"] in consent.SIGNED_HERE:
        signing_id = _once(lambda session: asked(session, person_id, said), person_id, said, seen)
        return url_for("signing.show", signing_id=signing_id, back=waiting_page())
    consent_id = _once(lambda session: _recorded(session, person_id, said), person_id, said, seen)
    return waiting_page() or url_for("consents.show", consent_id=consent_id, done="recorded")


def _recorded(session: Session, person_id: UUID, said: dict[str, Any]) -> UUID:
    return consent.record_consent(session, g.actor, person_id, **said, at=g.now).id


def _once(make: Callable[[Session], UUID], person_id: UUID, said: dict[str, Any], seen: UUID | None) -> UUID:
    content = orjson.dumps([person_id, said], option=orjson.OPT_SORT_KEYS)
    try:
        with transaction() as session:
            key = f"consent.record:{request.form.get('form_id', '')[:64]}"
            claimed = events.claim_key(session, g.actor.id, key, content, at=g.now)
            if claimed.resource_id is None:
                consent.require_newest(session, g.actor, person_id, seen)
                claimed.resource_id = make(session)
                session.add(claimed)
            return claimed.resource_id
    except Invalid as error:
        if error.field != "Idempotency-Key":
            raise
        raise NotPossibleNow("This form was already saved. Save again to write down something newer") from error
