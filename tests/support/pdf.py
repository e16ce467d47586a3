"""What a PDF of ours holds: its pages as they would be read aloud, its type sizes, and what every page repeats."""

import re
import zlib
from dataclasses import dataclass

STREAM = re.compile(rb"stream\n(.*?)\nendstream", re.DOTALL)
"""What is packed may end with any byte, a carriage return too."""
SHOWN = re.compile(r"\(((?:\\.|[^\\()])*)\) Tj")
MARKED = re.compile(r"/(\w+) (?:<</MCID (\d+)>> BDC|(BMC))(.*?)\nEMC", re.DOTALL)


@dataclass(frozen=True)
class Pdf:
    """One file; `pages` are the drawing instructions of each page."""

    content: bytes

    @property
    def pages(self) -> list[str]:
        streams = (_inflated(found) for found in STREAM.findall(self.content))
        return [stream for stream in streams if " Tj" in stream]

    @property
    def marked(self) -> list[tuple[str, str]]:
        """Each element with its type, in the order of reading; what every page repeats is of the type Artifact."""
        return [(tag, _text(body)) for page in self.pages for tag, _number, _kind, body in MARKED.findall(page)]

    @property
    def text(self) -> str:
        """All that is read, without what every page repeats; spaces that no line breaks are plain ones."""
        return "\n".join(text for tag, text in self.marked if tag != "Artifact").replace("\N{NO-BREAK SPACE}", " ")

    @property
    def repeated(self) -> list[str]:
        return [text for tag, text in self.marked if tag == "Artifact"]

    @property
    def unmarked(self) -> str:
        """What is drawn outside of every element; nothing, when the file can be read aloud."""
        return "".join(_text(MARKED.sub("", page)) for page in self.pages)

    @property
    def sizes(self) -> set[float]:
        """Every size that type is set in, in points; nothing may scale it afterwards."""
        return {float(size) for page in self.pages for size in re.findall(r"/F\d+ ([\d.]+) Tf", page)}

    def entry(self, name: str) -> str:
        """An entry of the catalog or of the description, like Lang or Title."""
        found = re.search(rf"/{name} \(((?:\\.|[^\\()])*)\)".encode(), self.content, re.DOTALL)
        assert found, name
        raw = _unescaped(found[1].decode("latin-1")).encode("latin-1")
        return raw.decode("utf-16") if raw.startswith(b"\xfe\xff") else raw.decode("latin-1")


def _inflated(stream: bytes) -> str:
    try:
        return zlib.decompress(stream).decode("latin-1")
    except zlib.error:
        return ""


def _text(instructions: str) -> str:
    said = "".join(_unescaped(found) for found in SHOWN.findall(instructions))
    return said.encode("latin-1").decode("cp1252")


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: {"r": "\r", "n": "\n"}.get(found[1], found[1]), text)
