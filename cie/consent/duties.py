"""What must go along with data that is permitted, in the words that go with it at every door."""

from collections.abc import Iterable, Mapping

from cie.consent.law import Obligation

DUTIES: Mapping[Obligation, str] = {
    Obligation.PART2_NOTICE: "42 CFR part 2 prohibits unauthorized use or disclosure of these records.",
    Obligation.PART2_SCOPE: "Use it only for what the person agreed to: the help that was asked for here.",
    Obligation.PART2_EMERGENCY_RECORD: "Shared in an emergency. Who got it, when and why is on record.",
    Obligation.NO_REDISCLOSURE: "Pass it on to nobody without a new yes of the person.",
    Obligation.MAY_NOT_BE_BOUND: "HIPAA may not bind them. Tell the person so before you send.",
}
"""By duty. The first is the notice of 42 CFR 2.32(a)(2), the second the scope of 2.32(b); the last binds the sender."""


def duties_in_words(duties: Iterable[Obligation], *, before_sending: bool = False) -> dict[Obligation, str]:
    """Each duty with its words, in a fixed order; what binds the sender alone only before sending."""
    given = set(duties) - (set() if before_sending else {Obligation.MAY_NOT_BE_BOUND})
    return {duty: words for duty, words in DUTIES.items() if duty in given}
