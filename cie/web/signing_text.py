"""The text that a person signs: made from what staff filled in, in the language of signing, the same each time.

It states what the laws ask of a written consent (42 CFR 2.31(a), Civ. Code 56.11, 45 CFR 164.508(c)); the words of
official forms are not used.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from flask import current_app, g
from sqlmodel import Session

from cie import consent, participants
from cie.access import Actor
from cie.consent import PLAIN, WORDING, Consent, Decision, Lines, SignerKind, SigningRequest, Stated
from cie.directory import Category
from cie.people import Person
from cie.web.consent_form_words import CAPACITIES, GROUPS, form_use_of, program_words, title_of
from cie.web.consent_words import ABOUT_YOU, OWN_PURPOSES, PURPOSES, SIGNERS, category_words, said_words
from cie.web.language import gettext as _
from cie.web.language import our_language
from cie.web.person_words import dated, full_name

Line = tuple[str, str]
_OWN = (SignerKind.PERSON, SignerKind.MINOR)


@contextmanager
def speaking(tag: str) -> Iterator[None]:
    """What is worded meanwhile is in this language; in English where we have no words in it."""
    before = getattr(g, "language", None)
    g.language = our_language(tag) or "en"
    yield
    g.language = before


def text_of(session: Session, person: Person, draft: Consent) -> Lines:
    """The whole text, line by line."""
    with speaking(draft.language):
        return [[label, str(words)] for label, words in _lines(session, person, draft) if words]


def text_now(session: Session, actor: Actor, request: SigningRequest, *, at: datetime) -> Lines:
    """The text of a request as it would be made at this moment."""
    return text_of(session, *consent.draft_of(session, actor, request, at=at))


def what_is_new(request: SigningRequest, now: Lines) -> str:
    """What the text says now that it did not say when it was laid before the person; empty when it is the same."""
    if request.lines == now:
        return ""
    new = [f"{label}: {words}" if label else words for label, words in now if [label, words] not in request.lines]
    return " ".join(new) or _("Something was left out.")


def _lines(session: Session, person: Person, draft: Consent) -> Iterator[Line]:
    is_yes = draft.decision is Decision.SHARE
    place = participants.get_participant(session, draft.organization_id)
    yield "", _("Sharing through this network") if draft.form == PLAIN else title_of(consent.form_of(session, draft))
    if current_app.extensions["cie-settings"].is_demo:
        yield "", f"{_('Demo. Everyone here is invented.')} {_('Not valid for use')}."
    yield "", _opening(draft)
    yield _("What you say"), said_words(draft)
    yield _("Whose records they are"), full_name(person)
    yield _("Who may give the records"), place.name
    yield from _network(draft)
    yield _("With whom"), _whom(session, draft)
    if is_yes:
        yield from _yes(draft)
    yield _("Who signs"), _signer(person, draft)
    yield from (("", words) for words in _endings(draft))


def _opening(draft: Consent) -> str:
    """For the form of the network the words that are read aloud; for others what the form is for."""
    if draft.form == PLAIN and draft.form_version:
        return WORDING[our_language(draft.language) or "en"]
    use = form_use_of(draft.form) if draft.decision is Decision.SHARE else ""
    return f"{_('You will still get help if you say no.')} {use}".strip()


def _network(draft: Consent) -> Iterator[Line]:
    """By its name where the law wants an intermediary to be named: 42 CFR 2.31(a)(4)(ii)(B)."""
    if draft.names_network:
        yield _("Through this network"), current_app.extensions["cie-settings"].network_name


def _whom(session: Session, draft: Consent) -> str:
    if draft.names_anyone:
        group = GROUPS.get(draft.recipient_class) if draft.recipient_class else None
        return str(group) if group else _("Any organization that can help")
    names = participants.names_of(session, [UUID(code) for code in draft.recipient_ids])
    return ", ".join(sorted(names.values(), key=str.casefold))


def _yes(draft: Consent) -> Iterator[Line]:
    purposes = OWN_PURPOSES if draft.signer in _OWN else PURPOSES
    yield _("What may be shared"), ". ".join(_kinds(draft))
    yield _("Records of programs"), program_words(draft.programs)
    yield _("What for"), ". ".join(str(purposes[code]) for code in (draft.purpose, *draft.more_purposes))
    yield _("Until when"), dated(draft.expires_on) if draft.expires_on else _("No end, until you take it back")


def _kinds(draft: Consent) -> list[str]:
    if draft.signer not in _OWN or Category.GENERAL.value not in draft.categories:
        return category_words(draft.categories)
    others = [code for code in draft.categories if code != Category.GENERAL.value]
    return [str(ABOUT_YOU), *category_words(others)]


def _signer(person: Person, draft: Consent) -> str:
    if draft.signer is SignerKind.PERSON:
        return full_name(person)
    right = str(CAPACITIES[draft.capacity]) if draft.capacity else ""
    return ". ".join(filter(None, [str(SIGNERS[draft.signer]), draft.signer_name or "", right]))


def _endings(draft: Consent) -> Iterator[str]:
    """What the form has a place for beside the facts; the words of the network's own form say it themselves."""
    if draft.decision is not Decision.SHARE:
        yield _("You can say yes on any day: in person, by phone or in writing. You get the same help.")
    if Stated.REVOCATION in draft.stated:
        yield _("You can take this back at any time: in person, by phone or in writing.")
        yield _("Then nobody can read these facts any more. What they already wrote down stays with them.")
    if Stated.REDISCLOSURE in draft.stated:
        yield _("Those who get the records may pass some of them on, where the law lets them.")
    if Stated.COPY in draft.stated:
        yield _("You can have a copy of this.")
    yield _("Your signature goes below, with the day.")
