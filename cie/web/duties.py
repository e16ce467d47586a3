"""The duties that go with what others let us read, in words: on every page that shows it."""

from collections.abc import Iterable

from cie.consent import Obligation, duties_in_words
from cie.web.language import gettext as _


def duty_words(duties: Iterable[Obligation], *, before_sending: bool = False) -> list[str]:
    """Each duty as a sentence; what binds the sender alone only before sending."""
    return [_(words) for words in duties_in_words(duties, before_sending=before_sending).values()]
