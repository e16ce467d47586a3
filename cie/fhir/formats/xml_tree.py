"""XML as a tree of elements, with what FHIR never uses refused: document types, entities, text between elements."""

from dataclasses import dataclass, field
from pyexpat import XMLParserType
from typing import Any
from xml.parsers import expat

from cie.fhir.formats.faults import DEEPEST, MOST_VALUES, Unreadable, require_size, too_deep, too_many, unreadable
from cie.fhir.formats.narrative import Narrative
from cie.fhir.formats.shape import XHTML

_SCHEMA_LOCATION = "http://www.w3.org/2001/XMLSchema-instance schemaLocation"
_NOT_UTF8 = "This is not in UTF-8. Send XML in UTF-8"
_BLANKS = " \t\r\n"


@dataclass(slots=True)
class Node:
    """One element. `attributes` have no namespace; the one that tells where a schema is, is dropped.

    `narrative`: its text with all that it holds, when it is the XHTML of a narrative. `stray`: where the first text is
    that belongs to no attribute.
    """

    namespace: str
    name: str
    attributes: dict[str, str]
    at: str
    children: list["Node"] = field(default_factory=list)
    narrative: str | None = None
    stray: str | None = None


def read_tree(data: bytes) -> Node:
    """The outermost element of a document in UTF-8. Raises Unreadable."""
    require_size(data)
    # the parser would follow the mark of another encoding; in those, and in no XML in UTF-8, there are zero bytes
    if b"\x00" in data:
        raise unreadable(_NOT_UTF8)
    if data.count(b"<") > 2 * MOST_VALUES:
        raise too_many()
    building = _Building(data)
    try:
        building.parser.Parse(data, True)
    except expat.ExpatError as error:
        words = f"This is not well-formed XML in UTF-8: mend line {error.lineno}, column {error.offset + 1}"
        raise unreadable(words) from None
    return building.outermost.children[0]


def is_narrative(text: str) -> bool:
    """The text is one XHTML `div` that stands by itself, without a document type and with nothing around it."""
    try:
        node = read_tree(text.encode("utf-8", "surrogatepass"))
    except Unreadable:
        return False
    return (node.namespace, node.name, node.narrative) == (XHTML, "div", text)


class _Building:
    """What the parser tells, put together."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.outermost = Node("", "", {}, "")
        self.open = [self.outermost]
        self.narrative: Narrative | None = None
        self.declared: list[str | None] = []
        self.parser = self._parser()

    def _parser(self) -> XMLParserType:
        parser = expat.ParserCreate("utf-8", namespace_separator=" ")
        parser.namespace_prefixes = True
        parser.buffer_text = True
        parser.XmlDeclHandler = _require_utf8
        parser.StartDoctypeDeclHandler = _refuse_document_type
        parser.StartNamespaceDeclHandler = self.declare
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.text
        return parser

    def declare(self, prefix: str | None, _uri: str) -> None:
        self.declared.append(prefix)

    def start(self, full_name: str, attributes: dict[str, str]) -> None:
        if len(self.open) + (self.narrative.depth if self.narrative else 0) > DEEPEST:
            raise too_deep()
        namespace, name, prefix = _parts(full_name)
        declared, self.declared = self.declared, []
        if self.narrative is None:
            self._open(Node(namespace, name, attributes, self._at()))
            if namespace == XHTML:
                self.narrative = Narrative(self.parser.CurrentByteIndex, is_declared=None in declared)
        if self.narrative is not None:
            self.narrative.start(namespace, prefix, attributes)

    def _open(self, node: Node) -> None:
        for name in [name for name in node.attributes if name.startswith(_SCHEMA_LOCATION)]:
            del node.attributes[name]
        self.open[-1].children.append(node)
        self.open.append(node)

    def end(self, _name: str) -> None:
        if self.narrative is not None and not self.narrative.end():
            return
        node = self.open.pop()
        if self.narrative is not None:
            node.narrative = self.narrative.text_in(self.data, self.parser.CurrentByteIndex)
            self.narrative = None

    def text(self, text: str) -> None:
        if text.strip(_BLANKS):
            self.open[-1].stray = self.open[-1].stray or self._at()

    def _at(self) -> str:
        return f"line {self.parser.CurrentLineNumber}, column {self.parser.CurrentColumnNumber + 1}"


def _parts(full_name: str) -> tuple[str, str, str]:
    """The namespace, the name and the prefix of an element; the first and the last may be empty."""
    parts = full_name.split(" ")
    if len(parts) == 1:
        return "", full_name, ""
    return parts[0], parts[1], "".join(parts[2:])


def _require_utf8(_version: str, encoding: str | None, _standalone: int) -> None:
    if encoding is not None and encoding.lower() not in ("utf-8", "us-ascii"):
        raise unreadable(_NOT_UTF8)


def _refuse_document_type(*_told: Any) -> None:
    raise unreadable("This has a document type. Send the resource without <!DOCTYPE ...> and without entities")
