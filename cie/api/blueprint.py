"""A part of the API, and how its bodies are read."""

from typing import Any

import flask_smorest
import orjson
from marshmallow import RAISE
from webargs import core
from webargs.flaskparser import FlaskParser

from cie.api.problems import NotRead

PREFIX = "/api/v1"


class Parser(FlaskParser):
    """Reads a body with orjson, which refuses what is nested too deep in place of running out of stack.

    A name that there is not is refused in an address as in a body, so that no filter is lost by a slip.
    """

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": RAISE}

    def load_json(self, req: Any, schema: Any) -> Any:
        if req.mimetype and req.mimetype != "application/json":
            raise NotRead("Send JSON, with the content type application/json")
        text = req.get_data()
        if not text:
            return core.missing
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise NotRead("This is no JSON that can be read") from error


class Part(flask_smorest.Blueprint):  # type: ignore[misc]  # the library has no types
    """A part of the API, under its own address and heading."""

    ARGUMENTS_PARSER = Parser()

    def __init__(self, area: str, about: str, *, path: str | None = None) -> None:
        super().__init__(f"api_{area}", __name__, url_prefix=PREFIX + (f"/{area}" if path is None else path))
        self.area, self.about = area, about

    def route(self, rule: str, **options: Any) -> Any:
        return super().route(rule, **{"tags": [self.area], **options})
