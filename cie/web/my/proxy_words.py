"""Who may look in a person's place, in words: to staff, and to the person on their own page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cie import people
from cie.people import Person, PersonProxy, ProxyScope, Relationship, Verified
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext
from cie.web.words_of_time import day

RELATIONSHIPS: Mapping[Relationship, Any] = {
    Relationship.PARENT_OR_GUARDIAN: lazy_gettext("A parent or guardian"),
    Relationship.LEGAL_REPRESENTATIVE: lazy_gettext("Someone who represents them by law"),
    Relationship.CHOSEN: lazy_gettext("Someone they chose: family, a friend, a helper"),
}
SCOPES: Mapping[ProxyScope, Any] = {
    ProxyScope.SEE_PERMISSIONS: lazy_gettext("See what was said about sharing"),
    ProxyScope.SEE_SHARED: lazy_gettext("See who saw the data"),
    ProxyScope.TAKE_BACK: lazy_gettext("Stop sharing"),
    ProxyScope.COPY: lazy_gettext("Take a copy"),
}
VERIFIED: Mapping[Verified, Any] = {
    Verified.ID_SEEN: lazy_gettext("I saw an ID of both"),
    Verified.KNOWN: lazy_gettext("I know both"),
}


@dataclass(frozen=True)
class ProxyLine:
    """One of them: who, what they are to the person, what they may, until when; the row for its link."""

    id: UUID
    name: str
    facts: list[dict[str, str]]
    row: PersonProxy


def proxy_lines(person: Person, proxies: Sequence[PersonProxy]) -> list[ProxyLine]:
    """Those who may look now, newest first."""
    return [ProxyLine(proxy.id, proxy.name, _facts(person, proxy), proxy) for proxy in proxies]


def _facts(person: Person, proxy: PersonProxy) -> list[dict[str, str]]:
    may = ". ".join(str(words) for scope, words in SCOPES.items() if scope.value in proxy.scope)
    return [
        {"label": _("Who they are"), "value": str(RELATIONSHIPS[Relationship(proxy.relationship)])},
        {"label": _("What they may do"), "value": may},
        {"label": _("Until when"), "value": day(people.last_day(proxy, person), year=True)},
    ]


def choices_of(words: Mapping[Any, Any]) -> list[dict[str, Any]]:
    """Options of a group, by code."""
    return [{"value": code.value, "label": said} for code, said in words.items()]
