"""What a consent record says, in a sentence or two that staff and the person can read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from cie.consent import Consent, Decision, Method
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext
from cie.web.person_words import dated

METHODS: Mapping[Method, Any] = {
    Method.IN_PERSON: lazy_gettext("in person"),
    Method.SIGNED_PAPER: lazy_gettext("on signed paper"),
    Method.BY_VOICE: lazy_gettext("by voice"),
    Method.BY_LINK: lazy_gettext("by a link"),
}


@dataclass(frozen=True)
class ConsentLine:
    """One record: what was said, when and how, and whether it holds today."""

    id: UUID
    said: str
    given: str
    until: str
    holds: bool
    shares: bool


def consent_line(record: Consent, today: date) -> ConsentLine:
    """The record in words, as it stands on `today`."""
    shares = record.decision is Decision.SHARE
    return ConsentLine(
        id=record.id,
        said=_("Yes, share") if shares else _("No, do not share"),
        given=_("Said %(day)s, %(how)s", day=dated(record.given_at), how=METHODS[record.method]),
        until=_until(record, today),
        holds=record.revoked_at is None and not _has_ended(record, today),
        shares=shares,
    )


def _until(record: Consent, today: date) -> str:
    if record.revoked_at is not None:
        return _("Taken back %(day)s", day=dated(record.revoked_at))
    if record.expires_on is None:
        return _("No end")
    return (_("Ended %(day)s") if _has_ended(record, today) else _("Until %(day)s")) % {"day": dated(record.expires_on)}


def _has_ended(record: Consent, today: date) -> bool:
    return record.expires_on is not None and record.expires_on < today
