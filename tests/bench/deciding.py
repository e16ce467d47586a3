"""What the rules of disclosure cost: CPU of one decision, and of the pages that ask them, with the rules and without.

Without: every fact is let go unasked, and no record is looked at; the facts are gathered all the same.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from statistics import median
from uuid import UUID, uuid4

from werkzeug.test import TestResponse

from cie.consent import law
from tests.bench.pages import Visitors
from tests.consent.law.cases import decision_cases

CONSENTS, FACTS, CALLS = 50, 9, 400
PAGES = ("check", "send")


def milliseconds_a_decision() -> float:
    """CPU of one decision over as many facts as a referral has, for a person with so many consents on record.

    Each case of the table that a consent decides gets its records again and again, replaced or ended, and is asked.
    """
    questions = [_crowded(case.question) for case in decision_cases() if case.rule == "consent"]
    return median(cpu(lambda question=each: law.decide(question)) for each in (questions * CALLS)[:CALLS]) * 1000


def _crowded(question: law.Question) -> law.Question:
    (item,), kept = question.items, list(question.records)
    old = [_older(kept[n % len(kept)], n, question.today) for n in range(CONSENTS - len(kept))]
    facts = [replace(item, code=f"fact-{n}") for n in range(FACTS)]
    return replace(question, items=facts, records=[*kept, *old])


def _older(record: law.ConsentRecord, number: int, today: date) -> law.ConsentRecord:
    """The same document of some day before, named for others in turn, so that most are looked at."""
    others: frozenset[UUID] = frozenset({uuid4()}) if number % 2 else record.recipient_ids
    return replace(record, id=uuid4(), given_on=today - timedelta(days=number), recipient_ids=others)


def cpu(act: Callable[[], object]) -> float:
    """Seconds of CPU."""
    start = time.process_time()
    act()
    return time.process_time() - start


def milliseconds_a_page(visitors: Visitors, calls: int) -> dict[str, tuple[float, float]]:
    """CPU of each page with the rules and without, in turn, by its name."""
    return {page: _with_and_without(getattr(visitors, page)(calls)) for page in PAGES}


def _with_and_without(calls: Iterator[Callable[[], TestResponse]]) -> tuple[float, float]:
    found: tuple[list[float], list[float]] = ([], [])
    for number, call in enumerate(calls):
        if number % 2:
            with without_rules():
                found[1].append(cpu(call))
        else:
            found[0].append(cpu(call))
    return median(found[0]) * 1000, median(found[1]) * 1000


@contextmanager
def without_rules() -> Iterator[None]:
    """Every fact is let go unasked meanwhile."""
    real = law.decide
    law.decide = lambda question, book=law.BOOK: [law.Answer(item, True, "consent") for item in question.items]
    try:
        yield
    finally:
        law.decide = real
