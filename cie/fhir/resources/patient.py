"""Patient: the person as their own organization keeps them, as released to another, and as an offer hides them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cie.fhir.codes import ABSENT, LANGUAGES, NUMBER, OFFER, SNOMED, URI, US_CORE, concept, profiled
from cie.geography import counties
from cie.people import ContactKind, ContactPoint, NewPerson, PersonIdentifier
from cie.people.birth import Precision

PROFILE = f"{US_CORE}us-core-patient"
PRONOUNS = f"{US_CORE}us-core-individual-pronouns"
INTERPRETER = f"{US_CORE}us-core-interpreter-needed"
_YES = {"system": SNOMED, "code": "373066001", "display": "Yes"}
Resource = dict[str, Any]


@dataclass(frozen=True)
class OwnPerson:
    """What an organization keeps of a person whom it serves."""

    id: UUID
    details: NewPerson
    contacts: Sequence[ContactPoint]
    numbers: Sequence[PersonIdentifier]


def own_patient(person: OwnPerson) -> Resource:
    """The person as their own organization keeps them."""
    details = person.details
    numbers = [{"system": NUMBER + each.namespace, "value": each.value} for each in person.numbers]
    return _patient(
        person.id,
        identifier=[_own_id(person.id), *numbers],
        name=_names(details),
        telecom=[_telecom(point.kind, point.value) for point in person.contacts],
        birthDate=_birth_date(details),
        address=_address(details.zip, details.county_fips, details.street),
        language=details.language,
        interpreter=details.interpreter,
    )


def released_patient(person_id: UUID, told: Mapping[str, Any]) -> Resource:
    """The person as the elements of a release tell of them. `told`: element values by code."""
    area, language, contact = told.get("area", {}), told.get("language", {}), told.get("contact")
    return _patient(
        person_id,
        identifier=[_own_id(person_id)],
        name=[_name_in(told["name"])] if "name" in told else [_hidden("masked")],
        telecom=[_telecom(ContactKind(contact["kind"]), contact["value"])] if contact else [],
        address=_address(area.get("zip"), area.get("county")),
        language=language.get("code"),
        interpreter=language.get("interpreter", False),
    )


def masked_patient(offer_id: UUID, told: Mapping[str, Any]) -> Resource:
    """Somebody about whom an offer was made, under an id that belongs to this offer alone."""
    area, language = told.get("area", {}), told.get("language", {})
    return _patient(
        offer_id,
        identifier=[{"system": OFFER, "value": str(offer_id)}],
        name=[_hidden("masked")],
        address=_address(area.get("zip"), area.get("county")),
        language=language.get("code"),
        interpreter=language.get("interpreter", False),
    )


def _patient(id: UUID, *, language: str | None, interpreter: bool, **parts: Any) -> Resource:
    spoken = concept({"system": LANGUAGES, "code": language}) if language else None
    needs_interpreter = [{"url": INTERPRETER, "valueCoding": _YES}] if interpreter else []
    return {
        **profiled("Patient", id, PROFILE),
        **({"extension": needs_interpreter} if needs_interpreter else {}),
        **{name: value for name, value in parts.items() if value},
        # nobody here is asked for it
        "gender": "unknown",
        **({"communication": [{"language": spoken, "preferred": True}]} if spoken else {}),
    }


def _own_id(person_id: UUID) -> dict[str, str]:
    return {"system": URI, "value": f"urn:uuid:{person_id}"}


def _names(details: NewPerson) -> list[dict[str, Any]]:
    given = [details.given_name] if details.given_name else []
    family = {"family": details.family_name} if details.family_name else {}
    legal = {"use": "official", **family, **({"given": given} if given else {})} if given or family else None
    chosen = {"use": "usual", **family, "given": [details.chosen_name]} if details.chosen_name else None
    return [name for name in (chosen, legal) if name] or [_hidden("unknown")]


def _name_in(text: str) -> dict[str, Any]:
    """A name of which only the whole is told; its last word counts as the family's."""
    *given, last = text.split()
    return {"text": text, **({"family": last, "given": given} if given else {"given": [last]})}


def _hidden(why: str) -> dict[str, Any]:
    return {"extension": [{"url": ABSENT, "valueCode": why}]}


def _telecom(kind: ContactKind, value: str) -> dict[str, Any]:
    return {"system": kind.value, "value": value}


def _birth_date(details: NewPerson) -> str | None:
    """As far as it is known; a day that is a guess is left out."""
    text = details.birth.to_text()
    return text.rstrip("~")[:7] if text and details.birth.precision is not Precision.EXACT else text or None


def _address(zip: str | None, county: str | None, street: str | None = None) -> list[dict[str, Any]]:
    """Where the person lives, in California, as far as it is told."""
    parts = {
        "line": [street] if street else None,
        "district": counties().get(county or ""),
        "postalCode": zip or None,
    }
    known = {name: value for name, value in parts.items() if value}
    return [{**known, "state": "CA", "country": "US"}] if known else []
