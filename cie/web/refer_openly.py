"""Asking anyone who can help: who that could be, exactly what they would see, and what follows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import g
from sqlmodel import Session

from cie import directory, people, referrals
from cie.people import Person
from cie.referrals import Preview, Request, Urgency
from cie.web.element_words import URGENCIES
from cie.web.language import gettext as _
from cie.web.language import ngettext
from cie.web.refer_form import Filled
from cie.web.refer_words import Asked, Shown, asked_of, asks_words, permission_words, shown, text_words, when_words
from cie.web.screening_pages import need_title


@dataclass(frozen=True)
class Group:
    """Places that would see the same, by name, and what that is."""

    places: Sequence[str]
    shown: Shown


@dataclass(frozen=True)
class CouldTake:
    """Everybody who could take a request, and the mark of that and of what they would see."""

    count: str
    groups: Sequence[Group]
    fingerprint: str


def could_take(found: Sequence[Preview], person: Person) -> CouldTake | None:
    """Who could take it; None when there is nobody."""
    if not found:
        return None
    alike: dict[str, list[Preview]] = {}
    for each in found:
        alike.setdefault(each.fingerprint, []).append(each)
    groups = [
        Group([f"{each.recipient_name}: {each.service.name}" for each in group], shown(group[0], person))
        for group in alike.values()
    ]
    count = ngettext("%(num)d place that can help", "%(num)d places that can help", len(found))
    return CouldTake(count, groups, referrals.open_fingerprint(found))


def open_form_context(session: Session, form: Filled, person: Person) -> dict[str, Any]:
    """Beside the form: who could take it; nothing while need or urgency are missing."""
    whole = form.need in directory.needs() and form.urgency in set(Urgency)
    if not form.is_open or not whole:
        return {"could_take": None, "nobody_could": False}
    request = Request(form.person_id, form.need, Urgency(form.urgency), (), at_person_request=form.at_person_request)
    found = referrals.candidates(session, g.actor, request, at=g.now)
    return {"could_take": could_take(found, person), "nobody_could": not found}


def open_check_context(session: Session, form: Filled, request: Request, found: Sequence[Preview]) -> dict[str, Any]:
    """The check: rows, what will follow, exactly what goes to whom."""
    person = people.get_person(session, g.actor, request.person_id)
    asked = asked_of(session, person)
    return {
        "form": form,
        "asked": asked,
        "could_take": could_take(found, person),
        "follows": _what_follows(session, asked, request),
        "rows": [
            {"key": "need", "label": _("Need"), "value": need_title(request.need_code)},
            {"key": "urgency", "label": _("How soon"), "value": URGENCIES[request.urgency.value]},
            {"key": "service", "label": _("Ask"), "value": _("Anyone who can help")},
            {"key": "message", "label": _("Your message"), "value": request.message or _("None")},
        ],
        "permission": permission_words(session, found[0], asked),
    }


def _what_follows(session: Session, asked: Asked, request: Request) -> list[str]:
    """What asking openly starts, in order, with its days."""
    soon = referrals.expected(request.urgency, at=g.now)
    items = [
        _("They find it on their list of open requests. The first yes has it, and the others see nothing more."),
        _("The one that says yes then sees who it is, how to reach %(name)s, and your message.", name=asked.name),
        text_words(session, asked),
        _("If nobody says yes by %(when)s, you choose what is next.", when=when_words(request.urgency, soon)),
        *asks_words(session, asked, soon),
    ]
    if request.replaces_id:
        items.append(_("The earlier request ends, unless somebody there may still answer."))
    return items
