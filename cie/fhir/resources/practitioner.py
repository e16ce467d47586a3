"""Practitioner: a member of staff, for the programs of their own organization alone."""

from typing import Any

from cie.fhir.codes import URI, US_CORE, profiled
from cie.fhir.resources.public_contacts import telecom
from cie.identity import UserAccount

PROFILE = f"{US_CORE}us-core-practitioner"
Resource = dict[str, Any]


def practitioner(user: UserAccount) -> Resource:
    """A colleague by name and work e-mail; somebody who left is not active."""
    return {
        **profiled("Practitioner", user.id, PROFILE),
        "identifier": [{"system": URI, "value": f"urn:uuid:{user.id}"}],
        "active": user.is_active,
        "name": [_name(user.name)],
        "telecom": [telecom("email", user.email)],
    }


def _name(text: str) -> dict[str, Any]:
    """A name of which only the whole is known; its last word counts as the family's."""
    *given, family = text.split()
    return {"text": text, "family": family, **({"given": given} if given else {})}
