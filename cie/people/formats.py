"""How a phone, a ZIP, an email address and the numbers of other systems must look before they are kept.

Each function returns the one form in which the value is stored, or raises Invalid naming the field that the caller
gave. A value is never repeated in the message.
"""

import json
import re
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Any

import phonenumbers
import zipcodes
from phonenumbers import PhoneNumber, PhoneNumberType

from cie.errors import Invalid
from cie.resources import resource

# The United States and its territories: texts to the other countries under +1 are foreign texts.
US_REGIONS = frozenset({"US", "PR", "VI", "GU", "AS", "MP"})
_ANSWERED_PHONES = frozenset(
    {PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}
    | {PhoneNumberType.TOLL_FREE}
)
# Area code, then an exchange that starts with 2 to 9 and does not end in 11 (North American Numbering Plan).
_NANP = re.compile(r"[2-9]\d{2}(?!\d11)[2-9]\d{6}", re.ASCII)
_ZIP = re.compile(r"(\d{5})(?:-?\d{4})?", re.ASCII)
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_LOCAL_PART = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_EMAIL = re.compile(rf"{_LOCAL_PART}(?:\.{_LOCAL_PART})*@(?:{_LABEL}\.)+[a-z]{{2,63}}", re.IGNORECASE | re.ASCII)
LONGEST_EMAIL, LONGEST_LOCAL_PART = 254, 64  # characters, RFC 5321 4.5.3.1

# Nine digits, alone or with one letter as on old Medicare cards; or 3-2-4 anywhere in the text.
_NINE_DIGITS = re.compile(r"\d{9}[A-Za-z]?", re.ASCII)
_THREE_TWO_FOUR = re.compile(r"(?<![A-Za-z0-9])\d{3}[\W_]*\d{2}[\W_]*\d{4}[A-Za-z]?(?![A-Za-z0-9])", re.ASCII)


def parse_phone(text: str, field: str = "phone") -> str:
    """A United States phone number in E.164 (+15595550142), however it was typed.

    Any number whose area code is in use is taken: numbering plans mark whole ranges as unassigned, among them the
    555-01xx that are safe for examples.
    """
    wrong = Invalid("Mobile number: enter 10 digits, like 559 555 0142", field)
    text = unicodedata.normalize("NFKC", text).strip()
    if any(character.isalpha() for character in text):
        raise wrong
    try:
        number = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException as error:
        raise wrong from error
    digits = str(number.national_number)
    if number.country_code != 1 or number.extension or not _NANP.fullmatch(digits):
        raise wrong
    if not _is_area_code(digits[:3]):
        raise wrong
    return f"+1{digits}"


def format_phone(e164: str) -> str:
    """A stored phone number as people write it: (559) 555-0142."""
    if not re.fullmatch(r"\+1\d{10}", e164):
        return e164
    return f"({e164[2:5]}) {e164[5:8]}-{e164[8:]}"


def parse_zip(text: str, field: str = "zip") -> str:
    """A five-digit ZIP that the postal service uses in California; a ZIP+4 is shortened."""
    found = _ZIP.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if not found or found[1] not in _california_zips():
        raise Invalid("ZIP: enter a California ZIP, like 93702", field)
    return found[1]


def parse_email(text: str, field: str = "email") -> str:
    """An email address with its domain in lower case (RFC 5321, without quoted local parts or comments)."""
    text = text.strip()
    local, _, domain = text.rpartition("@")
    if not _EMAIL.fullmatch(text) or len(text) > LONGEST_EMAIL or len(local) > LONGEST_LOCAL_PART:
        raise Invalid("Email: enter an address, like name@example.org", field)
    return f"{local}@{domain.lower()}"


def parse_identifier(namespace: str, value: str, field: str = "identifier") -> str:
    """The number by which another system knows the person, in the one form kept for `namespace`.

    Namespaces are data: seed_data/identifiers.json. Anything that looks like a Social Security number is refused.
    """
    rules = identifier_namespaces().get(namespace)
    if rules is None:
        raise Invalid("Number: choose what kind of number it is", field)
    value = unicodedata.normalize("NFKC", value).strip()
    if _looks_like_social_security(value):
        raise Invalid(
            "%(label)s: this looks like a Social Security number. We do not keep those", field, label=rules["label"]
        )
    if rules["case"] == "upper":
        value = re.sub(r"[\s-]", "", value).upper()
    if not re.fullmatch(rules["pattern"], value, re.ASCII):
        raise Invalid(
            "%(label)s: check the number. It looks like %(example)s",
            field,
            label=rules["label"],
            example=rules["example"],
        )
    return value


@cache
def identifier_namespaces() -> dict[str, dict[str, Any]]:
    """Each kind of number that may be kept, with its label, pattern and where the pattern comes from."""
    loaded: dict[str, dict[str, Any]] = json.loads(resource("seed_data", "identifiers.json").read_text("utf-8"))[
        "namespaces"
    ]
    return loaded


def _looks_like_social_security(value: str) -> bool:
    compact = re.sub(r"[\W_]", "", value)
    return bool(_NINE_DIGITS.fullmatch(compact) or _THREE_TWO_FOUR.search(value))


@cache
def _is_area_code(area_code: str) -> bool:
    probe = PhoneNumber(country_code=1, national_number=int(f"{area_code}2002345"))
    return (
        phonenumbers.region_code_for_number(probe) in US_REGIONS and phonenumbers.number_type(probe) in _ANSWERED_PHONES
    )


@cache
def _california_zips() -> frozenset[str]:
    # The package has no types of its own.
    filter_by: Callable[..., list[dict[str, str]]] = zipcodes.filter_by
    return frozenset(place["zip_code"] for place in filter_by(state="CA"))
