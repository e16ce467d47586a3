"""Reading a search: every parameter is understood or refused, and all that is wrong is told at once."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, get_args

from cie.fhir.refusals import Fault, NotUnderstood
from cie.fhir.searching.asked import Asked, Link, SortKey, Summary
from cie.fhir.searching.criteria import criterion
from cie.fhir.searching.parameters import PARAMETERS, Kind, Parameter, parameter
from cie.fhir.searching.values import Asker, NotServed, Unreadable

USUAL_COUNT, MOST_COUNT = 50, 200
MOST_PARAMETERS, MOST_CHARACTERS = 50, 10_000
OUTSIDE = frozenset({"_format", "_pretty"})
"""How an answer is written; no part of the search."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_:.-]{0,59}")


def asked(resource_type: str, pairs: Sequence[tuple[str, str]], asker: Asker) -> Asked:
    """What a search asks for, from its parameters as they were sent. Raises NotUnderstood."""
    pairs = [pair for pair in pairs if pair[0] not in OUTSIDE]
    _within_bounds(pairs)
    faults = _said_twice(pairs)
    found: dict[str, Any] = {}
    said = []
    for name, text in pairs:
        try:
            _add(found, resource_type, name, text, asker)
        except Unreadable as error:
            is_passed_over = asker.is_lenient and isinstance(error, NotServed)
            faults += [] if is_passed_over else [error.at(_told(name))]
        else:
            said.append((name, text))
    if faults:
        raise NotUnderstood(faults)
    return Asked(resource_type, **{name: _frozen(value) for name, value in found.items()}, said=tuple(said))


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _within_bounds(pairs: Sequence[tuple[str, str]]) -> None:
    if len(pairs) > MOST_PARAMETERS or sum(len(name) + len(text) for name, text in pairs) > MOST_CHARACTERS:
        words = f"Send at most {MOST_PARAMETERS} parameters, {MOST_CHARACTERS} characters together"
        raise NotUnderstood([Fault("too-costly", words)])


def _said_twice(pairs: Iterable[tuple[str, str]]) -> list[Fault]:
    counted = Counter(name for name, _text in pairs if name in _RESULT and name not in _REPEATED)
    return [Fault("invalid", "Say this once", name) for name, count in counted.items() if count > 1]


def _told(name: str) -> str | None:
    """The name of a parameter as it may be told back."""
    return name if _NAME.fullmatch(name) else None


def _add(found: dict[str, Any], resource_type: str, name: str, text: str, asker: Asker) -> None:
    read = _RESULT.get(name)
    if read is not None:
        read(found, resource_type, text, asker)
        return
    found.setdefault("criteria", []).append(criterion(resource_type, name, text, asker))


def _count(found: dict[str, Any], _type: str, text: str, _asker: Asker) -> None:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Unreadable("Write a number")
    found["count"] = min(int(text), MOST_COUNT)
    if not int(text):
        found["summary"] = "count"


def _summary(found: dict[str, Any], _type: str, text: str, _asker: Asker) -> None:
    if text not in (*get_args(Summary), "false") or not text:
        raise Unreadable("Write true, text, data, count or false")
    found.setdefault("summary", "" if text == "false" else text)


def _elements(found: dict[str, Any], _type: str, text: str, _asker: Asker) -> None:
    names = [name.strip() for name in text.split(",")]
    if not all(re.fullmatch(r"[A-Za-z]{1,64}", name) for name in names):
        raise Unreadable("Write names of elements, with commas between them")
    found["elements"] = names


def _total(found: dict[str, Any], _type: str, text: str, _asker: Asker) -> None:
    if text not in ("none", "estimate", "accurate"):
        raise Unreadable("Write none, estimate or accurate")
    found["counts_all"] = text != "none"


def _sort(found: dict[str, Any], resource_type: str, text: str, _asker: Asker) -> None:
    keys = []
    for name in text.split(","):
        by = parameter(resource_type, name.removeprefix("-"))
        if by is None or by.sealed or by.kind is Kind.COMPOSITE:
            raise Unreadable("Sort by parameters of this type, with commas between them", "not-supported")
        keys.append(SortKey(by, name.startswith("-")))
    if len(keys) > 5:
        raise Unreadable("Sort by five parameters at most", "too-costly")
    found["sort"] = keys


def _include(*, is_reverse: bool = False, is_next: bool = False) -> Callable[..., None]:
    def read(found: dict[str, Any], resource_type: str, text: str, asker: Asker) -> None:
        link = _link(text, is_next=is_next)
        start = link.target if is_reverse else link.source
        if is_reverse and resource_type not in _aims(link.parameter):
            raise Unreadable(f"This does not point at {resource_type}")
        if start != resource_type and not is_next and not is_reverse:
            raise Unreadable(f"This starts from {resource_type}")
        if not is_reverse or asker.may_search(link.source):
            found.setdefault("reverse_includes" if is_reverse else "includes", []).append(link)

    return read


def _link(text: str, *, is_next: bool) -> Link:
    source, _, rest = text.partition(":")
    name, _, target = rest.partition(":")
    if "*" in text:
        raise Unreadable("Name what should come along; * is not served", "not-supported")
    by = PARAMETERS.get(source, {}).get(name)
    if by is None or by.kind is not Kind.REFERENCE or by.is_canonical:
        raise Unreadable("There is no such reference. Write Type:parameter", "not-supported")
    if target and target not in _aims(by):
        raise Unreadable("It does not point at this type")
    return Link(source, by, target, is_next)


def _aims(by: Parameter) -> Iterable[str]:
    return by.targets or PARAMETERS


_Read = Callable[[dict[str, Any], str, str, Asker], None]
_RESULT: Mapping[str, _Read] = {
    "_count": _count,
    "_summary": _summary,
    "_elements": _elements,
    "_total": _total,
    "_sort": _sort,
    "_include": _include(),
    "_include:iterate": _include(is_next=True),
    "_revinclude": _include(is_reverse=True),
}
_REPEATED = frozenset({"_include", "_include:iterate", "_revinclude"})
RESULT_PARAMETERS = frozenset(_RESULT)
