"""Not written yet."""

from flask import Blueprint

blueprint = Blueprint("consents", __name__)
