"""The addresses under `/fhir`."""

from flask import Blueprint, Response, current_app, url_for

from cie.fhir import matching, populating, reading, receiving, validating
from cie.fhir.answering import answer_with, base
from cie.fhir.capability_statement import capability_statement
from cie.fhir.subscribing import operations
from cie.http import public

blueprint = Blueprint("fhir", __name__)
reading.add_routes(blueprint)
receiving.add_routes(blueprint)
matching.add_routes(blueprint)
operations.add_routes(blueprint)
validating.add_routes(blueprint)
populating.add_routes(blueprint)


@blueprint.get("/fhir/metadata")
@public
def metadata() -> Response:
    """What this server can do, and where its authorization server is."""
    settings = current_app.extensions["cie-settings"]
    oauth = {
        name: settings.public_url + url_for(f"oauth.{name}") for name in ("authorize", "token", "introspect", "revoke")
    }
    return answer_with(capability_statement(base(), oauth, is_mailing=bool(settings.email_by)))
