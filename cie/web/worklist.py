"""Not written yet."""

from flask import Blueprint

from cie.access import Permission
from cie.http import requires

blueprint = Blueprint("worklist", __name__)


@blueprint.get("/worklist")
@requires(Permission.WORKLIST_READ)
def index() -> str:
    return "not written yet"
