"""PractitionerRole: what a member of staff is trusted with, under the id of their account."""

from typing import Any

from cie.access import Role
from cie.fhir.codes import OURS, SDOHCC, SNOMED, concept, profiled, reference
from cie.fhir.resources.public_contacts import telecom
from cie.identity import UserAccount

PROFILE = f"{SDOHCC}SDOHCC-practitionerrole"
ROLE = f"{OURS}role"
_WORDS = {
    Role.CASEWORKER: "Caseworker",
    Role.SUPERVISOR: "Supervisor",
    Role.NAVIGATOR: "Navigator",
    Role.ORGANIZATION_ADMINISTRATOR: "Administrator of the organization",
    Role.PRIVACY_OFFICER: "Privacy officer",
    Role.NETWORK_ADMINISTRATOR: "Administrator of the network",
}
_OCCUPATIONS = {
    Role.CASEWORKER: {"system": SNOMED, "code": "768832004", "display": "Case manager (occupation)"},
    Role.NAVIGATOR: {"system": SNOMED, "code": "768836001", "display": "Patient navigator (occupation)"},
}
"""Those of the care team members of US Core that fit; for the others there is none."""
Resource = dict[str, Any]


def practitioner_role(user: UserAccount) -> Resource:
    """What a colleague does in their organization."""
    return {
        **profiled("PractitionerRole", user.id, PROFILE),
        "active": user.is_active,
        "practitioner": {**reference("Practitioner", user.id), "display": user.name},
        "organization": reference("Organization", user.organization_id),
        "code": [_code(role) for role in sorted(user.roles)],
        "telecom": [telecom("email", user.email)],
    }


def _code(role: Role) -> dict[str, Any]:
    own = {"system": ROLE, "code": role.value, "display": _WORDS[role]}
    occupation = _OCCUPATIONS.get(role)
    return concept(*([occupation] if occupation else []), own, text=_WORDS[role])
