"""The document of the API as a page shows it: parts, operations, the fields of bodies, and what stands inside them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cie import directory

_METHODS = ("get", "post", "put", "patch", "delete")
CHANGES = {
    "referral": "the loop itself: sent, closed, a mistake",
    "task": "what one organization was asked: its answer, its steps, a reminder",
    "entry": "a message, or a note of your own",
    "file": "a file was added",
    "result": "what came of it: an enrollment, a finding, what was done",
    "contact": "a try of yours to reach the person",
    "person": "the person's own word about the help",
    "assign": "who of your own staff takes care of it",
}
"""The kinds of change that a webhook can ask for, in words."""


@dataclass(frozen=True)
class Field:
    """One field of a body, or of an address or its headers, by `place`.

    `shape` names what it is made of, where that is more than a value.
    """

    name: str
    place: str
    kind: str
    shape: str
    is_required: bool
    is_old: bool
    about: str


@dataclass(frozen=True)
class Operation:
    """One thing that a program can do. `answer_shape`: an answer that several give, which is shown once."""

    id: str
    method: str
    path: str
    title: str
    about: str
    scope: str
    is_old: bool
    fields: tuple[Field, ...]
    status: str
    answer_shape: str
    answer: tuple[Field, ...]


@dataclass(frozen=True)
class Part:
    """Operations under one heading."""

    name: str
    about: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True)
class Shape:
    """What stands inside a field of a body."""

    name: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Page:
    """Everything that the API offers, where, and the codes that it takes."""

    url: str
    parts: tuple[Part, ...]
    shapes: tuple[Shape, ...]
    scopes: tuple[str, ...]
    needs: Mapping[str, str]
    changes: Mapping[str, str]


def described(document: Mapping[str, Any]) -> Page:
    """The parts in their order, each with its operations; then every shape that a field of theirs has, by name."""
    operations = list(_operations(document))
    parts = tuple(
        Part(tag["name"], tag["description"], tuple(each for tags, each in operations if tag["name"] in tags))
        for tag in document["tags"]
    )
    fields = [field for _tags, each in operations for field in (*each.fields, *each.answer)]
    flow = document["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]
    return Page(
        url=flow["tokenUrl"].removesuffix("/oauth/token"),
        parts=parts,
        shapes=_shapes(document, [*(each.answer_shape for _tags, each in operations), *(f.shape for f in fields)]),
        scopes=tuple(scope for scope in flow["scopes"] if scope in {each.scope for _tags, each in operations}),
        needs={term.code: term.label["en"] for term in directory.needs().values()},
        changes=CHANGES,
    )


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[list[str], Operation]]:
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if said := methods.get(method):
                shared = methods.get("parameters", [])
                yield said["tags"], _operation(document, path, method, {**said, "shared": shared})


def _operation(document: Mapping[str, Any], path: str, method: str, said: Mapping[str, Any]) -> Operation:
    (scopes,) = [*[each for needed in said.get("security", []) for each in needed.values()], []][:1]
    (status,) = [code for code in said["responses"] if code.startswith("2")][:1]
    answer = _schema(said["responses"][status])
    shape = _shape(answer) if "$ref" in answer and _answers(document)[_shape(answer)] > 1 else ""
    return Operation(
        id=f"{method}{path}".replace("/", "-").replace("{", "").replace("}", ""),
        method=method.upper(),
        path=path,
        title=said.get("summary", ""),
        about=said.get("description", ""),
        scope=" ".join(scopes),
        is_old=said.get("deprecated", False),
        fields=(*_in_address(said), *_in_body(document, said.get("requestBody", {}), hidden="readOnly")),
        status=status,
        answer_shape=shape,
        answer=() if shape else tuple(_in_body(document, said["responses"][status], hidden="writeOnly")),
    )


def _answers(document: Mapping[str, Any]) -> "Counter[str]":
    """How many operations answer with each shape."""
    said = [each for methods in document["paths"].values() for name, each in methods.items() if name in _METHODS]
    answers = [_schema(body) for each in said for code, body in each["responses"].items() if code.startswith("2")]
    return Counter(_shape(answer) for answer in answers if "$ref" in answer)


def _in_address(said: Mapping[str, Any]) -> Iterator[Field]:
    for each in (*said["shared"], *said.get("parameters", [])):
        about = {"description": each.get("description", ""), "deprecated": each.get("deprecated", False)}
        yield _field(each["name"], {**each["schema"], **about}, bool(each.get("required")), each["in"])


def _schema(body: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = body.get("content", {}).get("application/json", {}).get("schema", {})
    return found


def _in_body(document: Mapping[str, Any], body: Mapping[str, Any], *, hidden: str) -> Iterator[Field]:
    """The fields of a body, but for those that stand in the other direction alone."""
    schema = _schema(body)
    return _in_schema(document["components"]["schemas"][shape] if (shape := _shape(schema)) else schema, hidden)


def _in_schema(schema: Mapping[str, Any], hidden: str = "") -> Iterator[Field]:
    needed = schema.get("required", [])
    for name, each in schema.get("properties", {}).items():
        if not each.get(hidden):
            yield _field(name, each, name in needed)


def _field(name: str, schema: Mapping[str, Any], is_required: bool, place: str = "") -> Field:
    about = {"about": schema.get("description", ""), "is_old": schema.get("deprecated", False)}
    return Field(name, place, _kind(schema), _shape(schema), is_required, **about)


def _shapes(document: Mapping[str, Any], shown: Iterable[str]) -> tuple[Shape, ...]:
    """These shapes, and those of their fields."""
    found: dict[str, Shape] = {}
    names = [name for name in shown if name]
    while names:
        name = names.pop()
        if name not in found:
            found[name] = Shape(name, tuple(_in_schema(document["components"]["schemas"][name])))
            names += [field.shape for field in found[name].fields if field.shape]
    return tuple(found[name] for name in sorted(found))


def _shape(schema: Mapping[str, Any]) -> str:
    """The name of what stands in a field or in each item of its list; empty for a plain value."""
    inner = _without_null(schema)
    return _shape(inner["items"]) if "items" in inner else str(inner.get("$ref", "")).rpartition("/")[2]


def _without_null(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a value is when it is there."""
    return next((each for each in schema.get("anyOf", []) if each.get("type") != "null"), schema)


def _kind(schema: Mapping[str, Any]) -> str:
    """What a value is, in a word or two."""
    inner = _without_null(schema)
    if "$ref" in inner:
        return _shape(inner)
    if "enum" in inner:
        return " | ".join(str(each) for each in inner["enum"] if each is not None)
    if "items" in inner:
        return f"list of {_kind(inner['items'])}"
    kind = inner.get("type", "any")
    words = " or ".join(kind) if isinstance(kind, list) else str(kind)
    return f"{words} ({inner['format']})" if "format" in inner else words
