"""Organizations that joined the exchange: kinds, participation agreements, who is on call, steps in danger.

A participant is an organization under agreement; on a day without a current one, nothing is sent to it or from it.
"""

from cie.participants.models import Agreement, Participant, ParticipantKind
from cie.participants.organizations import (
    add_participant,
    current_agreement,
    danger_steps,
    get_participant,
    participants,
    require_agreement,
    set_danger_steps,
    set_on_call,
    sign_agreement,
)

__all__ = [
    "Agreement",
    "Participant",
    "ParticipantKind",
    "add_participant",
    "current_agreement",
    "danger_steps",
    "get_participant",
    "participants",
    "require_agreement",
    "set_danger_steps",
    "set_on_call",
    "sign_agreement",
]
