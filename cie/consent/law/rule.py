"""What a rule is: a small unit that denies, permits or keeps silent about one item."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import cached_property
from uuid import UUID

from cie.consent.law.question import Item, Question
from cie.consent.law.record import WRITTEN, ConsentRecord
from cie.consent.law.signers import may_sign
from cie.consent.law.text import text_of


class Step(IntEnum):
    """The order in which rules are asked; before the statutes comes the person's own no."""

    NETWORK = 0
    FEDERAL = 1
    VICTIM_SERVICES = 2
    STATE = 3
    PERSON = 4
    STATUTE = 5
    CONSENT = 6


class Obligation(StrEnum):
    """What must go with data that is permitted."""

    PART2_NOTICE = "part2-notice"
    PART2_SCOPE = "part2-scope"
    PART2_EMERGENCY_RECORD = "part2-emergency-record"
    NO_REDISCLOSURE = "no-redisclosure"
    MAY_NOT_BE_BOUND = "may-not-be-bound"


@dataclass(frozen=True)
class Verdict:
    """The word of a rule. `missing`: what the consent that comes nearest still lacks, by code."""

    permits: bool
    rule_id: str
    missing: tuple[str, ...] = ()
    record_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class Case:
    """One item of a question, with what all rules look at again and again.

    `speaking`: the records in force that the person meant for the other side, newest first.
    """

    question: Question
    item: Item
    book: "Rulebook"
    speaking: Sequence[ConsentRecord]

    @cached_property
    def covering(self) -> list[ConsentRecord]:
        """Every yes in force whose scope holds this item, whoever signed it and whatever special laws ask."""
        return [record for record in self.speaking if self.covers(record)]

    @cached_property
    def signed(self) -> list[ConsentRecord]:
        """Those of them that somebody signed who may, for all that the item tells."""
        return [record for record in self.covering if self.is_signed(record)]

    @cached_property
    def statutes(self) -> list["Statute"]:
        """The statutes that apply, in their order."""
        return [s for s in self.book.statutes if s.is_in_effect(self.question) and s.applies(self)]

    @cached_property
    def guards(self) -> list["Protection"]:
        """The protections that concern this item."""
        return [p for p in self.book.protections if p.is_in_effect(self.question) and p.concerns(self)]

    def is_lifted(self, protection: "Protection") -> bool:
        """Whether a statute that applies stands above this protection."""
        return any(protection.id in statute.lifts for statute in self.statutes)

    def is_signed(self, record: ConsentRecord) -> bool:
        """Whether the one who signed may sign for all that the item tells."""
        return may_sign(record, self.question.person, self.item.kinds, self.question.today)

    def covers(self, record: ConsentRecord) -> bool:
        """Whether a yes is about this purpose and all that the item tells, on a form that is for this person."""
        is_named = self.item.program is None or self.item.program in record.programs
        is_theirs = self.question.person.in_medi_cal or not record.form.medi_cal_only
        is_wide = self.item.kinds <= record.categories and self.question.purpose in record.purposes
        return record.is_yes and is_named and is_wide and is_theirs


def is_meant(question: Question, record: ConsentRecord) -> bool:
    """Whether the person meant the other side."""
    return record.is_about(question.other.id, treats=question.other.treats)


def speaking(question: Question) -> list[ConsentRecord]:
    """The records in force that the person meant for the other side, newest first."""
    return [r for r in question.records if r.holds(question.today) and is_meant(question, r)]


When = Callable[[Case], bool]
Demand = Callable[[Case, ConsentRecord], Sequence[str]]


@dataclass(frozen=True)
class Rule:
    """Anything that can be asked about one item; None means that it has nothing to say. The text is data, by id."""

    id: str
    step: Step

    def is_in_effect(self, question: Question) -> bool:
        """Whether the law is in effect on the day of the question."""
        return text_of(self.id).is_in_effect(question.today)

    def judge(self, case: Case) -> Verdict | None:
        """The word of this rule about one item; statutes have none of their own, since they answer together."""
        return None


@dataclass(frozen=True)
class Denial(Rule):
    """A rule that says no when something holds."""

    when: When

    def judge(self, case: Case) -> Verdict | None:
        return Verdict(permits=False, rule_id=self.id) if self.when(case) else None


@dataclass(frozen=True)
class Protection(Rule):
    """A law that guards some data: it goes only with a record that lacks nothing, or when a statute lifts this law.

    One of the last step asks something of a consent, and is silent where none covers the item; all others also ask
    that somebody signed who may.
    `demands` are asked of a record; each answers with the codes of what the record lacks.
    """

    concerns: When
    demands: tuple[Demand, ...] = ()
    written: bool = False
    obligations: frozenset[Obligation] = frozenset()

    def judge(self, case: Case) -> Verdict | None:
        if self not in case.guards or case.is_lifted(self):
            return None
        lacking = [self.lacks(case, record) for record in self._asked(case)]
        if not all(lacking) or (self.step == Step.CONSENT and not lacking):
            return None
        return Verdict(permits=False, rule_id=self.id, missing=min(lacking, key=len, default=()))

    def _asked(self, case: Case) -> Sequence[ConsentRecord]:
        return case.signed if self.step == Step.CONSENT else case.covering

    def lacks(self, case: Case, record: ConsentRecord) -> tuple[str, ...]:
        """What this record would still need, in the order of the demands; empty when it is good for this law."""
        found = [] if self.id in record.form.satisfies else ["form"]
        if self.step != Step.CONSENT and record not in case.signed:
            found.append("signer")
        if self.written and record.method not in WRITTEN:
            found.append("written")
        return (*found, *(code for demand in self.demands for code in demand(case, record)))


@dataclass(frozen=True)
class Statute(Rule):
    """A law that lets data go without a consent. `lifts`: the protections that it stands above."""

    applies: When
    lifts: frozenset[str]
    obligations: frozenset[Obligation] = frozenset()


@dataclass(frozen=True)
class Rulebook:
    """All rules in the order in which they are asked, and the statutes, which answer together."""

    rules: tuple[Rule, ...]

    @cached_property
    def protections(self) -> tuple[Protection, ...]:
        return tuple(rule for rule in self.rules if isinstance(rule, Protection))

    @cached_property
    def statutes(self) -> tuple[Statute, ...]:
        return tuple(rule for rule in self.rules if isinstance(rule, Statute))
