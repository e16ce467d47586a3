"""Not written yet."""

from flask import Blueprint

from cie.access import Permission
from cie.http import requires

blueprint = Blueprint("measures", __name__)


@blueprint.get("/measures")
@requires(Permission.MEASURES_READ)
def index() -> str:
    return "not written yet"
