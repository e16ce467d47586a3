"""The addresses of the own settings, and in which session somebody is there."""

from uuid import UUID

from flask import Blueprint, g

blueprint = Blueprint("settings", __name__, url_prefix="/settings")


def this_session() -> UUID:
    """The session in which somebody asks."""
    found: UUID = g.signed_in.session.id
    return found
