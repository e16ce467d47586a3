"""The form of a person: its boxes, what they mean to the domain, and which box each fault belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import fields as fields_of
from datetime import date, datetime
from typing import Any

from marshmallow import fields, validate

from cie import people
from cie.calendar import local_day
from cie.errors import CieError, Invalid
from cie.geography import LEAST_SHARE_TO_ASK, CountyShare
from cie.people import ContactKind, ContactOwner, NewPerson, Person, Safety, Standing
from cie.people.birth import BirthDate, Precision, parse_birth
from cie.people.details import checked, details_of, parsed_or_fault
from cie.people.formats import parse_phone
from cie.people.standing import counting_on
from cie.web.element_words import hour_words
from cie.web.forms import FormSchema, typed, typed_list
from cie.web.language import lazy_gettext
from cie.web.language_names import language_choices, language_name
from cie.web.person_words import STANDINGS

SAFETY_CHOICE = lazy_gettext("Safe to text: choose one")
TEXTS_CHOICE = lazy_gettext("Texts: choose what the person said")
_NUMBER = {"invalid": lazy_gettext("Household: enter a number, like 4")}
_FACT: Any = {"unknown": lazy_gettext("Other facts: choose from the list")}
_HOURS = validate.Range(0, 24)
_BOXES = {"birth_month": "birth", "birth_day": "birth", "birth_year": "birth"}
_ORDER = (
    *("given_name", "family_name", "chosen_name", "pronouns", "birth_month", "birth_day", "birth_year", "street"),
    *("zip", "county", "language", "household_size", "standing", "phone", "safety", "owner", "safe_from_hour"),
    "may_text",
)


class DetailsSchema(FormSchema):
    """The boxes of what is kept of a person."""

    given_name = fields.Str(load_default="")
    family_name = fields.Str(load_default="")
    chosen_name = fields.Str(load_default="")
    pronouns = fields.Str(load_default="")
    birth_month = fields.Str(load_default="")
    birth_day = fields.Str(load_default="")
    birth_year = fields.Str(load_default="")
    birth_is_guess = fields.Str(load_default="")
    street = fields.Str(load_default="")
    no_fixed_address = fields.Str(load_default="")
    zip = fields.Str(load_default="")
    county = fields.Str(load_default="")
    language = fields.Str(load_default="")
    interpreter = fields.Str(load_default="")
    household_size = fields.Int(load_default=None, error_messages=_NUMBER)
    standing = fields.List(fields.Enum(Standing, by_value=True, error_messages=_FACT), load_default=list)


class ReachSchema(FormSchema):
    """The boxes that say whose a number is and when it is safe."""

    owner = fields.Enum(ContactOwner, by_value=True, load_default=ContactOwner.SELF)
    safety = fields.Enum(Safety, by_value=True, load_default=None)
    safe_from_hour = fields.Int(load_default=0, validate=_HOURS)
    safe_until_hour = fields.Int(load_default=24, validate=_HOURS)
    no_voicemail = fields.Str(load_default="")
    may_text = fields.Str(load_default="", validate=validate.OneOf(["", "yes", "no"]))
    wording_version = fields.Str(load_default="")


class NewPersonSchema(DetailsSchema, ReachSchema):
    """Adding a person: what is kept of them, one mobile number, and the answers of the page about duplicates."""

    phone = fields.Str(load_default="")
    not_these = fields.Str(load_default="")
    change = fields.Str(load_default="")


class CorrectionSchema(DetailsSchema):
    """Correcting a person: the details, and the version that the form was filled from."""

    seen_version = fields.Int(required=True)


def read_details(form: dict[str, Any], faults: list[Invalid], *, at: datetime) -> NewPerson:
    """The person as typed, in the form in which it is kept; what is wrong joins `faults`."""
    boxes = form["birth_month"], form["birth_day"], form["birth_year"]
    guess = bool(form["birth_is_guess"])
    birth = parsed_or_fault(
        faults, lambda: parse_birth(*boxes, today=local_day(at), approximate=guess), BirthDate.unknown()
    )
    named = {name: form[name] for name in ("given_name", "family_name", "chosen_name", "pronouns", "street", "zip")}
    new = NewPerson(
        **named,
        birth=birth,
        no_fixed_address=bool(form["no_fixed_address"]),
        county_fips=_county_of_this_zip(form["zip"], form["county"]),
        language=form["language"],
        interpreter=bool(form["interpreter"]),
        household_size=form["household_size"],
        standing=tuple(form["standing"]),
    )
    return parsed_or_fault(faults, lambda: checked(new, at=at), new)


def _county_of_this_zip(zip: str, county: str) -> str:
    """A county chosen for another ZIP than the one typed now is forgotten."""
    return county if county in {share.fips for share in people.counties_of_zip(zip[:5])} else ""


def read_new_person(form: dict[str, Any], *, at: datetime) -> tuple[NewPerson, dict[str, Any] | None]:
    """The person and the mobile number as typed, or None without one. Raises Invalid with every fault at once."""
    faults: list[Invalid] = []
    new = read_details(form, faults, at=at)
    number = _mobile(form, faults) if form["phone"] else None
    refuse(faults)
    return new, number


def read_correction(form: dict[str, Any], *, at: datetime) -> dict[str, object]:
    """All details by their names, as `correct_person` wants them. Raises Invalid with every fault at once."""
    faults: list[Invalid] = []
    new = read_details(form, faults, at=at)
    refuse(faults)
    return {field.name: getattr(new, field.name) for field in fields_of(NewPerson)}


def refuse(faults: Sequence[Invalid]) -> None:
    """Raise the faults there are, in the order of the page."""
    if faults:
        places = {name: place for place, name in enumerate(_ORDER)}
        raise Invalid.all(sorted(faults, key=lambda fault: places.get(fault.field or "", len(places))))


def _mobile(form: dict[str, Any], faults: list[Invalid]) -> dict[str, Any]:
    value = parsed_or_fault(faults, lambda: parse_phone(form["phone"], "phone"), "")
    reach = read_reach(form, faults)
    return {"kind": ContactKind.SMS, "value": value, **reach, **permission(form)}


def read_reach(form: dict[str, Any], faults: list[Invalid], *, texts: bool = True) -> dict[str, Any]:
    """Whose a number is and when it is safe, by the names of `add_contact`."""
    if form["safety"] is None:
        faults.append(Invalid(str(SAFETY_CHOICE), "safety"))
    if texts and not form["may_text"]:
        faults.append(Invalid(str(TEXTS_CHOICE), "may_text"))
    return {
        "owner": form["owner"],
        "safety": form["safety"] or Safety.UNKNOWN,
        "safe_from_hour": form["safe_from_hour"],
        "safe_until_hour": form["safe_until_hour"],
        "no_voicemail": bool(form["no_voicemail"]),
    }


def permission(form: dict[str, Any]) -> dict[str, Any]:
    """What the person said to texts, with the version of the words that were read to them."""
    said_yes = form["may_text"] == "yes"
    return {"may_text": said_yes, "wording_version": form["wording_version"] if said_yes else ""}


@dataclass(frozen=True)
class Boxes:
    """What the boxes of the details show. `facts`: the boxes of the standing; `standing`: those that are marked."""

    text: dict[str, str]
    birth: dict[str, str]
    bad: list[str]
    counties: list[CountyShare]
    languages: list[tuple[str, str]]
    facts: list[dict[str, Any]]
    standing: list[str]


def boxes(errors: Sequence[CieError], person: Person | None = None, *, today: date) -> Boxes:
    """The boxes as typed, else as kept, else empty; what counts only for minors ends with the 18th birthday."""
    text = {name: str(typed(name, value, beside="given_name")) for name, value in _kept(person).items()}
    birth = {part: text.pop(f"birth_{part}") for part in ("month", "day", "year")}
    bad = [str(e.field)[6:] for e in errors if e.field in _BOXES]
    languages = language_choices()
    if text["language"] and text["language"] not in dict(languages):
        languages.append((text["language"], language_name(text["language"])))
    facts = [{"value": code.value, "label": words} for code, words in STANDINGS.items()]
    kept = details_of(person) if person else NewPerson()
    marked = typed_list("standing", counting_on(kept.standing, kept.birth, today), beside="given_name")
    return Boxes(text, birth, bad, counties_to_choose(text["zip"]), languages, facts, marked)


def _kept(person: Person | None) -> dict[str, Any]:
    details = details_of(person) if person else NewPerson()
    birth = details.birth
    kept: dict[str, Any] = {name: getattr(details, name) for name in _ORDER[:4]}
    for part in ("month", "day", "year"):
        kept[f"birth_{part}"] = getattr(birth, part) or ""
    kept["birth_is_guess"] = "yes" if birth.day and birth.precision is Precision.APPROXIMATE else ""
    kept |= {"street": details.street, "zip": details.zip, "county": details.county_fips}
    kept |= {"language": details.language, "household_size": details.household_size or ""}
    kept["no_fixed_address"] = "yes" if details.no_fixed_address else ""
    kept["interpreter"] = "yes" if details.interpreter else ""
    return kept


def counties_to_choose(zip: str) -> list[CountyShare]:
    """The counties to choose from when the ZIP lies in several; none when there is nothing to ask."""
    found = people.counties_of_zip(zip.strip()[:5])
    asked = [*found[:1], *(share for share in found[1:] if share.share >= LEAST_SHARE_TO_ASK)]
    return asked if len(asked) > 1 else []


def at_boxes(errors: Sequence[CieError], **more: str) -> list[Invalid]:
    """The errors at the boxes that stand for their fields on the page; `more` says which."""
    names = {**_BOXES, "wording_version": "may_text", "safe_until_hour": "safe_from_hour", **more}
    return [Invalid(e.message, names.get(e.field or "", e.field)) for e in errors]


def hour_choices(first: int, last: int) -> list[tuple[int, str]]:
    """Hours of the day to choose from."""
    return [(hour, hour_words(hour)) for hour in range(first, last + 1)]
