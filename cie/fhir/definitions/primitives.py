"""The primitive types of FHIR R4 and what a value of each looks like as text (FHIR R4, 2.24.0.1).

The patterns accept what those of the standard accept, with two differences: they take no more time for a longer text
than its length asks for, and text has no control characters, which the standard forbids in words.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

_DAY = r"(?!0000)[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01])%s)?)?"
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?"
_ZONE = r"(Z|[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_TEXT = "[\t\n\r\x20-\U0010ffff]+"
_NO_BLANKS = "[\x21-\U0010ffff]+"
_WHOLE = r"(0|[1-9][0-9]*)"

PRIMITIVES: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        code: re.compile(pattern)
        for code, pattern in {
            "base64Binary": r"\s*([0-9A-Za-z+/=]{4}\s*)+",
            "boolean": "true|false",
            "canonical": _NO_BLANKS,
            "code": f"{_NO_BLANKS}( {_NO_BLANKS})*",
            "date": _DAY % "",
            "dateTime": _DAY % f"(T{_CLOCK}{_ZONE})?",
            "decimal": rf"-?{_WHOLE}(\.[0-9]+)?([eE][+-]?[0-9]+)?",
            "id": r"[A-Za-z0-9.-]{1,64}",
            "instant": rf"(?!0000)[0-9]{{4}}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T{_CLOCK}{_ZONE}",
            "integer": f"-?{_WHOLE}",
            "markdown": _TEXT,
            "oid": rf"urn:oid:[0-2](\.{_WHOLE})+",
            "positiveInt": "[1-9][0-9]*",
            "string": _TEXT,
            "time": _CLOCK,
            "unsignedInt": _WHOLE,
            "uri": _NO_BLANKS,
            "url": _NO_BLANKS,
            "uuid": "urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
            "xhtml": _TEXT,
        }.items()
    }
)
"""What the whole of a value matches, by the code of its type. A number is matched as it is written."""


def is_primitive(code: str) -> bool:
    return code in PRIMITIVES
