"""The duties that go with what others let us read, in words: on every page that shows it."""

from collections.abc import Iterable

from cie.consent import Obligation
from cie.web.language import gettext as _


def duty_words(duties: Iterable[Obligation], *, before_sending: bool = False) -> list[str]:
    """Each duty as a sentence; what binds the sender alone only before sending.

    The first is the notice of 42 CFR 2.32(a)(2), the second the scope of 2.32(b).
    """
    said = {
        Obligation.PART2_NOTICE: _("42 CFR part 2 prohibits unauthorized use or disclosure of these records."),
        Obligation.PART2_SCOPE: _("Use it only for what the person agreed to: the help that was asked for here."),
        Obligation.PART2_EMERGENCY_RECORD: _("Shared in an emergency. Who got it, when and why is on record."),
        Obligation.NO_REDISCLOSURE: _("Pass it on to nobody without a new yes of the person."),
    }
    if before_sending:
        said[Obligation.MAY_NOT_BE_BOUND] = _("HIPAA may not bind them. Tell the person so before you send.")
    return [said[duty] for duty in Obligation if duty in set(duties) and duty in said]
