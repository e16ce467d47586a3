"""The values of a search parameter: where they part, and what a backslash keeps together (FHIR R4, 3.1.1.4.7)."""


def split(text: str, at: str) -> list[str]:
    """The parts between the marks `at` that no backslash precedes; backslashes are kept."""
    if "\\" not in text:
        return text.split(at)
    parts, start, index = [], 0, 0
    while index < len(text):
        if text[index] == "\\":
            index += 2
            continue
        if text[index] == at:
            parts.append(text[start:index])
            start = index + 1
        index += 1
    return [*parts, text[start:]]


def plain(text: str) -> str:
    """A part without the backslashes that kept it together."""
    if "\\" not in text:
        return text
    found, characters = [], iter(text)
    for character in characters:
        found.append(next(characters, "\\") if character == "\\" else character)
    return "".join(found)
