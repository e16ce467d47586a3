"""The rules against the decision table, which was written from the citations; and the table against the rules."""

from collections import Counter
from dataclasses import dataclass, replace

import pytest

from cie.consent.law import BOOK, Denial, Protection, Rule, Rulebook, Statute, decide, texts
from cie.consent.law.rule import Verdict
from tests.consent.law.cases import DecisionCase, decision_cases

CASES = decision_cases()
FLIPPABLE = [rule.id for rule in BOOK.rules]


def faults(case: DecisionCase, book: Rulebook = BOOK) -> list[str]:
    """What the rules answer otherwise than the case expects."""
    (answer,) = decide(case.question, book)
    found = []
    if (answer.permitted, answer.rule_id) != (case.permitted, case.rule):
        found.append(f"{'permit' if answer.permitted else 'deny'} by {answer.rule_id} {answer.missing}")
    if case.missing is not None and not case.missing <= set(answer.missing):
        found.append(f"missing: {answer.missing}")
    if case.obligations is not None and case.obligations != set(answer.obligations):
        found.append(f"obligations: {sorted(answer.obligations)}")
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.topic}: {case.name}")
def test_the_rules_answer_as_the_law_was_read(case):
    assert faults(case) == []


def test_the_table_is_large_and_full_of_conflicts():
    names = Counter(case.name for case in CASES)

    assert len(CASES) >= 250
    assert sum(len(case.conflict) >= 2 for case in CASES) >= 60
    assert [name for name, count in names.items() if count > 1] == []
    assert all(case.cites for case in CASES)


def test_each_case_names_rules_that_exist():
    named = {part for case in CASES for part in (*case.rule.split("+"), *case.conflict)}

    assert named <= set(texts())


def test_each_rule_has_its_words_and_each_words_their_rule():
    assert [rule.id for rule in BOOK.rules] == list(texts())


@dataclass(frozen=True)
class Flipped(Rule):
    """A rule that says the opposite: it denies where it kept silent, and passes over what it denied or permitted."""

    flipped: Rule

    def judge(self, case):
        spoke = self.flipped.judge(case) is not None
        return None if spoke else Verdict(permits=False, rule_id=self.id)


def flip(rule: Rule) -> Rule:
    if isinstance(rule, Statute):
        return replace(rule, applies=lambda case: not rule.applies(case))
    if isinstance(rule, Denial):
        return replace(rule, when=lambda case: not rule.when(case))
    if isinstance(rule, Protection):
        return replace(rule, concerns=lambda case: not rule.concerns(case))
    return Flipped(rule.id, rule.step, rule)


@pytest.mark.parametrize("code", FLIPPABLE)
def test_a_rule_turned_round_turns_one_of_its_own_cases_red(code):
    book = Rulebook(tuple(flip(rule) if rule.id == code else rule for rule in BOOK.rules))
    own = [case for case in CASES if code in (*case.rule.split("+"), *case.conflict)]

    assert own, "a rule without a case"
    assert any(faults(case, book) for case in own)
