"""What can be told of the target of a Reference without fetching it."""

import re
from collections.abc import Mapping
from typing import Any, TypeGuard

from cie.fhir.definitions.value_sets import FHIR, value_sets_in

_LITERAL = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/[A-Za-z0-9.-]{1,64}(?:/_history/[A-Za-z0-9.-]{1,64})?$")
RESOURCE_TYPE = FHIR + "resource-types"


def type_named_by(reference: Any) -> str | None:
    """The resource type in a literal reference ("Patient/1"), or else in `Reference.type`."""
    address = reference.get("reference") if isinstance(reference, Mapping) else reference
    if isinstance(address, str):
        found = _LITERAL.search(address)
        if found and is_resource_type(found[1]):
            return found[1]
    named = reference.get("type") if isinstance(reference, Mapping) else None
    return named if is_resource_type(named) else None


def is_resource_type(name: Any) -> TypeGuard[str]:
    return isinstance(name, str) and value_sets_in(None).holds(RESOURCE_TYPE, None, name) is True
