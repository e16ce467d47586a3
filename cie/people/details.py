"""What is kept of a person beside contact points and numbers, and the rules it must meet before it is kept."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeVar

from cie import calendar
from cie.errors import Invalid
from cie.geography import county_of
from cie.people.birth import BirthDate, Precision, parse_birth
from cie.people.formats import parse_zip
from cie.people.models import Person, Standing
from cie.people.standing import in_order, standing_faults

T = TypeVar("T")

LONGEST_TEXT = 100  # characters
LARGEST_HOUSEHOLD = 30
# A language tag as in FHIR and BCP 47: es, zh-Hant, mix.
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})?", re.ASCII)
_LABELS = {
    "given_name": "First name",
    "family_name": "Last name",
    "chosen_name": "Chosen name",
    "street": "Street",
    "pronouns": "Pronouns",
}


@dataclass(frozen=True)
class NewPerson:
    """A person as entered. Empty text means not given; the county is a FIPS code, found from the ZIP if empty.

    `standing`: what the rules of disclosure look at beside age.
    """

    given_name: str = ""
    family_name: str = ""
    chosen_name: str = ""
    birth: BirthDate = BirthDate.unknown()
    street: str = ""
    no_fixed_address: bool = False
    zip: str = ""
    county_fips: str = ""
    language: str = "en"
    interpreter: bool = False
    household_size: int | None = None
    pronouns: str = ""
    standing: tuple[Standing, ...] = ()


def checked(new: NewPerson, *, at: datetime) -> NewPerson:
    """The details in the form in which they are kept.

    Raises Invalid with every fault at once: no name, text too long, a birth date that cannot be, a ZIP outside
    California, a county to choose, a street beside "no fixed address", an unknown language, an odd household, a
    standing of minors for an adult.
    """
    texts: dict[str, Any] = {name: _tidy(getattr(new, name)) for name in _LABELS}
    tidy = replace(new, **texts)
    faults = [*_name_faults(tidy), *_other_faults(tidy)]
    today = calendar.local_day(at)
    birth = parsed_or_fault(faults, lambda: _checked_birth(tidy.birth, today), tidy.birth)
    faults += standing_faults(tidy.standing, birth, today)
    zip = parsed_or_fault(faults, lambda: parse_zip(tidy.zip) if tidy.zip.strip() else "", "")
    county = parsed_or_fault(faults, lambda: county_of(zip, tidy.county_fips), "")
    if faults:
        raise Invalid.all(faults)
    return replace(tidy, birth=birth, zip=zip, county_fips=county, standing=in_order(tidy.standing))


def birth_of(person: Person) -> BirthDate:
    """When the person was born, as far as it is known."""
    return BirthDate.from_text(person.birth_text or "")


def details_of(person: Person) -> NewPerson:
    """The details as they are kept now."""
    return NewPerson(
        given_name=person.given_name or "",
        family_name=person.family_name or "",
        chosen_name=person.chosen_name or "",
        birth=birth_of(person),
        street=person.street or "",
        no_fixed_address=person.no_fixed_address,
        zip=person.zip,
        county_fips=person.county_fips,
        language=person.language,
        interpreter=person.interpreter,
        household_size=person.household_size,
        pronouns=person.pronouns or "",
        standing=in_order(person.standing or ()),
    )


def write_details(person: Person, details: NewPerson) -> None:
    """Put checked details into the record; what is empty is stored as nothing at all."""
    for name in _LABELS:
        setattr(person, name, getattr(details, name) or None)
    person.birth_text = details.birth.to_text() or None
    person.no_fixed_address = details.no_fixed_address
    person.zip, person.county_fips = details.zip, details.county_fips
    person.language, person.interpreter = details.language, details.interpreter
    person.household_size = details.household_size
    person.standing = [each.value for each in details.standing] or None


def parsed_or_fault(faults: list[Invalid], parse: Callable[[], T], otherwise: T) -> T:
    """What `parse` returns; when it refuses, `otherwise`, and its faults join the others."""
    try:
        return parse()
    except Invalid as error:
        faults.extend(error.errors)
        return otherwise


def _tidy(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _checked_birth(birth: BirthDate, today: date) -> BirthDate:
    year, month, day = (str(part) if part else "" for part in (birth.year, birth.month, birth.day))
    guessed = birth.precision is Precision.APPROXIMATE
    return parse_birth(month, day, year.zfill(4) if year else "", today=today, approximate=guessed)


def _name_faults(new: NewPerson) -> Iterator[Invalid]:
    if not (new.given_name or new.family_name or new.chosen_name):
        yield Invalid("Name: enter at least one name", "given_name")
    for name, label in _LABELS.items():
        if len(getattr(new, name)) > LONGEST_TEXT:
            yield Invalid("%(label)s: use at most %(most)s characters", name, label=label, most=LONGEST_TEXT)


def _other_faults(new: NewPerson) -> Iterator[Invalid]:
    if new.street and new.no_fixed_address:
        yield Invalid("Address: enter a street or choose no fixed address, not both", "street")
    if not _LANGUAGE.fullmatch(new.language):
        yield Invalid("Language: choose one", "language")
    if new.household_size is not None and not 1 <= new.household_size <= LARGEST_HOUSEHOLD:
        yield Invalid("Household: enter how many people, 1 to %(most)s", "household_size", most=LARGEST_HOUSEHOLD)
