"""Facts beside age that the rules of disclosure look at: Medi-Cal, and what lets a minor decide alone."""

from collections.abc import Collection, Iterator
from datetime import date

from cie.errors import Invalid
from cie.people.birth import BirthDate, is_under
from cie.people.models import Standing

ADULT_YEARS = 18
OF_MINORS = frozenset({Standing.LIVES_APART, Standing.EMANCIPATED, Standing.FOSTER_YOUTH})
"""They say who decides for somebody under 18: Fam. 6922, 7002; WIC 16001.9."""


def in_order(standing: Collection[str]) -> tuple[Standing, ...]:
    """Each of these codes once, in the order of all."""
    return tuple(each for each in Standing if each in standing)


def counting_on(standing: Collection[str], birth: BirthDate, day: date) -> tuple[Standing, ...]:
    """What still counts on a day: with the 18th birthday a person decides for themselves."""
    is_adult = is_under(birth, ADULT_YEARS, day) is False
    return tuple(each for each in in_order(standing) if not (is_adult and each in OF_MINORS))


def standing_faults(standing: Collection[str], birth: BirthDate, today: date) -> Iterator[Invalid]:
    """A fact of minors beside the birth date of somebody who is an adult for sure."""
    if counting_on(standing, birth, today) != in_order(standing):
        yield Invalid("Other facts: lives apart, emancipated and in foster care count only under 18", "standing")
