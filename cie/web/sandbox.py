"""Not written yet."""

from flask import Blueprint

blueprint = Blueprint("sandbox", __name__)
