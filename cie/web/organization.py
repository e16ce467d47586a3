"""Not written yet."""

from flask import Blueprint

blueprint = Blueprint("organization", __name__)
