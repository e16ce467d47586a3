"""Not written yet."""

from flask import Blueprint

from cie.access import Permission
from cie.http import requires

blueprint = Blueprint("referrals", __name__)


@blueprint.get("/referrals/new")
@requires(Permission.REFERRAL_WRITE)
def new() -> str:
    return "not written yet"
