"""The pages under /my: each begins with the way out, and none of them names what it is about."""

from typing import Any

from flask import Blueprint, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from cie.access import ANYONE, ActorKind
from cie.errors import NotFound
from cie.http import STATUS, SignInNeeded
from cie.web.my.visit import keep_visit
from cie.web.page import problem_page

blueprint = Blueprint("my", __name__, url_prefix="/my")


@blueprint.context_processor
def _shared() -> dict[str, Any]:
    """The quick exit, a change of language that keeps no token in its form, and whether the person reads it."""
    to_them = g.actor.kind is not ActorKind.PROXY
    return {"quick_exit": True, "other_language_url": url_for("my.show"), "to_them": to_them}


@blueprint.after_request
def _go_on(response: Response) -> Response:
    """Each page starts the quarter of an hour anew."""
    keep_visit(response)
    return response


@blueprint.errorhandler(SignInNeeded)
def _ask_again(_error: SignInNeeded) -> Response:
    """Nobody came in, or they were away too long: the PIN is asked again."""
    return redirect(url_for("my.enter"), 303)


@blueprint.errorhandler(NotFound)
def _gone(error: NotFound) -> tuple[str, int]:
    """A link that does not work looks the same whatever the reason; inside, a page that is not there says so."""
    return closed_page(error) if g.actor is ANYONE else problem_page(error)


def closed_page(error: NotFound) -> tuple[str, int]:
    """A link does not work; nothing tells whose it was, nor why."""
    return render_template("my/gone.html"), STATUS[error.code]
