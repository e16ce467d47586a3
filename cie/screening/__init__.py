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
from cie.screening.correcting import (
    Correction,
    correct_screening,
    mark_mistake,
    needs_that_stay,
    preview_correction,
)
from cie.screening.findings import Finding, computed_codes, domains_of
from cie.screening.instruments import STAFF_ONLY, Instrument, Item, Option, Section, loinc_check_digit
from cie.screening.loading import get_instrument, import_questionnaire, import_shipped, instrument_of, instruments
from cie.screening.models import Need, NeedStatus, QuestionnaireRow, SafetyGate, Screening, ScreeningStatus, Wish
from cie.screening.needs import (
    NeedDecision,
    add_need,
    confirm_need,
    dismiss_need,
    get_need,
    is_private,
    mark_need_mistake,
    needs_of,
    resolve_need,
    set_wish,
    settle_needs,
)
from cie.screening.open_record import OpenRecord, open_record
from cie.screening.printing import AnswerLine, SectionSummary, Summary, summary
from cie.screening.recording import LATEST_AFTER, latest_answers, open_answers, record_screening, speaks_of_danger
from cie.screening.safety import is_about_safety, may_open, safety_findings, tells_of_danger

__all__ = [
    "LATEST_AFTER",
    "STAFF_ONLY",
    "AnswerLine",
    "Correction",
    "Finding",
    "GivenAnswer",
    "Instrument",
    "Item",
    "Need",
    "NeedDecision",
    "NeedStatus",
    "OpenRecord",
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
    "computed_codes",
    "confirm_need",
    "correct_screening",
    "dismiss_need",
    "domains_of",
    "findings_in",
    "finish",
    "get_instrument",
    "get_need",
    "get_screening",
    "import_questionnaire",
    "import_shipped",
    "instrument_of",
    "instruments",
    "is_about_safety",
    "is_private",
    "latest_answers",
    "loinc_check_digit",
    "mark_mistake",
    "mark_need_mistake",
    "may_open",
    "needs_from",
    "needs_of",
    "needs_that_stay",
    "offers_refusal",
    "open_answers",
    "open_record",
    "preview_correction",
    "questionnaire_of",
    "record_screening",
    "resolve_need",
    "safety_findings",
    "save_section",
    "screenings_of",
    "section_answers",
    "section_states",
    "set_wish",
    "settle_needs",
    "speaks_of_danger",
    "start_screening",
    "summary",
    "tells_of_danger",
    "to_ask_in_private",
]
