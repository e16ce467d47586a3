"""How the elements of a type stand in JSON and in XML: in which order, as a list or alone, as an attribute or not."""

from collections.abc import Mapping
from functools import cache

from cie.fhir.definitions.types import RESOURCE_TYPES, Element, elements_of

FHIR = "http://hl7.org/fhir"
XHTML = "http://www.w3.org/1999/xhtml"
NUMBERS = frozenset({"decimal", "integer", "positiveInt", "unsignedInt"})


@cache
def ranks_in(path: str) -> Mapping[str, int]:
    """The place of each property in the order of the definition; those of one choice have the same."""
    elements = elements_of(path)
    places = {element.name: at for at, element in enumerate(dict.fromkeys(elements.values()))}
    return {name: places[element.name] for name, element in elements.items()}


def attributes_of(path: str) -> tuple[str, ...]:
    """The properties that XML writes as attributes (FHIR R4, 2.6.1.1)."""
    if path == "Resource" or path in RESOURCE_TYPES:
        return ()
    return ("id", "url") if path == "Extension" else ("id",)


def is_list(element: Element) -> bool:
    return element.max != 1


def place_of(parent: str, element: Element, at: int) -> str:
    """FHIRPath of the occurrence `at` of an element, from zero."""
    name = element.name.removesuffix("[x]")
    return f"{parent}.{name}[{at}]" if is_list(element) else f"{parent}.{name}"
