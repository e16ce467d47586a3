"""What may be printed of a screening: what was asked and answered, without anything about safety."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session

from cie.access import Actor
from cie.screening.answers import GivenAnswer, kept_answers
from cie.screening.asking import get_screening, needs_from, questionnaire_of
from cie.screening.instruments import Item, Section
from cie.screening.loading import instrument_of
from cie.screening.models import Need, NeedStatus, QuestionnaireRow, Screening
from cie.screening.needs import is_private

_OFF_PAPER = (NeedStatus.DISMISSED, NeedStatus.ENTERED_IN_ERROR)


@dataclass(frozen=True)
class AnswerLine:
    """One question and what was answered; empty and not declined means that it has no answer."""

    question: str
    answers: tuple[str, ...]
    declined: bool


@dataclass(frozen=True)
class SectionSummary:
    """A section that may be printed."""

    title: str
    lines: tuple[AnswerLine, ...]


@dataclass(frozen=True)
class Summary:
    """A screening as paper may show it."""

    screening: Screening
    questionnaire: QuestionnaireRow
    sections: tuple[SectionSummary, ...]
    needs: Sequence[Need]


def summary(session: Session, actor: Actor, screening_id: UUID) -> Summary:
    """The screening without its safety sections and without needs that would tell of them. Raises NotFound."""
    screening = get_screening(session, actor, screening_id)
    questionnaire = questionnaire_of(session, screening)
    answers = kept_answers(session, screening)
    sections = [section for section in instrument_of(questionnaire).sections if not section.safety]
    found = needs_from(session, actor, screening_id)
    needs = [need for need in found if need.status not in _OFF_PAPER and not is_private(need)]
    return Summary(screening, questionnaire, tuple(_section(section, answers) for section in sections), needs)


def _section(section: Section, answers: Mapping[str, GivenAnswer]) -> SectionSummary:
    lines = (_line(item, answers.get(item.link_id, GivenAnswer())) for item in section.items)
    return SectionSummary(section.title, tuple(lines))


def _line(item: Item, answer: GivenAnswer) -> AnswerLine:
    displays = {option.code: option.display for option in item.options}
    return AnswerLine(item.text, tuple(displays.get(code, code) for code in answer.codes), answer.declined)
