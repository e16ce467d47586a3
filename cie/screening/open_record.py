"""A screening without anything of safety: what programs may read of it, and what its open answers point to."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from cie.screening.answers import GivenAnswer, findings_of, kept_answers
from cie.screening.findings import Finding
from cie.screening.instruments import Instrument, Item
from cie.screening.loading import instrument_of
from cie.screening.models import QuestionnaireRow, Screening
from cie.screening.safety import safety_findings


@dataclass(frozen=True)
class OpenRecord:
    """`answers`: each question that is not about safety and has an answer, in order. `findings`: of these alone."""

    screening: Screening
    questionnaire: QuestionnaireRow
    instrument: Instrument
    answers: Sequence[tuple[Item, GivenAnswer]]
    findings: Sequence[Finding]


def open_record(session: Session, screening: Screening) -> OpenRecord:
    """What may be read of a screening by whoever may read it; what a section on safety holds is as if never asked."""
    questionnaire = session.get_one(QuestionnaireRow, screening.questionnaire_id)
    instrument = instrument_of(questionnaire)
    kept = kept_answers(session, screening)
    items = (item for section in instrument.sections if not section.safety for item in section.items)
    answers = [(item, kept[item.link_id]) for item in items if item.link_id in kept and kept[item.link_id].is_given]
    found = findings_of(instrument, {item.link_id: given for item, given in answers})
    of_safety = safety_findings(instrument, found)
    findings = [finding for finding in found if finding not in of_safety]
    return OpenRecord(screening, questionnaire, instrument, answers, findings)
