"""What the text of a resource may be made of: plain formatting, no script, no form (FHIR R4, Narrative: txt-1, -2)."""

from html.parser import HTMLParser

_TAGS = """ a abbr acronym address area b bdo big blockquote br caption cite code col colgroup dd dfn div dl dt em h1 h2
 h3 h4 h5 h6 hr i img kbd li map ol p pre q s samp small span strike strong sub sup table tbody td tfoot th thead tr tt
 u ul var """.replace("\n", "")
_ATTRIBUTES = """ abbr accesskey align alt axis bgcolor border cellhalign cellpadding cellspacing cellvalign char
 charoff charset cite class colspan compact coords dir frame headers height href hreflang hspace id lang longdesc name
 nowrap rel rev rowspan rules scope shape span src start style summary tabindex title type valign value vspace width
 xml:lang xmlns """.replace("\n", "")


def is_allowed(div: str) -> bool:
    """One div with elements and attributes for formatting alone."""
    found = _Reader(div)
    return div.lstrip().startswith("<div") and found.is_plain


def has_content(div: str) -> bool:
    return _Reader(div).has_content


class _Reader(HTMLParser):
    def __init__(self, div: str) -> None:
        super().__init__(convert_charrefs=True)
        self.is_plain = True
        self.has_content = False
        self.feed(div)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.is_plain &= _is_one_of(_TAGS, tag) and all(self._is_plain(name, value or "") for name, value in attrs)
        self.has_content |= tag == "img"

    def _is_plain(self, name: str, value: str) -> bool:
        return _is_one_of(_ATTRIBUTES, name) and "javascript:" not in value.replace(" ", "").lower()

    def handle_data(self, data: str) -> None:
        self.has_content |= bool(data.strip())

    def handle_decl(self, decl: str) -> None:
        self.is_plain = False

    def handle_pi(self, data: str) -> None:
        self.is_plain = False


def _is_one_of(names: str, name: str) -> bool:
    return f" {name} " in names
