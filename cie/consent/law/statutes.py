"""The laws that let data go without a consent: to whom, for what, and which protections each stands above.

Each hangs on a setting that counsel of the network recorded or on a recorded fact; none is on by itself.
"""

from cie.access import Purpose
from cie.consent.law.rule import Case, Obligation, Statute, Step
from cie.consent.models import NetworkRole
from cie.directory.models import Category
from cie.participants.models import HipaaRole, ParticipantKind, Program

CARE = frozenset({Purpose.TREATMENT, Purpose.PAYMENT, Purpose.OPERATIONS, Purpose.CARE_COORDINATION})
"""Treatment, payment and health care operations, with the coordination of care that is part of them."""
MEANS_TESTED = frozenset({Program.SNAP, Program.MEDI_CAL, Program.CALWORKS, Program.SSI})


def tells_of_part2(case: Case) -> bool:
    """Whatever names treatment for substance use, and whatever a Part 2 program tells of anybody (42 CFR 2.11)."""
    return Category.SUD_PART2 in case.item.kinds or case.question.discloser.is_part2_program


def _carries_for_a_covered_entity(case: Case) -> bool:
    """The network may carry health records by law, and this is one of those who treat or insure: 45 CFR 164.502(e)."""
    is_covered = case.question.discloser.hipaa == HipaaRole.COVERED_ENTITY and case.item.program is None
    return case.question.network.role == NetworkRole.BUSINESS_ASSOCIATE and is_covered


def _hipaa_tpo(case: Case) -> bool:
    network = case.question.network
    is_bound = case.question.recipient.hipaa != HipaaRole.NEITHER or network.hipaa_policy
    return _carries_for_a_covered_entity(case) and is_bound and case.question.purpose in CARE


def _lps_treatment(case: Case) -> bool:
    both_treat = case.question.discloser.treats and case.question.recipient.treats
    is_mental_health = Category.MENTAL_HEALTH in case.item.kinds
    return is_mental_health and both_treat and case.question.purpose == Purpose.TREATMENT


def _ab133(case: Case) -> bool:
    return case.question.network.ab133 and case.question.person.in_medi_cal and case.question.purpose in CARE


def is_emergency(case: Case) -> bool:
    """A recorded medical emergency that those who treat must know of: 42 CFR 2.51."""
    is_recorded = case.question.emergency and case.question.purpose == Purpose.EMERGENCY
    may_tell = case.question.discloser.kind != ParticipantKind.VICTIM_SERVICES and tells_of_part2(case)
    return is_recorded and may_tell and case.question.recipient.treats


def _emergency_care(case: Case) -> bool:
    """A recorded medical emergency: a covered entity may tell those who treat the person."""
    is_recorded = case.question.emergency and case.question.purpose == Purpose.EMERGENCY
    return is_recorded and case.question.recipient.treats and _carries_for_a_covered_entity(case)


def _serious_threat(case: Case) -> bool:
    """A recorded danger to life: a covered entity may tell those who can lessen it, here only those who treat."""
    is_recorded = case.question.danger and case.question.purpose == Purpose.EMERGENCY
    return is_recorded and case.question.recipient.treats and _carries_for_a_covered_entity(case)


def _snap_administration(case: Case) -> bool:
    is_connected = bool(case.question.recipient.programs & MEANS_TESTED)
    return case.item.program == Program.SNAP and is_connected and case.question.purpose == Purpose.OPERATIONS


def _wic_agreement(case: Case) -> bool:
    is_listed = case.question.network.wic_agreement and bool(case.question.recipient.programs)
    return case.item.program == Program.WIC and is_listed and case.question.purpose == Purpose.OPERATIONS


def _medi_cal_administration(case: Case) -> bool:
    recipient = case.question.recipient
    administers = Program.MEDI_CAL in recipient.programs or recipient.kind == ParticipantKind.HEALTH_PLAN
    return (
        case.item.program == Program.MEDI_CAL
        and administers
        and case.question.purpose in (Purpose.OPERATIONS, Purpose.PAYMENT)
    )


def _social_services_administration(case: Case) -> bool:
    administers = bool(case.question.recipient.programs & {Program.SOCIAL_SERVICES, Program.CALWORKS})
    return case.item.program == Program.SOCIAL_SERVICES and administers and case.question.purpose == Purpose.OPERATIONS


def _ab210(case: Case) -> bool:
    both_on_team = case.question.discloser.on_ab210_team and case.question.recipient.on_ab210_team
    return case.question.network.ab210_protocol and both_on_team and case.question.purpose == Purpose.CARE_COORDINATION


def _hmis_inferred(case: Case) -> bool:
    is_inside = case.question.network.hmis_inferred and Program.HMIS in case.question.recipient.programs
    is_use = case.question.purpose in (Purpose.CARE_COORDINATION, Purpose.OPERATIONS)
    return case.item.program == Program.HMIS and is_inside and is_use


STATUTES = (
    Statute("hipaa-tpo", Step.STATUTE, _hipaa_tpo, frozenset({"hipaa", "cmia"})),
    Statute("lps-treatment", Step.STATUTE, _lps_treatment, frozenset({"lps"})),
    Statute("ab133", Step.STATUTE, _ab133, frozenset({"cmia", "lps", "medi-cal", "social-services"})),
    Statute(
        "part2-emergency",
        Step.STATUTE,
        is_emergency,
        frozenset({"part2", "hipaa", "cmia", "lps"}),
        frozenset({Obligation.PART2_EMERGENCY_RECORD}),
    ),
    Statute("emergency-care", Step.STATUTE, _emergency_care, frozenset({"hipaa", "cmia", "lps"})),
    Statute("serious-threat", Step.STATUTE, _serious_threat, frozenset({"hipaa"})),
    Statute("snap-administration", Step.STATUTE, _snap_administration, frozenset({"snap"})),
    Statute("wic-agreement", Step.STATUTE, _wic_agreement, frozenset({"wic"})),
    Statute("medi-cal-administration", Step.STATUTE, _medi_cal_administration, frozenset({"medi-cal"})),
    Statute(
        "social-services-administration", Step.STATUTE, _social_services_administration, frozenset({"social-services"})
    ),
    Statute("ab210", Step.STATUTE, _ab210, frozenset({"social-services", "hmis"})),
    Statute("hmis-inferred", Step.STATUTE, _hmis_inferred, frozenset({"hmis"})),
)
