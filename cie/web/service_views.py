"""A service as lists show it: four facts in a fixed order, and one line of conditions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import g, url_for

from cie.calendar import local_day
from cie.directory import Conditions, Hit, Opening, Room
from cie.web.language import chosen_language, ngettext
from cie.web.language import gettext as _
from cie.web.language_names import language_name
from cie.web.words import catalogue
from cie.web.words_of_time import clock, day


@dataclass(frozen=True)
class ServiceView:
    """What the macros of macros/service.html want; everything is words but the ids and `room`, a capacity code."""

    id: UUID
    name: str
    organization: str
    place: str
    distance: str
    today: str
    room: str
    room_age: str | None
    languages: str
    conditions: str | None
    url: str
    phone: str | None


def service_view(hit: Hit, *, endpoint: str = "directory.show", phone_first: bool = False) -> ServiceView:
    """The words of one service; `phone_first` shows its phone large (the need is today)."""
    return ServiceView(
        id=hit.service.id,
        name=hit.service.name,
        organization=hit.organization.name,
        place=place_words(hit),
        distance=distance_words(hit),
        today=opening_words(hit.opening),
        room=hit.room.status.value,
        room_age=room_age_words(hit.room),
        languages=language_words(hit),
        conditions=conditions_words(hit.conditions) or None,
        url=url_for(endpoint, service_id=hit.service.id),
        phone=hit.phone or None if phone_first else None,
    )


def place_words(hit: Hit) -> str:
    """The city; nothing of a place that is kept private."""
    if hit.city:
        return hit.city
    return str(_("address kept private") if hit.confidential else _("no address given"))


def distance_words(hit: Hit) -> str:
    """ "1.4 miles"; without a ZIP or an address that may be told, that it is not known."""
    if hit.distance_miles is None:
        return str(_("Kept private") if hit.confidential else _("Not known"))
    miles = round(hit.distance_miles, 1)
    return str(_("1 mile") if miles == 1 else _("%(miles)s miles", miles=miles if miles < 10 else round(miles)))


def opening_words(opening: Opening) -> str:
    """ "Open until 6 pm", "Closed. Opens Tuesday, 9 am", "Open all day"."""
    if opening.open_until is not None:
        if opening.open_until - g.now > timedelta(hours=24):
            return str(_("Open all day"))
        return str(_("Open until %(clock)s", clock=clock(opening.open_until)))
    if opening.opens_at is None:
        return str(_("Hours not known"))
    return str(_("Closed. Opens %(when)s", when=_when(opening.opens_at)))


def _when(at: datetime) -> str:
    days = (local_day(at) - local_day(g.now)).days
    if days == 0:
        return str(_("today, %(clock)s", clock=clock(at)))
    weekday = catalogue(chosen_language())["calendar"]["weekdays"][local_day(at).weekday()]
    return f"{weekday if days < 7 else day(at)}, {clock(at)}"


def room_age_words(room: Room) -> str | None:
    """How old the last word on room is: "Confirmed 2 days ago", or when it has decayed "Last word 41 days ago"."""
    if room.age_days is None:
        return None
    if room.age_days == 0:
        return str(_("Confirmed today"))
    if room.status.value == "unknown":
        return str(ngettext("Last word %(num)d day ago", "Last word %(num)d days ago", room.age_days))
    return str(ngettext("Confirmed %(num)d day ago", "Confirmed %(num)d days ago", room.age_days))


def language_words(hit: Hit) -> str:
    """The names of the languages; that none is known is not that there is none."""
    return ", ".join(language_name(code) for code in hit.languages) or str(_("Not known"))


def conditions_words(conditions: Conditions) -> str:
    """One line: who may come, in the service's own words or by age, and what to bring."""
    who = conditions.eligibility or age_words(conditions)
    if not conditions.documents:
        return who
    return f"{who} " + str(_("Bring: %(papers)s.", papers=", ".join(conditions.documents)))


def age_words(conditions: Conditions) -> str:
    """ "Ages 12 to 24."."""
    first, last = conditions.minimum_age, conditions.maximum_age
    if first is None and last is None:
        return str(_("Ages: any."))
    if last is None:
        return str(_("Ages %(first)d and over.", first=first))
    return str(_("Ages %(first)d to %(last)d.", first=first or 0, last=last))
