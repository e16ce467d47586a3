"""What programs send over FHIR: read, checked, and done by the verbs of the domain in one transaction."""

from cie.fhir.receiving.again import read_again
from cie.fhir.receiving.views import add_routes

__all__ = ["add_routes", "read_again"]
