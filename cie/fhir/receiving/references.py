"""References in what was sent: to resources of this server, to others of the same Bundle, and what they lead to."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

from cie.fhir.store import Key

Resource = dict[str, Any]


def key_in(reference: Any, base: str) -> Key | None:
    """What a Reference of this server names; None for one that is contained, elsewhere, or no literal one."""
    literal = reference.get("reference", "") if isinstance(reference, Mapping) else ""
    parts = literal.removeprefix(f"{base}/").split("/")
    if len(parts) == 4 and parts[2] == "_history":
        parts = parts[:2]
    return (parts[0], parts[1]) if len(parts) == 2 and parts[0].isalpha() and parts[1] else None


def id_in(reference: Any, base: str, *types: str) -> UUID | None:
    """The id that a Reference to one of these types names, if it can be one of ours."""
    key = key_in(reference, base)
    if key is None or key[0] not in types:
        return None
    try:
        return UUID(key[1])
    except ValueError:
        return None


def with_references(value: Any, replaced: Callable[[str], str]) -> Any:
    """The same value with each literal reference and each canonical of a Bundle entry as `replaced` says."""
    if isinstance(value, Mapping):
        return {
            name: replaced(part) if name == "reference" and isinstance(part, str) else with_references(part, replaced)
            for name, part in value.items()
        }
    return [with_references(part, replaced) for part in value] if isinstance(value, list) else value


def references_in(value: Any, place: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every Reference in a resource with its place."""
    if isinstance(value, Mapping):
        if isinstance(value.get("reference"), str):
            yield place, value
        for name, part in value.items():
            yield from references_in(part, f"{place}.{name}")
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from references_in(part, f"{place}[{number}]")
