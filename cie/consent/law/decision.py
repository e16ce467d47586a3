"""The decision: for each item the first rule that speaks, why, on what basis, and what must go with it.

A pure function of the question and the rules. A rule stands in the book or it is not applied.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from cie.consent.law import denials, person, protections
from cie.consent.law.consenting import CONSENT, MINOR, NO_CONSENT, SCOPE, counting
from cie.consent.law.question import Item, Network, Question
from cie.consent.law.rule import Case, Obligation, Rule, Rulebook, Statute, Step, Verdict, speaking
from cie.consent.law.statutes import STATUTES
from cie.participants.models import HipaaRole

BOOK = Rulebook(
    (
        *denials.NETWORK,
        denials.PART2_ROLE,
        *protections.FEDERAL,
        protections.VAWA,
        denials.VAWA_INBOUND,
        protections.VICTIM_INFORMATION,
        denials.AB352_STATE,
        *protections.STATE,
        *person.RULES,
        *STATUTES,
        MINOR,
        NO_CONSENT,
        *protections.OF_A_CONSENT,
        CONSENT,
        SCOPE,
    )
)
"""Every rule, in the order in which it is asked."""
BY_DEFAULT = Verdict(permits=False, rule_id="")
"""Where no rule speaks, nothing goes."""


@dataclass(frozen=True)
class Answer:
    """What may become of one item: permitted or not, by which rule, resting on what, and with which duties."""

    item: Item
    permitted: bool
    rule_id: str
    missing: tuple[str, ...] = ()
    record_ids: tuple[UUID, ...] = ()
    obligations: frozenset[Obligation] = frozenset()


def decide(question: Question, book: Rulebook = BOOK) -> list[Answer]:
    """One answer for each item, in order. Items that tell the same kinds of things are judged once."""
    judged: dict[Item, Answer] = {}
    records = speaking(question)
    for item in question.items:
        alike = _nameless(item)
        if alike not in judged:
            judged[alike] = _judge(Case(question, alike, book, records))
    return [_of(item, judged[_nameless(item)]) for item in question.items]


def carried_by(question: Question, item: Item) -> frozenset[UUID]:
    """The consents each of which would let one item go by itself, also where a statute does."""
    return frozenset(record.id for record in counting(Case(question, item, BOOK, speaking(question))))


def _nameless(item: Item) -> Item:
    return Item("", item.category, item.about, item.program, item.is_needed)


def _of(item: Item, answer: Answer) -> Answer:
    return Answer(item, answer.permitted, answer.rule_id, answer.missing, answer.record_ids, answer.obligations)


def _judge(case: Case) -> Answer:
    verdict = next(_verdicts(case), BY_DEFAULT)
    duties = _obligations(case, verdict) if verdict.permits else frozenset()
    return Answer(case.item, verdict.permits, verdict.rule_id, verdict.missing, verdict.record_ids, duties)


def _verdicts(case: Case) -> Iterator[Verdict]:
    """The words of all rules that speak, in order."""
    for step in _steps(case.question.network):
        if step == Step.STATUTE:
            if verdict := _by_statute(case):
                yield verdict
            continue
        for rule in case.book.rules:
            if rule.step == step and rule.is_in_effect(case.question) and (verdict := rule.judge(case)):
                yield verdict


def _steps(network: Network) -> list[Step]:
    """The person's no goes before any statute, unless counsel of the network recorded otherwise."""
    order = list(Step)
    if network.statute_before_no:
        order[Step.PERSON], order[Step.STATUTE] = Step.STATUTE, Step.PERSON
    return order


def _by_statute(case: Case) -> Verdict | None:
    """Statutes permit when one applies and together they stand above every law that guards the item."""
    if not case.statutes or not all(case.is_lifted(guard) for guard in case.guards):
        return None
    return Verdict(permits=True, rule_id="+".join(statute.id for statute in _needed(case)))


def _needed(case: Case) -> list[Statute]:
    guarding = {guard.id for guard in case.guards}
    return [statute for statute in case.statutes if statute.lifts & guarding] or case.statutes[:1]


def _obligations(case: Case, verdict: Verdict) -> frozenset[Obligation]:
    """The duties of every law that concerns the item, and of the statutes that let it go.

    The scope of a consent goes along only where a consent let it go: 42 CFR 2.32(b).
    """
    used: list[Rule] = [rule for rule in case.statutes if rule.id in verdict.rule_id.split("+")]
    by_consent = verdict.rule_id == CONSENT.id
    duties = {duty for guard in case.guards if by_consent or guard.id != "cmia" for duty in guard.obligations}
    duties -= frozenset() if by_consent else {Obligation.PART2_SCOPE}
    duties |= {duty for statute in used if isinstance(statute, Statute) for duty in statute.obligations}
    if any(guard.id == "hipaa" for guard in case.guards) and case.question.recipient.hipaa == HipaaRole.NEITHER:
        duties.add(Obligation.MAY_NOT_BE_BOUND)
    return frozenset(duties)
