"""Rules that deny outright: what never passes through the network, and what a law closes to some recipients."""

from cie.access import Purpose
from cie.consent.law.rule import Case, Denial, Step
from cie.consent.law.statutes import is_emergency, tells_of_part2
from cie.consent.models import NetworkRole
from cie.directory.models import Category
from cie.participants.models import ParticipantKind

HOME_STATE = "CA"


def _is_demanded_by_law(case: Case) -> bool:
    return case.question.purpose == Purpose.LEGAL


def _own_agreement_is_missing(case: Case) -> bool:
    return not case.question.discloser.has_agreement


def _other_agreement_is_missing(case: Case) -> bool:
    return not case.question.recipient.has_agreement


def _is_a_psychotherapy_note(case: Case) -> bool:
    return case.item.category == Category.PSYCHOTHERAPY_NOTES


def _is_more_than_needed(case: Case) -> bool:
    return not case.item.is_needed


def _network_has_no_part2_role(case: Case) -> bool:
    has_none = case.question.network.role == NetworkRole.NONE
    return has_none and tells_of_part2(case) and not is_emergency(case)


def _protected_service_was_not_asked_for(case: Case) -> bool:
    is_refuge = case.question.recipient.kind == ParticipantKind.VICTIM_SERVICES
    is_protected = is_refuge or case.item.about == Category.VICTIM_SERVICES
    return is_protected and not case.question.person.asked_for_it


def _leaves_the_state(case: Case) -> bool:
    return Category.REPRODUCTIVE in case.item.kinds and case.question.recipient.state != HOME_STATE


NETWORK = (
    Denial("legal-demand", Step.NETWORK, _is_demanded_by_law),
    Denial("own-agreement", Step.NETWORK, _own_agreement_is_missing),
    Denial("agreement", Step.NETWORK, _other_agreement_is_missing),
    Denial("psychotherapy", Step.NETWORK, _is_a_psychotherapy_note),
    Denial("minimum-set", Step.NETWORK, _is_more_than_needed),
)
PART2_ROLE = Denial("part2-role", Step.FEDERAL, _network_has_no_part2_role)
VAWA_INBOUND = Denial("vawa-inbound", Step.VICTIM_SERVICES, _protected_service_was_not_asked_for)
AB352_STATE = Denial("ab352-state", Step.STATE, _leaves_the_state)
