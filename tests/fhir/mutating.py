"""Requests that nobody should send, each from a number: damaged resources, odd bundles, searches of nonsense."""

import json
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from cie.fhir.definitions.types import RESOURCE_TYPES
from cie.fhir.formats import write_xml
from cie.fhir.searching.parameters import COMMON, PARAMETERS

JSON, XML = "application/fhir+json", "application/fhir+xml"
NOBODY = "01a21b9e-c037-72fc-9391-649d8235db61"
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 2**31, 2**63, 10**40, "", " ", "\x00", "\ud800", "x" * 5000, [], {}, [[]],
    [None], {"": ""}, "null", "Patient/", f"Patient/{NOBODY}", "#", "#me", "urn:uuid:", "http://", "../..", "%", "2026",
    "2026-13-45", "9999-12-31T23:59:60Z", "0000-01-01", "2026-11-20T10:00:00+14:00", "9999-12-31T23:59:59-14:00",
    {"reference": f"Task/{NOBODY}"}, {"reference": "Task"}, {"coding": []}, "' OR 1=1 --", "*", "|", "||", "a|b|c",
    "\\", "\\,", "$", "gt", "gtx", "ne2026", "\u202e\u0000", "W/\"1\"", "١", "²",
)  # fmt: skip
NAMES = (
    "id", "meta", "status", "subject", "reference", "coding", "system", "code", "value", "extension", "url", "text",
    "contained", "resourceType", "_status", "identifier", "name", "owner", "focus", "for", "period", "end", "start",
)  # fmt: skip
QUERY_NAMES = (
    "_include",
    "_revinclude",
    "_sort",
    "_count",
    "_summary",
    "_elements",
    "_total",
    "_format",
    "_page",
    "_pretty",
)


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Mutating:
    """Draws requests from a number; `known`: resources that there are, as the caller reads them."""

    known: list[Any]
    seed: int

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)

    def asked(self) -> Asked:
        return self.dice.choices((self._write, self._bundle, self._search, self._operation), (5, 3, 3, 1))[0]()

    def _write(self) -> Asked:
        resource = self._damaged()
        kind = self._some(resource.get("resourceType"), RESOURCE_TYPES, 0.95)
        id = self._some(resource.get("id"), ODD, 0.9)
        method = self.dice.choice(("POST", "PUT"))
        return Asked(
            method, f"/{_in_path(kind)}" + (f"/{_in_path(id)}" if method == "PUT" else ""), *self._sent(resource)
        )

    def _bundle(self) -> Asked:
        entries = [self._entry(number) for number in range(self.dice.randrange(6))]
        bundle: Any = {"resourceType": "Bundle", "type": self.dice.choice(("transaction", "batch")), "entry": entries}
        return Asked("POST", "", *self._sent(self.changed(bundle) if self.dice.random() < 0.3 else bundle))

    def _entry(self, number: int) -> Any:
        resource = self._damaged()
        kind = resource.get("resourceType")
        method = self.dice.choice(("POST", "POST", "PUT"))
        url = f"{kind}/{resource.get('id')}" if method == "PUT" else f"{kind}"
        request = {"method": method, "url": url, "ifNoneExist": self._some("", ("identifier=a|b", "_id=x", "?"), 0.9)}
        names = [f"urn:uuid:{NOBODY[:-1]}{each}" for each in range(6)]
        for path in [each for each in _places(resource) if each[-1] == "reference"]:
            if isinstance(_at(resource, path), str) and self.dice.random() < 0.3:
                _put(resource, path, self.dice.choice(names))
        return {"fullUrl": names[number], "resource": resource, "request": request}

    def _search(self) -> Asked:
        kind = self.dice.choice(list(PARAMETERS))
        names = [*PARAMETERS[kind], *COMMON, *QUERY_NAMES]
        pairs = [(self._name(names), self._value()) for _each in range(self.dice.randrange(1, 4))]
        where = self.dice.choice((f"/{kind}", f"/{kind}", f"/{kind}/{NOBODY}", f"/{kind}/{NOBODY}/_history"))
        return Asked("GET", f"{where}?{urlencode(pairs, errors='replace')}")

    def _name(self, names: list[str]) -> str:
        more = ("", "", "", ":not", ":exact", ":missing", ":identifier", ":Patient", ":x", ".name", ":Patient._id")
        return self.dice.choice(names) + self.dice.choice(more)

    def _value(self) -> str:
        odd = [each for each in ODD if isinstance(each, str)]
        right = [f"{kind}:{name}" for kind in ("Task", "Patient") for name in PARAMETERS[kind]]
        return self.dice.choice(
            [*odd, *right, "true", "5", "-1", NOBODY, "requested,accepted", "ge2026-01-01", "1e400"]
        )

    def _operation(self) -> Asked:
        parameters = [
            {"name": "resource", "resource": self._damaged()},
            {"name": "count", "valueInteger": self.dice.choice(ODD)},
        ]
        return Asked("POST", "/Patient/$match", *self._sent({"resourceType": "Parameters", "parameter": parameters}))

    def _damaged(self) -> Any:
        found = deepcopy(self.dice.choice(self.known))
        for _each in range(self.dice.choice((0, 0, 1, 1, 2, 4))):
            found = self.changed(found)
        return found

    def changed(self, resource: Any) -> Any:
        """A resource with one of its places spoiled."""
        places = list(_places(resource))
        if not places:
            return resource
        path = self.dice.choice(places)
        how: Callable[[Any, Any], None] = self.dice.choice(
            (_drop, self._put_odd, self._put_odd, self._double, self._add)
        )
        how(resource, path)
        return resource

    def _put_odd(self, resource: Any, path: Any) -> None:
        _put(resource, path, deepcopy(self.dice.choice(ODD)))

    def _double(self, resource: Any, path: Any) -> None:
        value = _at(resource, path)
        _put(resource, path, [*value, *deepcopy(value)] if isinstance(value, list) else [deepcopy(value)])

    def _add(self, resource: Any, path: Any) -> None:
        inner = _at(resource, path)
        if isinstance(inner, dict):
            inner[self.dice.choice(NAMES)] = deepcopy(self.dice.choice(ODD))

    def _sent(self, resource: Any) -> tuple[bytes, dict[str, str]]:
        """A body in one of the formats, perhaps cut or with a byte that is wrong, and headers of its kind."""
        headers = {"Content_Type": JSON}
        body = _json(resource)
        if self.dice.random() < 0.3:
            # what cannot be written in XML is sent as JSON
            with suppress(Exception):
                body, headers = write_xml(resource), {"Content_Type": XML}
        if self.dice.random() < 0.05:
            body = body[: self.dice.randrange(len(body) + 1)]
        if self.dice.random() < 0.05 and body:
            at = self.dice.randrange(len(body))
            body = body[:at] + bytes([self.dice.randrange(256)]) + body[at + 1 :]
        for name, values in _HEADERS.items():
            if self.dice.random() < 0.1:
                headers[name] = self.dice.choice(values)
        return body, headers

    def _some(self, usual: Any, others: Any, chance: float) -> Any:
        return usual if self.dice.random() < chance else self.dice.choice(sorted(map(str, others)))


_HEADERS: Mapping[str, tuple[str, ...]] = {
    "If_Match": ('W/"1"', "1", "*", "W/", '"x"', 'W/"²"', 'W/"99999999999999999999"'),
    "If_None_Exist": (
        "identifier=http://clinic.example/mrn|MR990017",
        "identifier=",
        "_id=x",
        "?",
        "=",
        "name=x",
        "%%%",
    ),
    "Prefer": ("return=minimal", "return=OperationOutcome", "handling=lenient", "return=representation"),
    "Idempotency_Key": ("one", "two", "x" * 101, " "),
    "Accept": (JSON, XML, "text/html", "*/*"),
}


def _json(resource: Any) -> bytes:
    """As JSON, with numbers and halves of characters that the fast writer has no way to write."""
    return json.dumps(resource).encode()


def _in_path(value: Any) -> str:
    return quote(str(value), safe="", errors="replace") or "x"


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield (*path, name)
        yield from _places(part, (*path, name))


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for name in path:
        value = value[name]
    return value


def _put(value: Any, path: tuple[Any, ...], new: Any) -> None:
    _at(value, path[:-1])[path[-1]] = new


def _drop(value: Any, path: tuple[Any, ...]) -> None:
    del _at(value, path[:-1])[path[-1]]
