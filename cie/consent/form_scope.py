"""What a form can cover, by the laws that it was written for: kinds of data, programs, groups of recipients."""

from cie.consent.law import FormType
from cie.consent.models import Reach
from cie.directory.models import Category
from cie.participants.models import Program

PLAIN = "cie-sharing"
"""The form of the network itself: words that are read to the person, who says yes or no."""
TAKES_BACK = "ascmi-revocation"
ASCMI = frozenset({"ascmi", "ascmi-ab133"})

_LAWS_OF_KINDS = {
    Category.SUD_PART2: "part2",
    Category.HIV: "hiv",
    Category.REPRODUCTIVE: "ab352",
    Category.IMMIGRATION: "sb81",
    Category.VICTIM_SERVICES: "victim-information",
}
"""Kinds of data that go with no other consent than one for their own law."""
_LAWS_OF_PROGRAMS = {
    "snap": Program.SNAP,
    "wic": Program.WIC,
    "medi-cal": Program.MEDI_CAL,
    "social-services": Program.SOCIAL_SERVICES,
    "hmis": Program.HMIS,
    "ferpa": Program.SCHOOL,
}
_OF_ONE_PROGRAM = frozenset({Program.HMIS, Program.SCHOOL})


def kinds_of(form: FormType) -> tuple[Category, ...]:
    """The kinds of data that a yes on this form may name. Psychotherapy notes are never among them."""
    kept = (kind for kind in Category if kind != Category.PSYCHOTHERAPY_NOTES)
    return tuple(kind for kind in kept if _LAWS_OF_KINDS.get(kind) in {None, *form.satisfies})


def programs_of(form: FormType) -> tuple[Program, ...]:
    """The programs whose records it can cover by name."""
    return tuple(program for law, program in _LAWS_OF_PROGRAMS.items() if law in form.satisfies)


def own_programs_of(form: FormType) -> tuple[Program, ...]:
    """The program that the form is made for, so that nobody is asked: the homeless system, a school."""
    return tuple(program for program in programs_of(form) if program in _OF_ONE_PROGRAM)


def groups_of(form: FormType) -> tuple[Reach, ...]:
    """The groups that it may name in place of organizations."""
    return tuple(reach for reach in Reach if reach in form.groups)


def only_says_no(form: FormType) -> bool:
    """Whether it opens nothing: it takes back what another form allowed."""
    return not form.satisfies
