"""What a resource says at the elements that a search parameter looks at, and whether a value fits it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from cie.conformance.platform import Search
from cie.conformance.session import Resource

NOBODY = "sdohcc-suite-none"
_NONSENSE = {
    "token": f"urn:x-sdohcc-suite|{NOBODY}",
    "composite": f"urn:x-sdohcc-suite|{NOBODY}$urn:x-sdohcc-suite|{NOBODY}",
    "date": "lt1900-01-01",
    "uri": f"http://suite.example/{NOBODY}",
    "canonical": f"http://suite.example/{NOBODY}",
    "string": "zzqqxxjj",
}
_NEAR = timedelta(days=1)


def at(value: Any, path: str) -> list[Any]:
    """All values at a path of names, lists laid flat."""
    found = [value]
    for name in path.split("."):
        found = [part for each in found if isinstance(each, dict) for part in _flat(each.get(name))]
    return found


def _flat(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def values_of(resource: Resource, search: Search) -> list[str]:
    """What may be searched for so that this resource is found, as the parameter writes it."""
    if search.kind == "composite":
        return list(_pairs(resource, search.paths))
    found = [value for path in search.paths for value in at(resource, path)]
    return [text for value in found for text in _written(value, search.kind)]


def _written(value: Any, kind: str) -> Iterator[str]:
    if kind == "token":
        yield from _tokens(value)
    elif kind == "reference" and isinstance(value, dict):
        literal = value.get("reference", "")
        if "/" in literal and not literal.startswith(("urn:", "#")):
            yield "/".join(literal.partition("/_history")[0].split("/")[-2:])
    elif kind == "date":
        yield from (each for each in ([value] if isinstance(value, str) else at(value, "start")))
    elif isinstance(value, str):
        yield value


def _tokens(value: Any) -> Iterator[str]:
    """A token for each coding, identifier, code or boolean."""
    if isinstance(value, bool):
        yield str(value).lower()
    elif isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.get("coding", [value]):
            code = each.get("code") or each.get("value")
            if code:
                yield f"{each['system']}|{code}" if each.get("system") else code


def _pairs(resource: Resource, paths: tuple[str, ...]) -> Iterator[str]:
    base = paths[0].rpartition(":")[0]
    for part in at(resource, base) if base else [resource]:
        first, second = ([t for v in at(part, path.rpartition(":")[2]) for t in _tokens(v)] for path in paths)
        yield from (f"{one}${other}" for one in first for other in second)


def fits(resource: Resource, search: Search, value: str) -> bool:
    """Whether a resource is one that a search for this value may find."""
    own = values_of(resource, search)
    if search.kind == "date":
        wanted = _moment(value)
        return any(_moment(each) >= wanted - _NEAR for each in own)
    if search.kind == "string":
        return any(each.lower().startswith(value.lower()) for each in own)
    if search.kind == "canonical":
        return any(each.partition("|")[0] == value.partition("|")[0] for each in own)
    return value in own


def asked_for(value: str, kind: str) -> str:
    """The value as it stands in an address. A moment is asked whole: a bare day begins elsewhere at another hour."""
    if kind == "date":
        return f"ge{value}"
    return value.replace(",", r"\,") if kind in ("string", "uri", "canonical") else value


def nonsense(search: Search, seen: str) -> str:
    """A value that no resource has. `seen`: one that a resource has, for the type of its target."""
    if search.name == "_id":
        return NOBODY
    if search.kind == "reference":
        return f"{seen.partition('/')[0] or 'Patient'}/{NOBODY}"
    return _NONSENSE[search.kind]


def _moment(text: str) -> datetime:
    """The beginning of what a date, a dateTime or an instant says."""
    if len(text) <= len("2026-01-01"):
        year, month, day = (*map(int, text.split("-")), 1, 1)[:3]
        return datetime.combine(date(year, month, day), datetime.min.time(), UTC)
    found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=UTC)
