"""Words as they are compared: without case, accents and more than one blank between them."""

import unicodedata


def folded(text: str) -> str:
    """A text as FHIR R4 compares strings (3.1.1.4.9): neither case nor accents count."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(plain.casefold().replace("\0", "").split())
