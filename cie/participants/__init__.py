"""Organizations that joined the exchange: kinds, standing under the law, agreements, who is on call, steps in danger.

A participant is an organization under agreement; on a day without a current one, nothing is sent to it or from it.
"""

from cie.participants.agreements import (
    agreements_of,
    current_agreement,
    end_agreement,
    require_agreement,
    sign_agreement,
    takes_part,
)
from cie.participants.key_changes import destroy_key, renew_key
from cie.participants.keys import STAND_APART, give_key, organization_keys, without_key
from cie.participants.models import Agreement, HipaaRole, Participant, ParticipantKind, Program
from cie.participants.organizations import (
    add_participant,
    all_participants,
    danger_steps,
    get_participant,
    names_of,
    participants,
    set_active,
    set_attempts_before_unreachable,
    set_danger_steps,
    set_on_call,
)
from cie.participants.standing import LegalStanding, set_standing, standing_of

__all__ = [
    "Agreement",
    "HipaaRole",
    "LegalStanding",
    "Participant",
    "ParticipantKind",
    "Program",
    "STAND_APART",
    "add_participant",
    "agreements_of",
    "all_participants",
    "current_agreement",
    "danger_steps",
    "destroy_key",
    "end_agreement",
    "get_participant",
    "give_key",
    "names_of",
    "organization_keys",
    "participants",
    "renew_key",
    "require_agreement",
    "set_active",
    "set_attempts_before_unreachable",
    "set_danger_steps",
    "set_on_call",
    "set_standing",
    "sign_agreement",
    "standing_of",
    "takes_part",
    "without_key",
]
