"""What the three pages of a new referral show, gathered from the domain."""

from typing import Any

from flask import g, url_for
from sqlmodel import Session

from cie import directory, people, referrals
from cie.referrals import Preview, Request, Urgency
from cie.web.element_words import URGENCIES
from cie.web.language import gettext as _
from cie.web.language_names import language_name
from cie.web.refer_form import OTHER, Filled, has_undecided_needs, wanted_needs
from cie.web.refer_openly import open_form_context
from cie.web.refer_search import offered
from cie.web.refer_words import (
    Asked,
    asked_of,
    permission_words,
    shown,
    urgency_choices,
    what_follows,
)
from cie.web.screening_pages import need_choices, need_title
from cie.web.service_page import service_page
from cie.web.service_views import room_age_words

PROTECTED_RULES = frozenset({"vawa-inbound"})
NO_PERMISSION = frozenset(
    {"no-consent", "scope", "minor", "snap", "wic", "ferpa", "medi-cal", "social-services", "hmis"}
)


def form_context(session: Session, form: Filled) -> dict[str, Any]:
    """The form: needs, urgency, services, and the preview beside it."""
    person = people.get_person(session, g.actor, form.person_id)
    asked, places = asked_of(session, person), offered(session, form)
    preview = _preview(session, form) if places.holds(form.service_id) else None
    own = [need.need_code for need in wanted_needs(session, person)]
    return {
        "form": form,
        "asked": asked,
        "needs": _need_options(own),
        "need": form.need if form.need in own else OTHER if form.need else None,
        "all_needs": need_choices(),
        "undecided": has_undecided_needs(session, person),
        "urgencies": urgency_choices(),
        "places": places,
        "language": (person.language, language_name(person.language)),
        "printed": _printed_list(form),
        "preview": preview,
        "shown": shown(preview, person) if preview else None,
        "permission": _permission_line(asked),
        "no_permission": preview is not None and _rule(preview) in NO_PERMISSION,
        "asks_own_request": preview is not None and preview.protected and _rule(preview) in {None, *PROTECTED_RULES},
        "search_errors": places.errors,
        **open_form_context(session, form, person),
    }


def _rule(preview: Preview) -> str | None:
    return preview.refusal.rule if preview.refusal else None


def _need_options(own: list[str]) -> list[dict[str, Any]]:
    options = [{"value": code, "label": need_title(code), "hint": None} for code in dict.fromkeys(own)]
    return [*options, {"value": OTHER, "label": _("Something else"), "hint": None}] if options else []


def _printed_list(form: Filled) -> str:
    need = form.need if form.need in directory.needs() else None
    return url_for("directory.printed", need=need, zip=form.zip or None)


def _preview(session: Session, form: Filled) -> Preview | None:
    """What the chosen service would see; None while need, urgency or service are missing."""
    whole = form.need in directory.needs() and form.urgency in set(Urgency) and form.service_id is not None
    if not whole or form.service_id is None:
        return None
    request = Request(
        form.person_id,
        form.need,
        Urgency(form.urgency),
        (form.service_id,),
        form.message.strip() or None,
        at_person_request=form.at_person_request,
    )
    return referrals.preview(session, g.actor, request, at=g.now)[0]


def _permission_line(asked: Asked) -> str:
    line = asked.permission
    if line is None:
        return _("No permission to share is on file.")
    if not line.shares:
        return _("They said no to sharing.")
    return _("Permission to share is on file, %(until)s.", until=line.until[:1].lower() + line.until[1:])


def check_context(session: Session, form: Filled, request: Request, preview: Preview) -> dict[str, Any]:
    """The check: rows, what will follow, exactly what goes."""
    person = people.get_person(session, g.actor, request.person_id)
    asked = asked_of(session, person)
    (hit,) = directory.described(session, [preview.service], at=g.now)
    place = f"{preview.service.name}, {preview.recipient_name}"
    age = room_age_words(hit.room)
    return {
        "form": form,
        "asked": asked,
        "preview": preview,
        "shown": shown(preview, person),
        "follows": what_follows(session, asked, request, preview),
        "rows": [
            {"key": "need", "label": _("Need"), "value": need_title(request.need_code)},
            {"key": "urgency", "label": _("How soon"), "value": URGENCIES[request.urgency.value]},
            {"key": "service", "label": _("Ask"), "value": place, "room": (hit.room.status.value, age)},
            {"key": "message", "label": _("Your message"), "value": request.message or _("None")},
        ],
        "permission": permission_words(session, preview, asked),
    }


def contact_context(session: Session, form: Filled) -> dict[str, Any]:
    """The contact that is given, and what is kept of it."""
    person = people.get_person(session, g.actor, form.person_id)
    service_id = form.service_id
    assert service_id is not None
    details = directory.get_service_details(session, service_id, at=g.now)
    return {
        "form": form,
        "asked": asked_of(session, person),
        "need": need_title(form.need),
        "page": service_page(details, endpoint="directory.show"),
        "protected": referrals.is_protected(session, details.hit.service),
    }
