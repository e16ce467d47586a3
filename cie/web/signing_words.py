"""Signing in words: how somebody can be asked, what became of it, and what stands under a record."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from cie import consent, identity
from cie.access import Actor
from cie.consent import Consent, Method, Signature, SignatureKind, SigningRequest, SigningState
from cie.people import Person
from cie.web.consent_form_words import form_title
from cie.web.forms import words_of
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext
from cie.web.person_words import dated
from cie.web.words_of_time import clock

STATES: Mapping[SigningState, Any] = {
    SigningState.OPEN: lazy_gettext("Waits for a signature until %(day)s"),
    SigningState.SIGNED: lazy_gettext("Signed %(day)s"),
    SigningState.DECLINED: lazy_gettext("They did not want to sign, %(day)s"),
    SigningState.WITHDRAWN: lazy_gettext("We stopped asking %(day)s"),
    SigningState.EXPIRED: lazy_gettext("Nobody signed by %(day)s"),
}
WAYS: Mapping[Method, tuple[Any, Any]] = {
    Method.ON_SCREEN: (
        lazy_gettext("They sign on this screen"),
        lazy_gettext("Next, you see what they sign. Then you hand them the screen."),
    ),
    Method.BY_LINK: (
        lazy_gettext("Send a link to sign"),
        lazy_gettext("They read it and sign on their own page, with their PIN or a code. The link lasts 7 days."),
    ),
}


def ways_to_sign(session: Session, person: Person, methods: frozenset[Method], at: datetime) -> list[dict[str, Any]]:
    """How this form can be signed with us, as options of a group; a link only where one can be sent."""
    can_send = consent.why_no_link(session, person, at=at) is None
    return [
        {"value": method.value, "label": label, "hint": hint}
        for method, (label, hint) in WAYS.items()
        if method in methods and (can_send or method is not Method.BY_LINK)
    ]


def no_link_words(session: Session, person: Person, methods: frozenset[Method], at: datetime) -> str:
    """Why no link is offered, and what to do instead; empty where one is, or where the form takes none."""
    refusal = consent.why_no_link(session, person, at=at) if Method.BY_LINK in methods else None
    return f"{words_of(refusal)}." if refusal else ""


@dataclass(frozen=True)
class SigningLine:
    """One request in words. `waits`: it can still be signed."""

    id: UUID
    title: str
    state: str
    asked: str
    waits: bool
    by_link: bool
    signed: bool
    answered: bool


def signing_line(request: SigningRequest, names: Mapping[UUID, str], at: datetime) -> SigningLine:
    """What was laid before a person, by whom and how, and what became of it."""
    standing = request.standing(at)
    day = request.ended_at if request.ended_at is not None else request.expires_at
    by = names.get(request.asked_by_id or UUID(int=0), "") or _("A colleague")
    by_link = request.method is Method.BY_LINK
    asked = _("Asked by %(name)s on %(day)s, by a link") if by_link else _("Asked by %(name)s on %(day)s, on a screen")
    return SigningLine(
        id=request.id,
        title=_("Sharing through this network") if request.form == consent.PLAIN else form_title(request.form),
        # it stands in a heading, where a day that may not break is too wide for a phone
        state=str(STATES[standing]) % {"day": dated(day).replace("\N{NO-BREAK SPACE}", " ")},
        asked=asked % {"name": by, "day": dated(request.asked_at)},
        waits=standing is SigningState.OPEN,
        by_link=by_link,
        signed=standing is SigningState.SIGNED,
        answered=standing in (SigningState.SIGNED, SigningState.DECLINED),
    )


def askers(session: Session, actor: Actor, requests: Any) -> dict[UUID, str]:
    """Who asked, by id."""
    ids = [each.asked_by_id for each in requests if each.asked_by_id]
    return {id_: user.name for id_, user in identity.colleagues_by_id(session, actor, ids).items()}


def lines_on_person(session: Session, actor: Actor, person_id: UUID, *, at: datetime) -> list[SigningLine]:
    """What waits for a signature, and what was not signed; what was signed stands among the permissions."""
    found = [r for r in consent.signings_of(session, actor, person_id) if r.state is not SigningState.SIGNED]
    names = askers(session, actor, found)
    return [signing_line(request, names, at) for request in found]


def signature_words(session: Session, record: Consent) -> tuple[str, bytes]:
    """How a record was signed, in words, and the drawing; nothing for what was not signed here."""
    found = consent.signature_of(session, record)
    return (_words(found), found.drawing) if found is not None and found.content is not None else ("", b"")


def _words(signature: Signature) -> str:
    day = f"{dated(signature.signed_at)}, {clock(signature.signed_at)}"
    how = _("Typed") if signature.kind is SignatureKind.TYPED else _("Drawn")
    name = f": {signature.name}" if signature.name else ""
    other = f" {_('They signed with a name that is not the one on record.')}" if signature.other_name else ""
    return f"{how}{name}. {day}.{other}"
