"""How the API grows old: its version on every answer, and old forms that still work, told long before they end.

An old form is a row of data: from a moment on, each answer of its operation says so (RFC 9745), and when it will end
(RFC 8594), with a link to what to do; the document marks it. Within a version fields, operations and codes are added,
and nothing is taken away but by such a row.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from flask import Flask, Response, request

from cie.api.blueprint import PREFIX

VERSION = "v1"
WORKS_ON = timedelta(days=365)
"""How long an old form works at least, from the day on which its answers say that it is old."""
MORE = "/api/docs#old-forms"


@dataclass(frozen=True)
class OldForm:
    """An operation, or a field of one, that should no longer be used. Raises ValueError when it would end too soon.

    `path` as the document writes it (`/api/v1/people/{person_id}`); `field` as in a body or an address, empty for the
    whole operation; `instead` says in a sentence what to use.
    """

    method: str
    path: str
    since: datetime
    until: datetime
    instead: str
    field: str = ""

    def __post_init__(self) -> None:
        if self.until < self.since + WORKS_ON:
            raise ValueError(f"{self.method} {self.path} must work for {WORKS_ON.days} days after it is called old")


OLD_FORMS: tuple[OldForm, ...] = ()
"""Every old form of this version; none yet."""


def install(app: Flask, old_forms: Sequence[OldForm] = OLD_FORMS) -> None:
    """Put the version on every answer of the API, and on those of old forms how long they will work."""

    @app.after_request
    def tell(answer: Response) -> Response:
        if request.path.startswith(f"{PREFIX}/"):
            answer.headers["API-Version"] = VERSION
            _mark(answer, [form for form in old_forms if _is_of(form)])
        return answer


def _is_of(form: OldForm) -> bool:
    rule = request.url_rule
    return rule is not None and form.method == request.method and form.path == _as_documented(rule.rule)


def _as_documented(rule: str) -> str:
    """`/people/<uuid:person_id>` as `/people/{person_id}`."""
    return re.sub(r"<(?:[^:>]*:)?([^>]+)>", r"{\1}", rule)


def _mark(answer: Response, forms: Sequence[OldForm]) -> None:
    """What is said of several is that of the one that ends first."""
    for form in sorted(forms, key=lambda each: each.until)[:1]:
        answer.headers["Deprecation"] = f"@{int(form.since.timestamp())}"
        answer.headers["Sunset"] = format_datetime(form.until.astimezone(UTC), usegmt=True)
        answer.headers.add("Link", f'<{MORE}>; rel="deprecation"; type="text/html"')


def marked(document: Mapping[str, Any], old_forms: Sequence[OldForm] = OLD_FORMS) -> dict[str, Any]:
    """The document with its old operations and fields marked."""
    copy: dict[str, Any] = deepcopy(dict(document))
    for form in old_forms:
        said = copy["paths"][form.path][form.method.lower()]
        for each in _fields(copy, said, form.field) if form.field else [said]:
            each["deprecated"] = True
    return copy


def _fields(document: Mapping[str, Any], said: Mapping[str, Any], name: str) -> Iterator[dict[str, Any]]:
    """A field by its name: in the address, in the body that is sent and in that which is answered."""
    yield from (each for each in said.get("parameters", []) if each["name"] == name)
    for body in (said.get("requestBody", {}), *said["responses"].values()):
        schema = body.get("content", {}).get("application/json", {}).get("schema", {})
        if "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        yield from (each for found, each in schema.get("properties", {}).items() if found == name)
