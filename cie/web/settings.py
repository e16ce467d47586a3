"""Not written yet."""

from flask import Blueprint

from cie.access import Permission
from cie.http import requires

blueprint = Blueprint("settings", __name__)


@blueprint.get("/settings")
@requires(Permission.OWN_ACCOUNT)
def index() -> str:
    return "not written yet"
