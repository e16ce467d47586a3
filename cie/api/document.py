"""The API on the app: its parts, its document, its limits."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from http import HTTPStatus
from typing import Any

import flask_smorest
import orjson
from flask import Flask, Response, render_template, request
from marshmallow import Schema, fields

from cie.access.scopes import every_scope
from cie.api import (
    ageing,
    batch,
    consents,
    exports,
    me,
    measures,
    needs,
    people,
    referrals,
    screenings,
    services,
    webhooks,
)
from cie.api.ageing import OLD_FORMS, VERSION, OldForm, marked
from cie.api.blueprint import PREFIX, Part
from cie.api.docs import described
from cie.api.opening import SCHEME
from cie.api.problems import TYPE
from cie.http import public

ABOUT = (
    "Send referrals, hear what became of them, read your figures. Every answer names its version as API-Version. An "
    "operation or a field that is deprecated works for at least a year from the day on which its answers say so "
    "(Deprecation, Sunset, Link). How to begin, in words: /api/docs."
)
LARGEST_BODY_BYTES = 1024 * 1024
PARTS = tuple(
    part.blueprint
    for part in (me, people, screenings, needs, consents, referrals, services, measures, exports, webhooks, batch)
)


class ProblemSchema(Schema):
    """RFC 9457."""

    type = fields.Str(required=True)
    title = fields.Str(required=True)
    status = fields.Int(required=True)
    detail = fields.Str(required=True)
    errors = fields.List(fields.Dict(keys=fields.Str(), values=fields.Str()))
    rule = fields.Str()
    source = fields.Str()
    remedy = fields.Str()


class Document(flask_smorest.Api):  # type: ignore[misc]  # the library has no types
    """The document; errors are answered by the composition, by address."""

    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self) -> None:
        """None: the app has one handler for all doors."""

    def _register_responses(self) -> None:
        """Every error is a problem, whatever its status."""
        self.spec.components.schema("Problem", schema=ProblemSchema)
        body = {TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        for status in HTTPStatus:
            if status >= HTTPStatus.BAD_REQUEST:
                said = {"description": status.phrase, "content": body}
                self.spec.components.response(status.name, said, lazy=True)
        said = {"description": "What is wrong, and what to do", "content": body}
        self.spec.components.response("DEFAULT_ERROR", said, lazy=True)

    def register_part(self, part: Part) -> None:
        """Put one part on the app, and under its heading in the document."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][part.name] = self
        self._app.register_blueprint(part)
        part.register_views_in_doc(self, self._app, self.spec, name=part.name, parameters=None)
        self.spec.tag({"name": part.area, "description": part.about})


def install(app: Flask, parts: Iterable[Part] = PARTS, old_forms: Sequence[OldForm] = OLD_FORMS) -> None:
    """Put the API on the app."""
    app.config.update(
        API_TITLE="cie",
        API_VERSION=VERSION,
        OPENAPI_VERSION="3.1.0",
        API_SPEC_OPTIONS={"info": {"description": ABOUT}},
    )
    document = Document(app)
    document.spec.components.security_scheme(SCHEME, _scheme(app.extensions["cie-settings"].public_url))
    for part in parts:
        document.register_part(part)
    app.before_request(_limit)
    ageing.install(app, old_forms)
    _show(app, cache(lambda: marked(document.spec.to_dict(), old_forms)), old_forms)


def _show(app: Flask, document: Callable[[], dict[str, Any]], old_forms: Sequence[OldForm]) -> None:
    """The document, for people and for programs."""

    @app.get("/api/docs")
    @public
    def docs() -> str:
        """What the API offers, for people."""
        page = described(document())
        return render_template("api/docs.html", page=page, prefix=PREFIX, old_forms=old_forms)

    @app.get(f"{PREFIX}/openapi.json")
    @public
    def openapi() -> Response:
        """What the API offers, for programs that read OpenAPI."""
        return Response(orjson.dumps(document()), mimetype="application/json")


def _scheme(issuer: str) -> dict[str, Any]:
    """How to get a token, for programs that read it from the document."""
    scopes = {scope: "" for scope in every_scope() if scope.startswith("api/")}
    return {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": f"{issuer}/oauth/token", "scopes": scopes}}}


def _limit() -> None:
    if request.path.startswith("/api/"):
        request.max_content_length = LARGEST_BODY_BYTES
