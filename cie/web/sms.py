"""Not written yet."""

from flask import Blueprint

blueprint = Blueprint("sms", __name__)
