"""A person's facts as staff read them: birth dates, ways to reach them, and what was corrected."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import url_for

from cie import people
from cie.calendar import local_day
from cie.events import Change
from cie.people import ContactKind, ContactPoint, ContactState, Person, Safety, Standing
from cie.people.birth import BirthDate, Precision
from cie.people.formats import format_phone, identifier_namespaces
from cie.web.element_words import OWNERS, hours_words, safety_words
from cie.web.language import chosen_language, lazy_gettext, ngettext
from cie.web.language import gettext as _
from cie.web.language_names import language_name
from cie.web.words import catalogue, day_words

KINDS: Mapping[str, Any] = {
    "sms": lazy_gettext("Mobile number"),
    "phone": lazy_gettext("Other phone"),
    "email": lazy_gettext("Email"),
}
STATES: Mapping[str, Any] = {
    "active": lazy_gettext("In use"),
    "wrong-number": lazy_gettext("Wrong number: someone else answers"),
    "moved": lazy_gettext("They moved away"),
    "deceased": lazy_gettext("We were told that this person has died"),
    "bad-number": lazy_gettext("This number does not work"),
}
STANDINGS: Mapping[Standing, Any] = {
    Standing.MEDI_CAL: lazy_gettext("Has Medi-Cal"),
    Standing.LIVES_APART: lazy_gettext("Lives apart from parents and manages own money (15 or older)"),
    Standing.EMANCIPATED: lazy_gettext("Emancipated by a court"),
    Standing.FOSTER_YOUTH: lazy_gettext("In foster care"),
}
LABELS: Mapping[str, Any] = {
    "given_name": lazy_gettext("First name"),
    "family_name": lazy_gettext("Last name"),
    "chosen_name": lazy_gettext("Chosen name"),
    "pronouns": lazy_gettext("Pronouns"),
    "birth": lazy_gettext("Birth date"),
    "street": lazy_gettext("Street"),
    "no_fixed_address": lazy_gettext("No fixed address"),
    "zip": lazy_gettext("ZIP"),
    "county_fips": lazy_gettext("County"),
    "language": lazy_gettext("Language"),
    "interpreter": lazy_gettext("Needs an interpreter"),
    "household_size": lazy_gettext("People in the household"),
    "standing": lazy_gettext("Other facts that the rules look at"),
    "value": lazy_gettext("Number or address"),
    "kind": lazy_gettext("Kind"),
    "owner": lazy_gettext("Whose it is"),
    "safety": lazy_gettext("Safe or not"),
    "safe_from_hour": lazy_gettext("Safe from"),
    "safe_until_hour": lazy_gettext("Safe until"),
    "no_voicemail": lazy_gettext("Leave no voicemail"),
    "may_text": lazy_gettext("Permission to text"),
    "wording_version": lazy_gettext("Words of the permission"),
    "permission_at": lazy_gettext("Day of the permission"),
    "state": lazy_gettext("What we learned"),
    "decision": lazy_gettext("What they said about sharing"),
    "revoked_at": lazy_gettext("Taken back on"),
}
SAID: Mapping[str, Any] = {
    "share": lazy_gettext("Yes, share"),
    "do-not-share": lazy_gettext("No, do not share"),
}


@dataclass(frozen=True)
class PersonRow:
    """One person of a list, with what tells two of the same name apart."""

    url: str
    name: str
    facts: str
    reasons: str = ""


def row_of(person: Person, reasons: str = "") -> PersonRow:
    """The row of a list."""
    born = birth_words(people.birth_of(person))
    facts = [_("Born %(day)s", day=born) if born else _("Birth date not known"), language_name(person.language)]
    facts += [_("ZIP %(zip)s", zip=person.zip)] if person.zip else []
    return PersonRow(url_for("people.show", person_id=person.id), full_name(person), ". ".join(facts) + ".", reasons)


def full_name(person: Person) -> str:
    """The whole name; a legal first name in parentheses when another was chosen."""
    legal = f" ({person.given_name})" if person.chosen_name and person.given_name else ""
    return person.full_name + legal if person.full_name else nameless(person)


def short_name(person: Person) -> str:
    """The name as lists show it: "Aster M."."""
    return person.short_name or nameless(person)


def nameless(person: Person) -> str:
    """What stands where a name would be."""
    return _("Erased on %(day)s", day=dated(person.erased_at)) if person.erased_at else _("No name")


def birth_words(birth: BirthDate) -> str:
    """A birth date as far as it is known: "Mar 27, 1992", "about 1992"; nothing when it is unknown."""
    if birth.year is None:
        return ""
    months = catalogue(chosen_language())["calendar"]["months"]
    if birth.month and birth.day:
        text = day_words(date(birth.year, birth.month, birth.day), chosen_language(), "dated")
    else:
        text = f"{months[birth.month - 1]} {birth.year}" if birth.month else str(birth.year)
    is_guess = birth.precision is Precision.APPROXIMATE and (birth.day or not birth.month)
    return _("about %(day)s", day=text) if is_guess else text


@dataclass(frozen=True)
class ContactLine:
    """A way to reach the person as the page shows it. `flag` is what to know before using it."""

    id: UUID
    kind: str
    value: str
    flag: str
    facts: tuple[str, ...]
    texts: str
    may_text: bool


def contact_line(point: ContactPoint) -> ContactLine:
    """One contact point in words."""
    facts = [str(OWNERS[point.owner.value])]
    hours = (point.safe_from_hour, point.safe_until_hour)
    facts += [hours_words(*hours)] if hours != (0, 24) else []
    facts += [_("Leave no voicemail")] if point.no_voicemail else []
    facts += [safety_words(point.kind.value, "safe")] if point.safety is Safety.SAFE else []
    return ContactLine(
        point.id, str(KINDS[point.kind.value]), shown_value(point), _flag(point), tuple(facts), _texts(point),
        point.may_text,
    )  # fmt: skip


def shown_value(point: ContactPoint) -> str:
    """The number or address as people write it."""
    return point.value if point.kind is ContactKind.EMAIL else format_phone(point.value)


def _flag(point: ContactPoint) -> str:
    if point.state is not ContactState.ACTIVE:
        return str(STATES[point.state.value])
    return "" if point.safety is Safety.SAFE else safety_words(point.kind.value, point.safety.value)


def _texts(point: ContactPoint) -> str:
    if point.kind is not ContactKind.SMS:
        return ""
    if people.may_be_texted(point) and point.permission_at:
        return _("They said yes to texts on %(day)s", day=dated(point.permission_at))
    if point.may_text:
        return _("No texts go here, though they said yes")
    return _("No texts: they have not said yes")


def dated(value: date | datetime) -> str:
    """A day with its year: "Nov 24, 2026"."""
    day = local_day(value) if isinstance(value, datetime) else value
    return day_words(day, chosen_language(), "dated")


@dataclass(frozen=True)
class ChangeLine:
    """One correction: which field, from what, to what."""

    label: str
    before: str
    after: str


def change_lines(change: Change) -> list[ChangeLine]:
    """The fields that one correction touched."""
    return [
        ChangeLine(_label(name), _written(name, before), _written(name, after))
        for name, (before, after) in (change.fields or {}).items()
    ]


def _label(name: str) -> str:
    namespace = identifier_namespaces().get(name)
    return str(LABELS[name]) if namespace is None else _(namespace["label"])


def _written(name: str, value: Any) -> str:
    if value in (None, "", []):
        return _("nothing")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(_WRITERS.get(name, str)(value))


def standing_words(codes: Iterable[str]) -> str:
    """What the rules look at beside age: "Has Medi-Cal, In foster care"."""
    return ", ".join(str(STANDINGS[Standing(code)]) for code in codes)


def _hour(value: int) -> str:
    return f"{value}:00"


_WRITERS: Mapping[str, Any] = {
    "birth": lambda text: birth_words(BirthDate.from_text(text)),
    "county_fips": lambda fips: people.counties().get(fips, fips),
    "language": language_name,
    "household_size": lambda size: ngettext("%(num)d person", "%(num)d people", size),
    "standing": standing_words,
    "value": format_phone,
    "kind": lambda code: str(KINDS[code]),
    "owner": lambda code: str(OWNERS[code]),
    "safety": lambda code: safety_words("sms", code),
    "safe_from_hour": _hour,
    "safe_until_hour": _hour,
    "state": lambda code: str(STATES[code]),
    "permission_at": lambda text: dated(datetime.fromisoformat(text)),
    "decision": lambda code: str(SAID[code]),
    "revoked_at": lambda text: dated(datetime.fromisoformat(text)),
}

REASONS: Mapping[str, Any] = {
    "same name": lazy_gettext("same name"),
    "one name the same": lazy_gettext("one name the same"),
    "nickname": lazy_gettext("a short form of the name"),
    "same name in another language": lazy_gettext("same name in another language"),
    "name spelled almost the same": lazy_gettext("name spelled almost the same"),
    "same initial": lazy_gettext("same initial"),
    "one name missing": lazy_gettext("one name missing"),
    "last names in another order": lazy_gettext("last names in another order"),
    "first and last name swapped": lazy_gettext("first and last name swapped"),
    "different name": lazy_gettext("different name"),
    "different first name": lazy_gettext("different first name"),
    "different middle name": lazy_gettext("different middle name"),
    "different last name": lazy_gettext("different last name"),
    "other names differ": lazy_gettext("other names differ"),
    "same birth date": lazy_gettext("same birth date"),
    "same birth year": lazy_gettext("same birth year"),
    "birth year close": lazy_gettext("birth year close"),
    "birth year differs": lazy_gettext("birth year differs"),
    "different birth year": lazy_gettext("different birth year"),
    "day and month swapped": lazy_gettext("day and month swapped"),
    "birth date almost the same": lazy_gettext("birth date almost the same"),
    "birth date partly the same": lazy_gettext("birth date partly the same"),
    "different birth date": lazy_gettext("different birth date"),
    "same phone": lazy_gettext("same phone"),
    "same ZIP": lazy_gettext("same ZIP"),
}


def reasons_words(reasons: tuple[str, ...]) -> str:
    """Why somebody may be the same person: "Same name, same phone, different birth date."."""
    said = ", ".join(str(REASONS.get(reason, reason)) for reason in reasons)
    return f"{said[:1].upper()}{said[1:]}." if said else ""
