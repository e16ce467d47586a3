"""What a resource is found by: the values of its search parameters."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice, product
from typing import Any
from uuid import UUID

from cie.db import match_key
from cie.fhir.searching.elements import elements
from cie.fhir.searching.parameters import PARAMETERS, Kind, Parameter
from cie.fhir.searching.periods import span_of_value
from cie.fhir.searching.words import folded

LONGEST, MOST_VALUES = 300, 2_000
_LITERAL = re.compile(r"(?:.*/)?([A-Z][A-Za-z]{1,63})/([A-Za-z0-9.-]{1,64})(?:/_history/[A-Za-z0-9.-]{1,64})?")


@dataclass(frozen=True)
class IndexValue:
    """One value of one search parameter. A token has a system, a reference its type there; a date has its bounds.

    A text has the words as they were as `system`. One with nothing but a name says that the element is there.
    """

    name: str
    system: str = ""
    value: str = ""
    from_at: datetime | None = None
    until_at: datetime | None = None


def values_of(resource: dict[str, Any], organization_id: UUID) -> list[IndexValue]:
    """All values by which a resource of this audience is found."""
    found: dict[IndexValue, None] = {}
    for parameter in PARAMETERS.get(resource.get("resourceType", ""), {}).values():
        # the audience of everybody has no id but zeros
        if not parameter.kept_as and not (parameter.of_all and organization_id.int):
            found.update(dict.fromkeys(_values(parameter, resource, organization_id)))
    return list(islice(found, MOST_VALUES))


def _values(parameter: Parameter, resource: dict[str, Any], organization_id: UUID) -> Iterator[IndexValue]:
    there = [element for path in parameter.paths for element in elements(resource, path)]
    values = [value for element in there for value in _READ[parameter.kind](parameter, element)]
    if there and parameter.kind is not Kind.COMPOSITE and all(value.name != parameter.name for value in values):
        yield IndexValue(parameter.name)
    for value in values:
        is_sealed = parameter.sealed or value.name.endswith(_BY_IDENTIFIER)
        yield _sealed(parameter, value, organization_id) if is_sealed else value


_BY_IDENTIFIER = ":identifier"


def by_identifier(name: str) -> str:
    """The name in the index of what a reference says by an identifier in place of an address."""
    return f"{name}{_BY_IDENTIFIER}"


def _sealed(parameter: Parameter, value: IndexValue, organization_id: UUID) -> IndexValue:
    """Of a pair the systems stay as they are: either may be left out of a search."""
    key = sealed_words(value.value, organization_id)
    if parameter.kind is Kind.COMPOSITE:
        return replace(value, value=key)
    return replace(value, system=sealed_words(value.system, organization_id), value=key)


def sealed_words(words: str, organization_id: UUID) -> str:
    """What may not stand in the index, as its match key; nothing stays nothing."""
    return match_key(f"fhir:{words}", organization_id).hex() if words else ""


def bounded(text: str) -> str:
    """A text as the index keeps it: a longer one as its digest."""
    text = text.replace("\0", "")
    return text if len(text) <= LONGEST else hashlib.sha256(text.encode()).hexdigest()


def _tokens(parameter: Parameter, element: Any) -> Iterator[IndexValue]:
    """A code, a flag, a Coding, a CodeableConcept or an Identifier."""
    if isinstance(element, bool):
        yield IndexValue(parameter.name, value="true" if element else "false")
    elif isinstance(element, str):
        yield IndexValue(parameter.name, parameter.system, bounded(element))
    elif isinstance(element, dict):
        for coding in elements(element, "coding" if "coding" in element else ""):
            if isinstance(coding, dict):
                system, code = coding.get("system", ""), coding.get("code") or coding.get("value") or ""
                if isinstance(system, str) and isinstance(code, str) and (system or code):
                    yield IndexValue(parameter.name, bounded(system), bounded(code))


def _references(parameter: Parameter, element: Any) -> Iterator[IndexValue]:
    """A Reference: by its address, by the identifier that it says; or a canonical address with its version."""
    if isinstance(element, str):
        address, _, version = element.partition("|")
        yield IndexValue(parameter.name, bounded(version), bounded(address))
        return
    if not isinstance(element, dict):
        return
    literal, identifier = element.get("reference"), element.get("identifier")
    if isinstance(literal, str) and not literal.startswith("#"):
        yield IndexValue(parameter.name, *pointed_at(literal, str(element.get("type", ""))))
    if isinstance(identifier, dict):
        named = replace(parameter, name=by_identifier(parameter.name), system="")
        yield from _tokens(named, identifier)


def pointed_at(address: str, type_: str = "") -> tuple[str, str]:
    """The type and the id behind an address of this server (`Task/1`), or the type and the whole address elsewhere."""
    form = _LITERAL.fullmatch(address)
    if form is None:
        return bounded(type_), bounded(address)
    return form[1], form[2] if "/" not in address[: form.start(1)] else bounded(address)


def _dates(parameter: Parameter, element: Any) -> Iterator[IndexValue]:
    span = span_of_value(element)
    if span:
        yield IndexValue(parameter.name, from_at=span.from_at, until_at=span.until_at)


def _addresses(parameter: Parameter, element: Any) -> Iterator[IndexValue]:
    if isinstance(element, str):
        yield IndexValue(parameter.name, value=bounded(element))


def _texts(parameter: Parameter, element: Any) -> Iterator[IndexValue]:
    if isinstance(element, str):
        yield IndexValue(parameter.name, element[:LONGEST].replace("\0", ""), folded(element)[:LONGEST])


def _pairs(parameter: Parameter, element: Any) -> Iterator[IndexValue]:
    """Each code of the first part with each of the second, as one value."""
    both = [
        [token for path in part.paths for each in elements(element, path) for token in _tokens(part, each)]
        for part in parameter.parts
    ]
    for first, second in product(*both):
        value = paired(first.value, second.value)
        yield IndexValue(parameter.name, f"{first.system} {second.system}"[:LONGEST], bounded(value))


def paired(first: str, second: str) -> str:
    """Two codes as one value of the index."""
    return f"{first}${second}"


_READ: Mapping[Kind, Callable[[Parameter, Any], Iterator[IndexValue]]] = {
    Kind.TOKEN: _tokens,
    Kind.REFERENCE: _references,
    Kind.DATE: _dates,
    Kind.URI: _addresses,
    Kind.STRING: _texts,
    Kind.COMPOSITE: _pairs,
}
