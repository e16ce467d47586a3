"""The page of one service: its facts in words, and what its own organization may change."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from flask import g

from cie import directory
from cie.access import Permission, is_allowed
from cie.directory import CapacityStatus, Category, Schedule, Service, ServiceDetails
from cie.geography import counties
from cie.participants import Program
from cie.web.language import chosen_language, lazy_gettext
from cie.web.language import gettext as _
from cie.web.service_views import ServiceView, service_view
from cie.web.standing_words import PROGRAMS
from cie.web.words import catalogue, clock_words
from cie.web.words_of_time import day

NO_PROGRAM = "none"
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
ROOM_WORDS = {
    CapacityStatus.CAPACITY: lazy_gettext("Has room"),
    CapacityStatus.WAITLIST: lazy_gettext("Waiting list"),
    CapacityStatus.NO_CAPACITY: lazy_gettext("Full"),
    CapacityStatus.ADDITIONAL_ASSESSMENT: lazy_gettext("We check first"),
}
SENSITIVITY_WORDS = {
    Category.GENERAL: lazy_gettext("Nothing private"),
    Category.HOUSING: lazy_gettext("About housing"),
    Category.EDUCATION: lazy_gettext("About school records"),
    Category.JUSTICE: lazy_gettext("About jail, court or probation"),
    Category.IMMIGRATION: lazy_gettext("About immigration"),
    Category.MENTAL_HEALTH: lazy_gettext("About mental health"),
    Category.REPRODUCTIVE: lazy_gettext("About pregnancy, birth control or gender care"),
    Category.HIV: lazy_gettext("About HIV"),
    Category.SUD_PART2: lazy_gettext("About alcohol or drug treatment"),
    Category.VICTIM_SERVICES: lazy_gettext("About safety from violence"),
}


@dataclass(frozen=True)
class Fact:
    """One fact with its label; `lines` when it has several."""

    label: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Steward:
    """What the service's own organization may do here, and what stands in its forms.

    `programs`: those it can be part of, as far as the caller may choose; none where the organization runs none.
    """

    service: Service
    last_word: str | None
    rooms: list[dict[str, Any]]
    sensitivities: list[tuple[str, Any]]
    programs: list[tuple[str, Any]]
    program: str


@dataclass(frozen=True)
class ServicePage:
    """Everything on the page of a service."""

    view: ServiceView
    description: str
    phones: tuple[str, ...]
    note: str | None
    facts: list[Fact]
    is_open: bool
    confidential: bool
    assured: str | None
    steward: Steward | None


def service_page(details: ServiceDetails, *, endpoint: str, runs: Collection[Program] = ()) -> ServicePage:
    """The facts of a service in words; forms for members of staff who may keep them true. `runs`: its programs."""
    service = details.hit.service
    return ServicePage(
        view=service_view(details.hit, endpoint=endpoint),
        description=service.description,
        phones=details.phones,
        note=details.hit.room.note,
        facts=[fact for fact in _facts(details) if fact.lines],
        is_open=service.status.value == "active",
        confidential=details.hit.confidential,
        assured=day(details.assured_on, year=True) if details.assured_on else None,
        steward=_steward(details, runs),
    )


def _facts(details: ServiceDetails) -> list[Fact]:
    hit, service = details.hit, details.hit.service
    addresses = [f"{a.address_1}, {a.city}, {a.state_province} {a.postal_code}" for a in details.addresses]
    if hit.confidential:
        addresses.append(_("The address is kept private. Call first."))
    return [
        Fact(_("How to apply"), _lines(service.application_process)),
        Fact(_("Where"), tuple(addresses)),
        Fact(_("Hours"), tuple(hours_words(schedule) for schedule in details.schedules)),
        Fact(_("Who can come"), _lines(service.eligibility_description)),
        Fact(_("What to bring"), hit.conditions.documents),
        Fact(_("Cost"), _lines(service.fees_description)),
        Fact(_("Interpreters"), _lines(service.interpretation_services)),
        Fact(_("Area served"), _area_lines(details)),
    ]


def _lines(text: str | None) -> tuple[str, ...]:
    return (text,) if text else ()


def _area_lines(details: ServiceDetails) -> tuple[str, ...]:
    names = counties()
    areas = [_("%(county)s County", county=names[fips]) for fips in details.hit.why.counties if fips in names]
    if details.hit.why.zips:
        areas.append(_("ZIP %(zips)s", zips=", ".join(sorted(details.hit.why.zips))))
    return tuple(areas)


def hours_words(schedule: Schedule) -> str:
    """ "Monday to Friday: 9 am to 5 pm"; "First Saturday of the month: 10 am to 12 pm"."""
    days = _days_words([item.strip() for item in schedule.byday.split(",")])
    if schedule.opens_at == time(0) and schedule.closes_at >= time(23, 59):
        hours = str(_("open all day"))
    else:
        hours = str(
            _("%(from)s to %(to)s", **{"from": clock_words(schedule.opens_at), "to": clock_words(schedule.closes_at)})
        )
    words = f"{days}: {hours}{_limits(schedule.valid_from, schedule.valid_to)}"
    return words[:1].upper() + words[1:]


def _days_words(items: list[str]) -> str:
    """Three or more days in a row are said as a span."""
    places = [WEEKDAYS.index(item) if item in WEEKDAYS else -9 for item in items]
    if len(items) > 2 and places == list(range(places[0], places[0] + len(items))):
        return str(_("%(first)s to %(last)s", first=_day_words(items[0]), last=_day_words(items[-1])))
    return ", ".join(_day_words(item) for item in items)


def _limits(first: date | None, last: date | None) -> str:
    begins = " " + str(_("from %(day)s", day=day(first, year=True))) if first else ""
    return begins + (" " + str(_("until %(day)s", day=day(last, year=True))) if last else "")


def _day_words(item: str) -> str:
    ordinals = {
        "1": _("first"), "2": _("second"), "3": _("third"), "4": _("fourth"), "5": _("fifth"), "-1": _("last"),
    }  # fmt: skip
    weekdays = catalogue(chosen_language())["calendar"]["weekdays"]
    name = str(weekdays[WEEKDAYS.index(item[-2:])])
    which = ordinals.get(item[:-2])
    return str(_("%(which)s %(weekday)s of the month", which=which, weekday=name)) if which else name


def _steward(details: ServiceDetails, runs: Collection[Program]) -> Steward | None:
    mine = details.participant_id is not None and g.actor.organization_id == details.participant_id
    if not mine or not (is_allowed(g.actor, Permission.DIRECTORY_WRITE) or _is_privacy_officer()):
        return None
    service = details.hit.service
    words = ROOM_WORDS.get(service.capacity_status)
    rooms = [{"value": code.value, "label": label} for code, label in ROOM_WORDS.items()]
    kinds = [(code.value, words) for code, words in SENSITIVITY_WORDS.items() if _may_set(service, code)]
    last_word = str(words) if words and service.capacity_updated_at else None
    now = directory.program_of(service, runs)
    return Steward(service, last_word, rooms, kinds, _programs(now, runs), now.value if now else NO_PROGRAM)


def _programs(now: Program | None, runs: Collection[Program]) -> list[tuple[str, Any]]:
    """The programs that the caller may choose beside the one that counts now; those of the organization alone."""
    if not runs:
        return []
    every = [(program, PROGRAMS[program]) for program in Program if program in runs]
    choices = [*every, (None, lazy_gettext("None of these programs"))]
    return [
        (code.value if code else NO_PROGRAM, words)
        for code, words in choices
        if _is_privacy_officer() or not directory.loosens(now, code)
    ]


def _is_privacy_officer() -> bool:
    return is_allowed(g.actor, Permission.SENSITIVITY_LOWER)


def _may_set(service: Service, code: Category) -> bool:
    return _is_privacy_officer() or directory.raises(service.sensitivity, code)
