"""Questions that ask for what a Patient says, known by the definition that they name or by their LOINC code.

A question is answered only where its type can hold the fact as it is, and a choice only with a coding of its own list.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cie.fhir.codes import LOINC

GENDER = "http://hl7.org/fhir/administrative-gender"
Resource = dict[str, Any]
Fact = str | Resource | None
"""What is known: text, or a coding."""


def answers_from(item: Resource, patient: Resource) -> list[Resource]:
    """The answer to a question of a Questionnaire that a Patient gives, if any."""
    wanted = next((each for each in _wanted(item) if each in FACTS), None)
    fact = FACTS[wanted](patient) if wanted else None
    if isinstance(fact, str):
        return [{_TEXTS[item["type"]]: fact}] if item["type"] in _TEXTS else []
    return [{"valueCoding": each} for each in _options(item) if fact and _is_same(each, fact)]


def _wanted(item: Resource) -> Iterator[str]:
    """The element that a question asks for, as its definition and its codes say."""
    yield item.get("definition", "").partition("#")[2]
    codings = [each for each in item.get("code", ()) if each.get("system") == LOINC]
    yield from (CODES[each["code"]] for each in codings if each.get("code") in CODES)


def _options(item: Resource) -> Iterator[Resource]:
    return (each["valueCoding"] for each in item.get("answerOption", ()) if "valueCoding" in each)


def _is_same(option: Resource, fact: Resource) -> bool:
    return all(option.get(name) == fact.get(name) for name in ("system", "code"))


_TEXTS = {"string": "valueString", "text": "valueString", "date": "valueDate"}


def _official(patient: Resource) -> Resource:
    """The name as papers have it, else any."""
    names: list[Resource] = patient.get("name", [])
    found = next((each for each in names if each.get("use") == "official"), None)
    return found or next(iter(names), {})


def _given(patient: Resource) -> Fact:
    return " ".join(_official(patient).get("given", ())) or None


def _family(patient: Resource) -> Fact:
    family: str | None = _official(patient).get("family")
    return family


def _name(patient: Resource) -> Fact:
    parts = (_given(patient), _family(patient))
    return " ".join(each for each in parts if isinstance(each, str)) or None


def _birth_date(patient: Resource) -> Fact:
    day: str | None = patient.get("birthDate")
    return day


def _gender(patient: Resource) -> Fact:
    """Nothing where nobody asked."""
    code = patient.get("gender", "unknown")
    return None if code == "unknown" else {"system": GENDER, "code": code}


def _language(patient: Resource) -> Fact:
    spoken: list[Resource] = patient.get("communication", [])
    preferred = next((each for each in spoken if each.get("preferred")), next(iter(spoken), {}))
    codings: list[Resource] = preferred.get("language", {}).get("coding", [])
    return next(iter(codings), None)


def _phone(patient: Resource) -> Fact:
    phones = (each for each in patient.get("telecom", ()) if each.get("system") == "phone")
    return next((each.get("value") for each in phones), None)


def _postal_code(patient: Resource) -> Fact:
    return next((each.get("postalCode") for each in patient.get("address", ())), None)


FACTS: Mapping[str, Callable[[Resource], Fact]] = {
    "Patient.name": _name,
    "Patient.name.given": _given,
    "Patient.name.family": _family,
    "Patient.birthDate": _birth_date,
    "Patient.gender": _gender,
    "Patient.communication.language": _language,
    "Patient.telecom": _phone,
    "Patient.telecom.value": _phone,
    "Patient.address.postalCode": _postal_code,
}
CODES = {
    "54125-0": "Patient.name",
    "45392-8": "Patient.name.given",
    "45394-4": "Patient.name.family",
    "21112-8": "Patient.birthDate",
    "46098-0": "Patient.gender",
    "54899-0": "Patient.communication.language",
    "42077-8": "Patient.telecom",
    "45401-7": "Patient.address.postalCode",
}
"""LOINC codes of questions for single facts, by the element that holds them."""
