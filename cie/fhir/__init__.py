"""FHIR R4 (4.0.1): what the exchange holds, projected for each organization as HL7 SDOH Clinical Care resources.

Every refusal is an OperationOutcome.
"""

from cie.fhir.operation_outcome import refused
from cie.fhir.projecting import project
from cie.fhir.projecting.audiences import make_again
from cie.fhir.projecting.upkeep import UPKEEP, Upkeep
from cie.fhir.receiving import read_again
from cie.fhir.subscribing import KIND, deliverer_for, standings_of, try_subscription
from cie.fhir.views import blueprint

__all__ = [
    "KIND",
    "UPKEEP",
    "Upkeep",
    "blueprint",
    "deliverer_for",
    "make_again",
    "project",
    "read_again",
    "refused",
    "standings_of",
    "try_subscription",
]
