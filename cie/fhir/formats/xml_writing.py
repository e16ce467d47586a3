"""FHIR XML written from what the JSON of a resource says (FHIR R4, 2.6.1), as the definitions tell."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from cie.fhir.definitions.types import RESOURCE_TYPES, Element, elements_of, is_primitive, type_of
from cie.fhir.formats.faults import MOST_FAULTS, Fault, Unreadable
from cie.fhir.formats.shape import FHIR, NUMBERS, attributes_of, is_list, place_of, ranks_in
from cie.fhir.formats.xml_tree import is_narrative

_NEVER_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
)


def write_xml(resource: dict[str, Any]) -> bytes:
    """A resource as XML in UTF-8. Raises Unreadable with the first faults when XML cannot say it."""
    writing = _Writing()
    writing.resource(resource, "", f' xmlns="{FHIR}"')
    if writing.faults:
        raise Unreadable(writing.faults[:MOST_FAULTS])
    return "".join(writing.parts).encode()


@dataclass
class _Writing:
    """One document being written; what is wrong with it is gathered."""

    parts: list[str] = field(default_factory=lambda: ['<?xml version="1.0" encoding="UTF-8"?>'])
    faults: list[Fault] = field(default_factory=list)

    def refuse(self, place: str, words: str, code: str = "structure") -> None:
        self.faults.append(Fault(code, place, words))

    def resource(self, resource: Any, place: str, namespace: str = "") -> None:
        kind = resource.get("resourceType") if isinstance(resource, dict) else None
        if not isinstance(kind, str) or kind not in RESOURCE_TYPES:
            self.refuse(place, "Resources of this type are not written here", "not-supported")
            return
        said = {name: value for name, value in resource.items() if name != "resourceType"}
        self.parts.append(f"<{kind}{namespace}>")
        self._children(said, kind, place or kind)
        self.parts.append(f"</{kind}>")

    def _element(self, name: str, value: Any, path: str, place: str) -> None:
        """An element of a type that has elements."""
        if not isinstance(value, dict) or not value:
            self.refuse(place, "Send an object that is not empty")
            return
        attributes = {key: value[key] for key in attributes_of(path) if key in value}
        self.parts.append(f"<{name}{self._attributes(attributes, place)}>")
        self._children({key: each for key, each in value.items() if key not in attributes}, path, place)
        self.parts.append(f"</{name}>")

    def _attributes(self, attributes: dict[str, Any], place: str) -> str:
        return "".join(f' {name}="{self._text(value, "string", place)}"' for name, value in attributes.items())

    def _children(self, value: dict[str, Any], path: str, place: str) -> None:
        elements, ranks = elements_of(path), ranks_in(path)
        names = {name.removeprefix("_") for name in value}
        if not names <= ranks.keys():
            self.refuse(place, f"{path} has no such element")
        for name in sorted(names & ranks.keys(), key=ranks.__getitem__):
            element = elements[name]
            code = type_of(name, element)
            if f"_{name}" in value and not is_primitive(code):
                self.refuse(place, f"Only a primitive element of {path} has extensions beside it")
            for at, (one, more) in enumerate(self._each(value, name, element, place)):
                self._occurrence(name, one, more, element, code, place_of(place, element, at))

    def _each(self, value: dict[str, Any], name: str, element: Element, place: str) -> Iterator[tuple[Any, Any]]:
        """Each value of an element with what it has besides."""
        values, more = value.get(name), value.get(f"_{name}")
        if not is_list(element):
            yield values, more
        elif isinstance(values, list | None) and isinstance(more, list | None):
            yield from zip_longest(values or [], more or [])
        else:
            self.refuse(place_of(place, element, 0), "Send a list")

    def _occurrence(self, name: str, value: Any, more: Any, element: Element, code: str, place: str) -> None:
        if code == "xhtml":
            self._narrative(value, place)
        elif is_primitive(code):
            self._primitive(name, value, more, code, place)
        elif code == "Resource":
            self.parts.append(f"<{name}>")
            self.resource(value, place)
            self.parts.append(f"</{name}>")
        else:
            self._element(name, value, element.path or code, place)

    def _narrative(self, text: Any, place: str) -> None:
        if isinstance(text, str) and is_narrative(text):
            self.parts.append(text)
        else:
            self.refuse(place, "Send the narrative as one div of XHTML, in its namespace")

    def _primitive(self, name: str, value: Any, more: Any, code: str, place: str) -> None:
        if not isinstance(more, dict | None) or (value is None and "extension" not in (more or {})):
            self.refuse(place, "Give this a value or extensions, or leave it out")
            return
        besides = dict(more or {})
        attributes = {"id": besides.pop("id")} if "id" in besides else {}
        said = f' value="{self._text(value, code, place)}"' if value is not None else ""
        self.parts.append(f"<{name}{self._attributes(attributes, place)}{said}")
        if not besides:
            self.parts.append("/>")
            return
        self.parts.append(">")
        self._children(besides, "Element", place)
        self.parts.append(f"</{name}>")

    def _text(self, value: Any, code: str, place: str) -> str:
        """A primitive value as the text of an attribute."""
        if code == "boolean" and isinstance(value, bool):
            return "true" if value else "false"
        if code in NUMBERS and isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            return str(value)
        if code == "boolean" or code in NUMBERS or not isinstance(value, str) or not value:
            self.refuse(place, f"Send a value of the type {code}", "value")
            return ""
        if _NEVER_IN_XML.search(value):
            self.refuse(place, "Send text without control characters", "value")
        return value.translate(_ESCAPES)
