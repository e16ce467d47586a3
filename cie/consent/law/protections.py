"""The laws that guard special data: what each concerns and what it asks of a consent."""

from cie.consent.law import demands
from cie.consent.law.demands import MEDICAL
from cie.consent.law.forms import Stated
from cie.consent.law.rule import Case, Obligation, Protection, Step, When
from cie.consent.law.statutes import tells_of_part2
from cie.directory.models import Category
from cie.participants.models import HipaaRole, ParticipantKind, Program

HEALTH_CARE = frozenset({ParticipantKind.CLINIC, ParticipantKind.HOSPITAL, ParticipantKind.HEALTH_PLAN})
PART2_ELEMENTS = tuple(each for each in Stated if each != Stated.COPY)
CMIA_ELEMENTS = (
    Stated.PATIENT,
    Stated.DISCLOSER,
    Stated.DESCRIPTION,
    Stated.RECIPIENTS,
    Stated.PURPOSE,
    Stated.SIGNATURE,
    Stated.COPY,
)
NOT_ONWARD = frozenset({Obligation.NO_REDISCLOSURE})


def _tells(category: Category) -> When:
    return lambda case: category in case.item.kinds


def _is_record_of(program: Program) -> When:
    return lambda case: case.item.program == program


def _is_school_record(case: Case) -> bool:
    is_from_school = case.item.category == Category.EDUCATION and Program.SCHOOL in case.question.discloser.programs
    return case.item.program == Program.SCHOOL or is_from_school


def comes_from_victim_services(case: Case) -> bool:
    """Whatever a victim-service provider would tell of anybody."""
    return case.question.discloser.kind == ParticipantKind.VICTIM_SERVICES


def _is_victim_information(case: Case) -> bool:
    return case.item.category == Category.VICTIM_SERVICES and not comes_from_victim_services(case)


def _comes_from_covered_entity(case: Case) -> bool:
    return case.question.discloser.hipaa == HipaaRole.COVERED_ENTITY


def _is_medical_information(case: Case) -> bool:
    return case.question.discloser.kind in HEALTH_CARE and case.item.category in MEDICAL


FEDERAL = (
    Protection(
        "part2",
        Step.FEDERAL,
        tells_of_part2,
        (demands.states(*PART2_ELEMENTS), demands.part2_expiry, demands.part2_recipient, demands.names_the_network),
        written=True,
        obligations=frozenset({Obligation.PART2_NOTICE, Obligation.PART2_SCOPE}),
    ),
    Protection(
        "snap",
        Step.FEDERAL,
        _is_record_of(Program.SNAP),
        (demands.names_recipient,),
        written=True,
        obligations=NOT_ONWARD,
    ),
    Protection(
        "wic",
        Step.FEDERAL,
        _is_record_of(Program.WIC),
        (demands.names_recipient,),
        written=True,
        obligations=NOT_ONWARD,
    ),
    Protection(
        "ferpa",
        Step.FEDERAL,
        _is_school_record,
        (demands.names_recipient, demands.not_by_the_minor),
        written=True,
    ),
)
"""Federal laws that deny at once whatever else may be on record."""

VAWA = Protection(
    "vawa",
    Step.VICTIM_SERVICES,
    comes_from_victim_services,
    (demands.one_recipient, demands.ends_in_time),
    written=True,
    obligations=NOT_ONWARD,
)
VICTIM_INFORMATION = Protection(
    "victim-information", Step.VICTIM_SERVICES, _is_victim_information, (demands.names_recipient,)
)
STATE = (
    Protection("ab352", Step.STATE, _tells(Category.REPRODUCTIVE), (demands.names_recipient,), written=True),
    Protection("sb81", Step.STATE, _tells(Category.IMMIGRATION), (demands.names_recipient,)),
)
"""State laws that deny before any statute is asked."""

OF_A_CONSENT = (
    Protection(
        "cmia",
        Step.CONSENT,
        _is_medical_information,
        (demands.states(*CMIA_ELEMENTS), demands.has_a_duration),
        written=True,
        obligations=NOT_ONWARD,
    ),
    Protection("hipaa", Step.CONSENT, _comes_from_covered_entity, (demands.signed_when_medical,)),
    Protection("lps", Step.CONSENT, _tells(Category.MENTAL_HEALTH), written=True, obligations=NOT_ONWARD),
    Protection(
        "hiv",
        Step.CONSENT,
        _tells(Category.HIV),
        (demands.names_recipient,),
        written=True,
        obligations=NOT_ONWARD,
    ),
    Protection("medi-cal", Step.CONSENT, _is_record_of(Program.MEDI_CAL), (demands.signed_or_witnessed,)),
    Protection("social-services", Step.CONSENT, _is_record_of(Program.SOCIAL_SERVICES)),
    Protection("hmis", Step.CONSENT, _is_record_of(Program.HMIS)),
)
"""Laws that a statute may stand above, and that else ask something of the consent."""
