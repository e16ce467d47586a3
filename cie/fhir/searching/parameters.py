"""The search parameters by type and name. No name, address, birth date or free text about anybody is searched by."""

from collections.abc import Mapping

from cie.fhir.searching.kinds import Kind, Parameter
from cie.fhir.searching.table import LISTED

__all__ = ["COMMON", "NEVER_SEARCHED", "OF_PEOPLE", "OF_THE_DIRECTORY", "PARAMETERS", "Kind", "Parameter", "parameter"]

PARAMETERS: Mapping[str, Mapping[str, Parameter]] = {
    resource_type: {each.name: each for each in listed} for resource_type, listed in LISTED.items()
}
"""The parameters of each resource type that is served, by their names."""
COMMON: Mapping[str, Parameter] = {
    "_id": Parameter("_id", Kind.TOKEN, ("id",)),
    "_lastUpdated": Parameter("_lastUpdated", Kind.DATE, ("meta.lastUpdated",)),
}
"""Those of every type; they are read beside the body, not in the index."""
OF_THE_DIRECTORY = frozenset(
    {"HealthcareService", "Location", "Organization", "Practitioner", "PractitionerRole", "Questionnaire"}
)
"""Types of which something is for everybody to read."""
OF_PEOPLE = frozenset({"Patient", "RelatedPerson", "Practitioner"})
NEVER_SEARCHED = frozenset(
    {"name", "family", "given", "birthdate", "death-date", "phone", "email", "telecom", "phonetic", "gender"}
    | {f"address{part}" for part in ("", "-city", "-country", "-postalcode", "-state", "-use")}
)
"""Standard parameters of people that are not served, since their values would stand in addresses and in the index."""


def parameter(resource_type: str, name: str) -> Parameter | None:
    """The parameter of this name; None where there is none."""
    return COMMON.get(name) or PARAMETERS[resource_type].get(name)
