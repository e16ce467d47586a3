"""What an organization asks of a person whom it serves: to answer, to read, to contact somebody, to say something.

Each task is answered on the person's own page, or written down for them by staff or by a program of the organization
that asked. Nobody else reads of it. The four kinds and their rules are those of HL7 SDOH Clinical Care, Task for
Patient.
"""

from cie.patient_tasks.answering import DECLINES, Answer, answer, cancel, fail, hold, mark_in_error, start
from cie.patient_tasks.asking import CATEGORIES, LONGEST_TEXT, RISK, Asked, ask, is_form, require_askable
from cie.patient_tasks.contacts import Contact, ContactLine, contacts_of, lines_of
from cie.patient_tasks.documents import NewDocument, document_of, open_document, open_file
from cie.patient_tasks.models import (
    DocumentPart,
    PatientTask,
    PatientTaskDocument,
    PatientTaskMove,
    PatientTaskPriority,
    PatientTaskReason,
)
from cie.patient_tasks.moving import LONGEST_REASON
from cie.patient_tasks.questions import (
    asks_in_private,
    begin_questions,
    finish_questions,
    instrument_of,
    open_sections,
    own_answers,
    save_answers,
)
from cie.patient_tasks.reading import get_task, own_tasks, still_waits, tasks_of
from cie.patient_tasks.states import (
    NEEDS_REASON,
    OPEN,
    TRANSITIONS,
    Party,
    PatientTaskKind,
    PatientTaskStatus,
    may_move,
)

__all__ = [
    "CATEGORIES",
    "DECLINES",
    "LONGEST_REASON",
    "LONGEST_TEXT",
    "NEEDS_REASON",
    "OPEN",
    "RISK",
    "TRANSITIONS",
    "Answer",
    "Asked",
    "Contact",
    "ContactLine",
    "DocumentPart",
    "NewDocument",
    "Party",
    "PatientTask",
    "PatientTaskDocument",
    "PatientTaskKind",
    "PatientTaskMove",
    "PatientTaskPriority",
    "PatientTaskReason",
    "PatientTaskStatus",
    "answer",
    "ask",
    "asks_in_private",
    "begin_questions",
    "cancel",
    "contacts_of",
    "document_of",
    "fail",
    "finish_questions",
    "get_task",
    "hold",
    "instrument_of",
    "is_form",
    "lines_of",
    "mark_in_error",
    "may_move",
    "open_document",
    "open_file",
    "open_sections",
    "own_answers",
    "own_tasks",
    "require_askable",
    "save_answers",
    "start",
    "still_waits",
    "tasks_of",
]
