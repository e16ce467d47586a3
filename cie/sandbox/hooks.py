"""Where the programs of invented partners hear of what happens: one address takes everything, one is shut."""

from http import HTTPStatus

from flask import Blueprint, Response

OPEN, SHUT = "open", "shut"


def hooks_blueprint() -> Blueprint:
    """Nothing of what comes is kept or read."""
    blueprint = Blueprint("hooks", __name__)

    @blueprint.post(f"/hooks/{OPEN}")
    def take() -> Response:
        return Response(status=HTTPStatus.NO_CONTENT)

    @blueprint.post(f"/hooks/{SHUT}")
    def refuse() -> Response:
        return Response(status=HTTPStatus.SERVICE_UNAVAILABLE)

    return blueprint
