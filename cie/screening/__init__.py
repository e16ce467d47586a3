"""Asking a person the questions of a standard instrument, and the needs that come of the answers.

An instrument is a FHIR Questionnaire, shown in its own words. A screening is saved as it goes and may be resumed.
Safety questions open only after the person said that they are alone and it is safe to talk; their answers stay on staff
screens. What the answers point to is proposed as a need; a worker confirms or dismisses it, the person says what they
wish. A need may also be entered without any screening.
"""

from cie.screening.answers import GivenAnswer, offers_refusal
from cie.screening.asking import (
    SectionProgress,
    SectionState,
    answer_safety_gate,
    findings_in,
    finish,
    get_screening,
    needs_from,
    questionnaire_of,
    save_section,
    screenings_of,
    section_answers,
    section_states,
    start_screening,
    to_ask_in_private,
)
from cie.screening.findings import Finding
from cie.screening.instruments import Instrument, Item, Option, Section
from cie.screening.loading import get_instrument, import_questionnaire, import_shipped, instrument_of, instruments
from cie.screening.models import Need, NeedStatus, QuestionnaireRow, SafetyGate, Screening, ScreeningStatus, Wish
from cie.screening.needs import (
    NeedDecision,
    add_need,
    confirm_need,
    dismiss_need,
    get_need,
    is_private,
    needs_of,
    set_wish,
    settle_needs,
)
from cie.screening.printing import AnswerLine, SectionSummary, Summary, summary
from cie.screening.safety import may_open, safety_findings, tells_of_danger

__all__ = [
    "AnswerLine",
    "Finding",
    "GivenAnswer",
    "Instrument",
    "Item",
    "Need",
    "NeedDecision",
    "NeedStatus",
    "Option",
    "QuestionnaireRow",
    "SafetyGate",
    "Screening",
    "ScreeningStatus",
    "Section",
    "SectionProgress",
    "SectionState",
    "SectionSummary",
    "Summary",
    "Wish",
    "add_need",
    "answer_safety_gate",
    "confirm_need",
    "dismiss_need",
    "findings_in",
    "finish",
    "get_instrument",
    "get_need",
    "get_screening",
    "import_questionnaire",
    "import_shipped",
    "instrument_of",
    "instruments",
    "is_private",
    "may_open",
    "needs_from",
    "needs_of",
    "offers_refusal",
    "questionnaire_of",
    "safety_findings",
    "save_section",
    "screenings_of",
    "section_answers",
    "section_states",
    "set_wish",
    "settle_needs",
    "start_screening",
    "summary",
    "tells_of_danger",
    "to_ask_in_private",
]
