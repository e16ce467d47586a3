"""What the law makes of an organization, in words."""

from typing import Any

from cie.participants import HipaaRole, Participant, Program
from cie.web.language import gettext as _
from cie.web.language import lazy_gettext

HIPAA_ROLES: dict[HipaaRole, Any] = {
    HipaaRole.COVERED_ENTITY: lazy_gettext("Covered entity"),
    HipaaRole.BUSINESS_ASSOCIATE: lazy_gettext("Business associate"),
    HipaaRole.NEITHER: lazy_gettext("Neither: not bound by HIPAA"),
}
PROGRAMS: dict[Program, Any] = {
    Program.SNAP: "CalFresh (SNAP)",
    Program.WIC: "WIC",
    Program.MEDI_CAL: "Medi-Cal",
    Program.CALWORKS: "CalWORKs",
    Program.SSI: "SSI",
    Program.SOCIAL_SERVICES: lazy_gettext("Public social services"),
    Program.SCHOOL: lazy_gettext("A school or school district"),
    Program.HMIS: lazy_gettext("The homeless system (HMIS)"),
}


def standing_facts(participant: Participant) -> list[dict[str, str]]:
    """Everything that the rules of disclosure look at, each with its label."""
    programs = ", ".join(str(PROGRAMS[Program(code)]) for code in participant.programs)
    return [
        {"label": _("Under HIPAA"), "value": _hipaa(participant)},
        {"label": _("Part 2 program (substance use treatment)"), "value": yes_or_no(participant.is_part2_program)},
        {"label": _("Programs that it runs"), "value": programs or _("None")},
        {"label": _("On the homeless team of a county (AB 210)"), "value": yes_or_no(participant.on_ab210_team)},
        {"label": _("State"), "value": participant.state},
    ]


def _hipaa(participant: Participant) -> str:
    words = str(HIPAA_ROLES[participant.hipaa])
    return words if participant.hipaa_role else _("%(role)s (by its kind)", role=words)


def yes_or_no(value: bool) -> str:
    """The answer to a question with two answers."""
    return _("Yes") if value else _("No")


def hipaa_choices(participant: Participant) -> list[dict[str, Any]]:
    """The parts under HIPAA as options; the first leaves it to the kind and says what that is."""
    usual = _("For this kind: %(role)s.", role=HIPAA_ROLES[participant.hipaa_by_kind])
    first = {"value": "", "label": _("By its kind"), "hint": usual}
    return [first, *({"value": role.value, "label": words} for role, words in HIPAA_ROLES.items())]


def program_choices() -> list[dict[str, Any]]:
    """The programs as options."""
    return [{"value": program.value, "label": words} for program, words in PROGRAMS.items()]
