"""The rules of disclosure as privacy officers read them: words, source, dates, and the cases they are tested with."""

from collections.abc import Sequence
from dataclasses import dataclass

from cie.consent import law
from cie.consent.law import Example, RuleText
from cie.web.language import gettext as _
from cie.web.words_of_time import day


@dataclass(frozen=True)
class RuleLine:
    """One rule. `dates`: since when or until when it holds, where that matters."""

    text: RuleText
    dates: str
    examples: Sequence[Example]


def rule_lines() -> list[RuleLine]:
    """Every rule, in the order in which the rules are asked."""
    return [RuleLine(text, _dates(text), law.examples().get(text.id, ())) for text in law.texts().values()]


def _dates(text: RuleText) -> str:
    said = []
    if text.effective_on:
        said.append(_("Since %(day)s.", day=day(text.effective_on, year=True)))
    if text.ends_on:
        said.append(_("Until %(day)s.", day=day(text.ends_on, year=True)))
    return " ".join(said)
