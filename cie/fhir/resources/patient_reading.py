"""Reading a Patient: the details, ways to reach and numbers that the exchange keeps of it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from cie.errors import Invalid
from cie.fhir.codes import NUMBER, SNOMED
from cie.fhir.refusals import Fault, NotTaken
from cie.fhir.resources.patient import INTERPRETER
from cie.geography import counties, counties_of_zip
from cie.people import BirthDate, ContactKind, NewPerson
from cie.people.formats import identifier_namespaces, parse_email, parse_identifier, parse_phone, parse_zip

IDENTIFIER_TYPE = "http://terminology.hl7.org/CodeSystem/v2-0203"
_KINDS_BY_TYPE = {"MR": "mrn", "MA": "cin", "MB": "plan-member-id"}
_SOCIAL_SECURITY = ("http://hl7.org/fhir/sid/us-ssn", "SS")
Resource = dict[str, Any]
Contact = tuple[ContactKind, str]
Number = tuple[str, str]
PLACES = {
    "given_name": "Patient.name",
    "family_name": "Patient.name",
    "chosen_name": "Patient.name",
    "birth_date": "Patient.birthDate",
    "street": "Patient.address",
    "zip": "Patient.address.postalCode",
    "county": "Patient.address.district",
    "language": "Patient.communication",
    "value": "Patient.telecom",
    "identifier": "Patient.identifier",
}
"""From which element each detail comes."""


@dataclass(frozen=True)
class Read:
    """What a Patient says, in the words of the exchange."""

    details: NewPerson
    contacts: tuple[Contact, ...]
    numbers: tuple[Number, ...]


DETAILS = (
    "given_name",
    "family_name",
    "chosen_name",
    "birth",
    "street",
    "zip",
    "county_fips",
    "language",
    "interpreter",
)
"""The details that a Patient says; all others stay as they are."""


def read_patient(resource: Resource) -> Read:
    """What of a Patient the exchange keeps. Raises NotTaken.

    The rest stays with its sender: what has no place here, phones and addresses that are none of the United States and
    California, numbers that do not look like theirs.
    """
    faults: list[Fault] = []
    address: Mapping[str, Any] = next(iter(resource.get("address", [])), {})
    zip = _zip(address)
    given, family, chosen = _names(resource.get("name", []))
    details = NewPerson(
        given_name=given,
        family_name=family,
        chosen_name=chosen,
        birth=_birth(resource, faults),
        street=", ".join(address.get("line", [])),
        zip=zip,
        county_fips=_county(address, zip),
        language=_language(resource),
        interpreter=_needs_interpreter(resource),
    )
    contacts = tuple(dict.fromkeys(_contacts(resource)))
    numbers = tuple(dict.fromkeys(_numbers(resource, faults)))
    if faults:
        raise NotTaken(faults)
    return Read(details, contacts, numbers)


def _names(names: Sequence[Mapping[str, Any]]) -> tuple[str, str, str]:
    """Given name, family name, and the name to call the person by if it is another."""
    told = [name for name in names if name.get("family") or name.get("given") or name.get("text")]
    legal: Mapping[str, Any] = next((n for n in told if n.get("use") in ("official", None)), next(iter(told), {}))
    usual: Mapping[str, Any] = next((n for n in told if n.get("use") in ("usual", "nickname")), {})
    given, family = _parts(legal)
    chosen = " ".join(usual.get("given", []))
    return given, family, "" if chosen == given else chosen


def _parts(name: Mapping[str, Any]) -> tuple[str, str]:
    if name.get("given") or name.get("family"):
        return " ".join(name.get("given", [])), name.get("family", "")
    *given, last = name.get("text", "").split() or [""]
    return (" ".join(given), last) if given else (last, "")


def _birth(resource: Resource, faults: list[Fault]) -> BirthDate:
    try:
        return BirthDate.from_text(resource.get("birthDate", ""))
    except Invalid as error:
        faults.append(Fault("value", error.message, "Patient.birthDate"))
        return BirthDate.unknown()


def _zip(address: Mapping[str, Any]) -> str:
    try:
        return parse_zip(address.get("postalCode", ""))
    except Invalid:
        return ""


def _county(address: Mapping[str, Any], zip: str) -> str:
    """The county that is named, else the one that holds most of the ZIP: a program cannot be asked which."""
    named = address.get("district", "").removesuffix(" County").casefold()
    found = next((fips for fips, name in counties().items() if name.casefold() == named), "")
    return found or next((county.fips for county in counties_of_zip(zip)), "")


def _language(resource: Resource) -> str:
    spoken = resource.get("communication", [])
    first: Mapping[str, Any] = next((each for each in spoken if each.get("preferred")), next(iter(spoken), {}))
    return next((each["code"] for each in first.get("language", {}).get("coding", []) if "code" in each), "en")


def _needs_interpreter(resource: Resource) -> bool:
    said = (each for each in resource.get("extension", []) if each.get("url") == INTERPRETER)
    return any(
        each.get("valueCoding", {}).get("system") == SNOMED and each["valueCoding"].get("code") == "373066001"
        for each in said
    )


def _contacts(resource: Resource) -> Iterator[Contact]:
    """Phones, mobiles and addresses of mail in the form in which they are kept."""
    for point in resource.get("telecom", []):
        kind = _kind(point)
        if kind is None or point.get("use") == "old" or not point.get("value"):
            continue
        parse = parse_email if kind == ContactKind.EMAIL else parse_phone
        with suppress(Invalid):
            yield kind, parse(point["value"], "value")


def _kind(point: Mapping[str, Any]) -> ContactKind | None:
    if point.get("system") == "phone" and point.get("use") == "mobile":
        return ContactKind.SMS
    return ContactKind(point["system"]) if point.get("system") in set(ContactKind) else None


def _numbers(resource: Resource, faults: list[Fault]) -> Iterator[Number]:
    for number, each in enumerate(resource.get("identifier", [])):
        place, types = f"Patient.identifier[{number}]", _types(each)
        if each.get("system") == _SOCIAL_SECURITY[0] or _SOCIAL_SECURITY[1] in types:
            faults.append(Fault("business-rule", "Leave out Social Security numbers: they are not kept here", place))
            continue
        kind = _number_kind(each, types)
        if kind is None or not each.get("value"):
            continue
        with suppress(Invalid):
            yield kind, parse_identifier(kind, each["value"])


def _types(identifier: Mapping[str, Any]) -> set[str]:
    codings = identifier.get("type", {}).get("coding", [])
    return {each.get("code", "") for each in codings if each.get("system") == IDENTIFIER_TYPE}


def _number_kind(identifier: Mapping[str, Any], types: set[str]) -> str | None:
    """The kind of number that it is here: by our own system, else by its type (HL7 table 0203)."""
    own: str = identifier.get("system", "").removeprefix(NUMBER)
    if own in identifier_namespaces() and identifier["system"].startswith(NUMBER):
        return own
    return next((kind for code, kind in _KINDS_BY_TYPE.items() if code in types), None)
