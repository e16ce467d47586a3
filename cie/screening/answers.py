"""What may be answered to a question, and the answers of a screening as they are kept: sealed, with their history."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from cie import events
from cie.access import Actor
from cie.errors import Invalid
from cie.screening.findings import Answer, Finding, findings_for
from cie.screening.instruments import Instrument, Item, Section
from cie.screening.models import Screening, ScreeningAnswer

LONGEST_TEXT = 1000

# "I choose not to answer this question": an instrument that offers it itself needs no second way to decline.
OWN_REFUSALS = frozenset({"LA30122-8"})


@dataclass(frozen=True)
class GivenAnswer:
    """What a person answered to one question.

    `codes` are those of its options, or what was typed where it has none; `declined` when they chose not to answer.
    With neither the question was left open, which is not a "no".
    """

    codes: tuple[str, ...] = ()
    declined: bool = False

    @property
    def is_given(self) -> bool:
        """Whether anything was said, be it that they do not want to answer."""
        return self.declined or bool(self.codes)

    @property
    def is_refusal(self) -> bool:
        """Whether they chose not to answer, in our words or in the instrument's own."""
        return self.declined or bool(OWN_REFUSALS.intersection(self.codes))


def offers_refusal(item: Item) -> bool:
    """Whether the instrument itself offers not to answer."""
    return any(option.code in OWN_REFUSALS for option in item.options)


def check_answers(section: Section, answers: Mapping[str, GivenAnswer]) -> None:
    """Refuse answers that the questions of the section do not have.

    Raises Invalid, one for each wrong answer, whose `field` is the linkId of the question.
    """
    items = {item.link_id: item for item in section.items}
    wrong = [
        Invalid(why, link_id)
        for link_id, answer in answers.items()
        if (why := _fault(items[link_id], answer) if link_id in items else "This question is not in this section")
    ]
    if wrong:
        raise Invalid.all(wrong)


def is_offered(item: Item, answer: GivenAnswer) -> bool:
    """Whether a question can be answered so."""
    return _fault(item, answer) is None


def _fault(item: Item, answer: GivenAnswer) -> str | None:
    """What is wrong with an answer, in words, or None."""
    if answer.declined and answer.codes:
        return "Choose an answer, or “Does not want to answer”, not both"
    if len(answer.codes) > 1 and not item.repeats:
        return "Choose one answer"
    alone = {option.code for option in item.options if option.exclusive} | OWN_REFUSALS
    if len(answer.codes) > 1 and alone.intersection(answer.codes):
        return "One of these answers stands alone. Choose it, or the others"
    return next((why for code in answer.codes if (why := _fault_of_one(item, code))), None)


def _fault_of_one(item: Item, code: str) -> str | None:
    if item.kind == "choice":
        return None if any(code == option.code for option in item.options) else "Choose an answer of the list"
    if len(code) > LONGEST_TEXT:
        return "Use at most 1000 characters"
    reads, why = _READS.get(item.kind, (str, ""))
    try:
        reads(code)
    except (ValueError, ArithmeticError):
        return why
    return None


def _read_yes_or_no(code: str) -> bool:
    if code not in ("true", "false"):
        raise ValueError(code)
    return code == "true"


def _read_number(code: str) -> Decimal:
    number = Decimal(code)
    if not number.is_finite():
        raise ValueError(code)
    return number


_READS: dict[str, tuple[Callable[[str], object], str]] = {
    "boolean": (_read_yes_or_no, "Choose yes or no"),
    "integer": (int, "Enter a whole number, like 3"),
    "decimal": (_read_number, "Enter a number, like 1200"),
    "quantity": (_read_number, "Enter a number, like 1200"),
    "date": (date.fromisoformat, "Enter a date, like 2026-05-12"),
    "dateTime": (datetime.fromisoformat, "Enter a date and a time, like 2026-05-12 14:30"),
}


def kept_answers(session: Session, screening: Screening) -> dict[str, GivenAnswer]:
    """Everything answered so far, safety questions included, by linkId."""
    return {row.link_id: _given(row.answer) for row in _rows(session, screening)}


def keep_answers(
    session: Session, actor: Actor, screening: Screening, answers: Mapping[str, GivenAnswer], *, at: datetime
) -> bool:
    """Store the answers; what another answer was before stays in the history. Returns whether anything changed."""
    before = {row.link_id: row for row in _rows(session, screening)}
    changed = False
    for link_id, given in answers.items():
        row = before.get(link_id)
        old = _given(row.answer) if row else GivenAnswer()
        if given == old:
            continue
        changed = True
        if row is None:
            row = ScreeningAnswer(
                organization_id=screening.organization_id, screening_id=screening.id, link_id=link_id, answered_at=at
            )
        else:
            events.changed(session, actor, row, {"answer": [_stored(old), _stored(given)]}, at=at)
        row.answer, row.answered_at = _stored(given), at
        session.add(row)
    session.flush()
    return changed


def findings_of(instrument: Instrument, answers: Mapping[str, GivenAnswer]) -> list[Finding]:
    """What the answers point to, results of scored sets included. `answers` are by linkId."""
    by_question = {
        item.code: Answer(item.code, answers[item.link_id].codes, answers[item.link_id].declined)
        for item in instrument.items
        if item.link_id in answers
    }
    return findings_for(instrument, by_question)


def _rows(session: Session, screening: Screening) -> list[ScreeningAnswer]:
    query = select(ScreeningAnswer).where(col(ScreeningAnswer.screening_id) == screening.id)
    return list(session.execute(query).scalars())


def _given(stored: dict[str, Any]) -> GivenAnswer:
    return GivenAnswer(tuple(stored["codes"]), stored["declined"])


def _stored(answer: GivenAnswer) -> dict[str, Any]:
    return {"codes": list(answer.codes), "declined": answer.declined}
