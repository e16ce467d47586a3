"""How the suite changes what it made: an update to look at, and at the end a mark that it was a mistake."""

from collections.abc import Mapping

from cie.conformance.session import Resource
from cie.conformance.specimens import TERMS, WORDS, concept

CHANGES: Mapping[str, Resource] = {
    **{
        name: {"note": [{"text": f"{WORDS} Changed."}]}
        for name in ("Task", "ServiceRequest", "Procedure", "Condition", "Goal", "Observation")
    },
    "Consent": {"dateTime": "2026-01-16"},
    "DocumentReference": {"description": f"{WORDS} Changed."},
    "QuestionnaireResponse": {"authored": "2026-01-16T17:00:00Z"},
}
"""What an update changes in each type."""
IN_ERROR: Mapping[str, Resource] = {
    **{
        name: {"status": "entered-in-error"}
        for name in ("Task", "ServiceRequest", "Procedure", "Observation", "DocumentReference")
        + ("Consent", "QuestionnaireResponse", "Device", "CareTeam")
    },
    "Goal": {"lifecycleStatus": "entered-in-error"},
    # a mistake has no clinical status (con-5)
    "Condition": {
        "verificationStatus": concept(f"{TERMS}/condition-ver-status", "entered-in-error"),
        "clinicalStatus": None,
    },
    "Questionnaire": {"status": "retired"},
    "Subscription": {"status": "off"},
    **{name: {"active": False} for name in ("RelatedPerson", "Patient")},
}
"""How each type says that it was a mistake, or is over; None takes an element away."""
