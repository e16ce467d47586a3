"""What the answers to a screening point to: needs to talk about, never diagnoses.

The table in `seed_data/findings.json` is keyed by question and answer together, and by instrument where instruments
share a question: "Yes" is good news to one question and bad news to another. Codes are proposals (the Gravity value
sets of each domain) that a worker confirms or dismisses; null where no code says what the answer says without adding
a cause. An answer that was declined, not known or not given points to nothing, and is never a "no".
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from cie.resources import resource
from cie.screening.instruments import Instrument

# at-risk, no-risk and none (no result) are of the Hunger Vital Sign; positive, no-risk and incomplete of HITS;
# a row of the table is always positive.
Result = Literal["at-risk", "no-risk", "none", "incomplete", "positive"]


@dataclass(frozen=True)
class Answer:
    """What a person answered to one question, as codes; `declined` when they chose not to."""

    question: str
    codes: tuple[str, ...] = ()
    declined: bool = False


@dataclass(frozen=True)
class Finding:
    """One thing the answers point to, or the result of a scored set of questions.

    `concerns` names the questions that staff should see whatever the result; `score` is the HITS total (4 to 20).
    """

    need: str
    domain: str
    question: str
    codes: tuple[str, ...]
    icd10: str | None
    snomed: str | None
    result: Result
    concerns: tuple[str, ...] = ()
    score: int | None = None

    @property
    def is_positive(self) -> bool:
        """Whether it proposes a need."""
        return self.result in {"at-risk", "positive"}


def need_codes() -> tuple[str, ...]:
    """Every need that a finding or a worker may name."""
    return tuple(_table()["needs"])


def findings_for(instrument: Instrument, answers: Mapping[str, Answer]) -> list[Finding]:
    """What the answers point to, in the order of the questions. `answers` are by question code."""
    asked = {item.code for item in instrument.items}
    given = {code: _codes(answers.get(code)) for code in asked}
    found = [
        finding
        for item in instrument.items
        for code in given[item.code]
        for finding in _rows(instrument.code, item.code, code)
    ]
    if asked.issuperset(_table()["hunger_vital_sign"]["questions"]):
        found.append(_hunger_vital_sign(instrument.code, given))
    if asked.issuperset(_table()["hits"]["questions"]):
        found.append(_hits(given))
    return found


def computed_codes() -> frozenset[str]:
    """The open questions that nobody answers, since the answers to others give their result."""
    return frozenset({_table()["hunger_vital_sign"]["result"]})


def domains_of(instrument: str, question: str, code: str | None) -> tuple[str, ...]:
    """What an answer to a question is about, as SDOH domains; empty when nothing says it.

    An answer that points to a need is about the domain of that; any other one about all to which its question may.
    """
    rows = [
        row for row in _table()["findings"] if row["question"] == question and row["instrument"] in (instrument, None)
    ]
    exact = [row["domain"] for row in rows if row["answer"] == code]
    rule = _table()["hunger_vital_sign"]
    scored = [next(_rows(instrument, rule["result"], rule["at_risk"])).domain] if question in rule["questions"] else []
    told = exact or [row["domain"] for row in rows] or scored or [_table()["topics"].get(question)]
    return tuple(dict.fromkeys(domain for domain in told if domain))


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(resource("seed_data", "findings.json").read_text(encoding="utf-8"))
    table["by_pair"] = {(row["instrument"], row["question"], row["answer"]): row for row in table["findings"]}
    return table


def _codes(answer: Answer | None) -> tuple[str, ...]:
    """The codes that say something: none when the answer is missing, declined or not known."""
    if answer is None or answer.declined:
        return ()
    return tuple(code for code in answer.codes if code not in _table()["no_answer"])


def _rows(instrument: str, question: str, code: str) -> Iterator[Finding]:
    """The row for this answer to this question in this instrument, else in any."""
    pairs = _table()["by_pair"]
    row = pairs.get((instrument, question, code)) or pairs.get((None, question, code))
    if row:
        yield Finding(row["need"], row["domain"], question, (code,), row["icd10"], row["snomed"], "positive")


def _hunger_vital_sign(instrument: str, given: Mapping[str, tuple[str, ...]]) -> Finding:
    """Food insecurity (LOINC 88124-3): one "often" or "sometimes" is at risk, two "never" are no risk.

    Anything else is no result: silence on one question does not clear the other. Hager et al. 2010.
    """
    rule = _table()["hunger_vital_sign"]
    row = next(_rows(instrument, rule["result"], rule["at_risk"]))
    yes = tuple(question for question in rule["questions"] if set(given[question]) & set(rule["positive"]))
    never = all(given[question] and set(given[question]) <= set(rule["negative"]) for question in rule["questions"])
    if yes:
        codes = (rule["at_risk"],)
        return Finding(row.need, row.domain, row.question, codes, row.icd10, row.snomed, "at-risk", concerns=yes)
    if never:
        return Finding(row.need, row.domain, row.question, (rule["no_risk"],), None, None, "no-risk")
    return Finding(row.need, row.domain, row.question, (), None, None, "none")


def _hits(given: Mapping[str, tuple[str, ...]]) -> Finding:
    """Interpersonal safety (LOINC 95614-4): four answers of 1 to 5; a total of 11 or more is positive (CMS, AHC tool).

    It is totalled only when all four were answered, since a part of the sum would look like a low one.
    """
    rule = _table()["hits"]
    points = rule["scores"]
    scores = {question: points[code] for question in rule["questions"] for code in given[question] if code in points}
    concerns = tuple(question for question, score in scores.items() if score > rule["concern_above"])
    complete = len(scores) == len(rule["questions"])
    total = sum(scores.values()) if complete else None
    positive = total is not None and total >= rule["positive_from"]
    result: Result = "positive" if positive else "no-risk" if complete else "incomplete"
    icd10, snomed = (rule["icd10"], rule["snomed"]) if positive else (None, None)
    return Finding(rule["need"], rule["domain"], rule["result"], (), icd10, snomed, result, concerns, total)
