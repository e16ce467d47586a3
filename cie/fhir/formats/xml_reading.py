"""FHIR XML read into what the JSON of the same resource says (FHIR R4, 2.6.1), as the definitions tell."""

from dataclasses import dataclass, field
from typing import Any

from cie.fhir.definitions.types import PRIMITIVES, RESOURCE_TYPES, Element, elements_of, is_primitive, type_of
from cie.fhir.formats.faults import MOST_FAULTS, Fault, Unreadable
from cie.fhir.formats.numbers import number_as_sent
from cie.fhir.formats.shape import FHIR, NUMBERS, XHTML, attributes_of, is_list, place_of, ranks_in
from cie.fhir.formats.xml_tree import Node, is_narrative, read_tree

_BOOLEANS = {"true": True, "false": False}
Json = dict[str, Any]


def read_xml(data: bytes) -> Json:
    """The resource that an XML document holds. Raises Unreadable with the first faults that it has."""
    reading = _Reading()
    found = reading.resource(read_tree(data), "")
    if reading.faults:
        raise Unreadable(reading.faults[:MOST_FAULTS])
    return found


@dataclass
class _Reading:
    """One document being read; what is wrong with it is gathered, and what is sound is read on."""

    faults: list[Fault] = field(default_factory=list)

    def refuse(self, place: str, words: str, node: Node, code: str = "structure") -> None:
        self.faults.append(Fault(code, place, f"{words} ({node.at})"))

    def resource(self, node: Node, place: str) -> Json:
        if node.namespace != FHIR:
            self.refuse(place, f"Put the resource into the namespace {FHIR}", node)
        elif node.name not in RESOURCE_TYPES:
            self.refuse(place, "Resources of this type are not read here", node, "not-supported")
        else:
            return {"resourceType": node.name, **self.element(node, node.name, place or node.name)}
        return {}

    def element(self, node: Node, path: str, place: str) -> Json:
        """All that an element of a type that has elements holds."""
        found = self._attributes(node, path, place)
        self._refuse_stray_text(node, place)
        if not node.children and not node.attributes:
            self.refuse(place, "Leave out an element that is empty", node)
        elements, ranks = elements_of(path), ranks_in(path)
        counts: dict[str, int] = {}
        reached = 0
        for child in node.children:
            element = elements.get(child.name)
            if element is None or not _is_at_home(child, element, path):
                self.refuse(place, f"{path} has no such element", child)
                continue
            at = counts[element.name] = counts.get(element.name, -1) + 1
            if ranks[child.name] < reached:
                self.refuse(place_of(place, element, at), "Put this before what comes after it in the standard", child)
            reached = max(reached, ranks[child.name])
            if at and not is_list(element):
                self.refuse(place_of(place, element, at), "Send this element once", child)
                continue
            self._add(found, child, element, at, place_of(place, element, at))
        return _without_empty_lists(found)

    def _attributes(self, node: Node, path: str, place: str, more: tuple[str, ...] = ()) -> Json:
        allowed = (*attributes_of(path), *more)
        for name, text in node.attributes.items():
            if name not in allowed:
                self.refuse(place, "An attribute here is not one of FHIR: remove it", node)
            elif not text:
                self.refuse(place, "Leave out an attribute that is empty", node)
        return {name: node.attributes[name] for name in allowed if node.attributes.get(name)}

    def _refuse_stray_text(self, node: Node, place: str) -> None:
        if node.stray:
            self.faults.append(
                Fault("structure", place, f"Put values into attributes, not between tags ({node.stray})")
            )

    def _add(self, found: Json, child: Node, element: Element, at: int, place: str) -> None:
        code = type_of(child.name, element)
        value, more = self._value(child, element, code, place)
        if not is_list(element):
            found.update({child.name: value} if value is not None else {})
            found.update({f"_{child.name}": more} if more else {})
            return
        found.setdefault(child.name, []).append(value)
        if is_primitive(code):
            found.setdefault(f"_{child.name}", []).append(more or None)

    def _value(self, node: Node, element: Element, code: str, place: str) -> tuple[Any, Json]:
        """What an element says, and for a primitive value the id and the extensions that it has besides."""
        if code == "xhtml":
            return self._narrative(node, place), {}
        if is_primitive(code):
            return self._primitive(node, code, place)
        if code == "Resource":
            return self._inside(node, place), {}
        return self.element(node, element.path or code, place), {}

    def _inside(self, node: Node, place: str) -> Json:
        """The one resource inside an element."""
        self._attributes(node, "Resource", place)
        self._refuse_stray_text(node, place)
        if len(node.children) != 1:
            self.refuse(place, "Put one resource here", node)
            return {}
        return self.resource(node.children[0], place)

    def _narrative(self, node: Node, place: str) -> str:
        if not node.narrative or not is_narrative(node.narrative):
            self.refuse(place, "Send the narrative as one div of XHTML that is not empty and holds nothing else", node)
            return ""
        return node.narrative

    def _primitive(self, node: Node, code: str, place: str) -> tuple[Any, Json]:
        more = self._attributes(node, "Element", place, ("value",))
        text = more.pop("value", None)
        extended = Node(node.namespace, node.name, {}, node.at, node.children)
        if node.children:
            more.update(self.element(extended, "Element", place))
        self._refuse_stray_text(node, place)
        if text is None and "value" not in node.attributes and not node.children:
            self.refuse(place, "Give this a value, or leave it out", node)
        return (None if text is None else self._typed(text, code, node, place)), more

    def _typed(self, text: str, code: str, node: Node, place: str) -> Any:
        """A value as JSON has it. Text is taken as it is; what its type allows is for who checks the resource."""
        if code == "boolean" and text in _BOOLEANS:
            return _BOOLEANS[text]
        if code in NUMBERS and PRIMITIVES[code].fullmatch(text):
            try:
                return number_as_sent(text)
            except ValueError:
                self.refuse(place, "Send fewer digits", node, "value")
        elif code == "boolean" or code in NUMBERS:
            self.refuse(place, f"Send a value of the type {code}", node, "value")
        return text


def _is_at_home(child: Node, element: Element, path: str) -> bool:
    """The element is in its namespace, and not one that is an attribute."""
    namespace = XHTML if element.types == ("xhtml",) else FHIR
    return child.namespace == namespace and child.name not in attributes_of(path)


def _without_empty_lists(found: Json) -> Json:
    """A list in which nothing is said is not said: all values that have only extensions, or no extension at all."""
    return {k: v for k, v in found.items() if not isinstance(v, list) or any(each is not None for each in v)}
