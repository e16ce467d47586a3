"""The XHTML of a narrative inside XML: kept letter for letter, and made to stand by itself as JSON has it."""

from cie.fhir.formats.shape import XHTML

_XML = "http://www.w3.org/XML/1998/namespace"


class Narrative:
    """One narrative while the elements of it go by.

    `begins_at`: its first byte. `is_declared`: its outermost element says which namespace has no prefix.
    """

    def __init__(self, begins_at: int, *, is_declared: bool) -> None:
        self.begins_at = begins_at
        self.is_declared = is_declared
        self.is_foreign = False
        self.prefixes: set[str] = set()
        self.depth = 0

    def start(self, namespace: str, prefix: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if prefix:
            self.prefixes.add(prefix)
        if namespace != XHTML or any(" " in name and not name.startswith(_XML) for name in attributes):
            self.is_foreign = True

    def end(self) -> bool:
        """Whether that was the end of it."""
        self.depth -= 1
        return self.depth == 0

    def text_in(self, data: bytes, end_tag_at: int) -> str:
        """The narrative as JSON has it; empty when there is nothing in it, or what is in it is not all XHTML."""
        if self.is_foreign or end_tag_at == self.begins_at:
            return ""
        text = data[self.begins_at : data.index(b">", end_tag_at) + 1].decode()
        for prefix in self.prefixes:
            text = text.replace(f"<{prefix}:", "<").replace(f"</{prefix}:", "</")
        return text if self.is_declared else text.replace("<div", f'<div xmlns="{XHTML}"', 1)
