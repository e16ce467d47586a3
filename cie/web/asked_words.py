"""What we ask of a person, in words for staff: the kinds, where each stands, and whether a text tells of it."""

from cie import patient_tasks
from cie.messaging import NoText
from cie.patient_tasks import Asked, PatientTask, PatientTaskKind, PatientTaskStatus
from cie.web.language import lazy_gettext

KINDS = {
    PatientTaskKind.QUESTION: lazy_gettext("A question"),
    PatientTaskKind.MATERIAL: lazy_gettext("Something to read"),
    PatientTaskKind.CONTACT: lazy_gettext("Somebody to contact"),
    PatientTaskKind.QUESTIONNAIRE: lazy_gettext("The questions of a screening"),
}
A_FORM = lazy_gettext("A form to fill in")
TITLES = {
    PatientTaskKind.QUESTION: lazy_gettext("A question for you"),
    PatientTaskKind.MATERIAL: lazy_gettext("Something to read"),
    PatientTaskKind.CONTACT: lazy_gettext("Somebody to contact"),
    PatientTaskKind.QUESTIONNAIRE: lazy_gettext("Some questions to answer"),
}
"""What each kind is called where others may look on."""
A_FORM_FOR_YOU = lazy_gettext("A form for you")
CATEGORIES = {
    "application-questionnaire": lazy_gettext("To apply for something"),
    "feedback-questionnaire": lazy_gettext("To hear how it went for them"),
    "personal-characteristics-questionnaire": lazy_gettext("To know who they are"),
    "risk-questionnaire": lazy_gettext("To know what they need"),
    "other-specify": lazy_gettext("For something else"),
}
"""What a form is for."""
STATES = {
    PatientTaskStatus.READY: lazy_gettext("Waiting for them"),
    PatientTaskStatus.IN_PROGRESS: lazy_gettext("They began"),
    PatientTaskStatus.ON_HOLD: lazy_gettext("Paused"),
    PatientTaskStatus.COMPLETED: lazy_gettext("Done"),
    PatientTaskStatus.FAILED: lazy_gettext("It could not be done"),
    PatientTaskStatus.CANCELLED: lazy_gettext("Not asked any more"),
    PatientTaskStatus.ENTERED_IN_ERROR: lazy_gettext("Asked by mistake"),
}
NO_TEXT = {
    NoText.NO_LINK: lazy_gettext("No text goes: they have no page by link. Make one, or tell them when you talk."),
    NoText.NO_PHONE: lazy_gettext(
        "No text goes: no phone of their own may be texted, or none is safe. Tell them when you talk."
    ),
    NoText.PAUSED: lazy_gettext("No text goes: texts to them are paused. Tell them when you talk."),
    NoText.TOLD: lazy_gettext("No second text goes: one in the last day stands for all that waits."),
}
A_TEXT = lazy_gettext(
    "A text with their link goes to them, and one more after three days if they did not answer. "
    "It says that something waits, and not what."
)


def kind_words(task: PatientTask) -> str:
    """What was asked, by its kind."""
    return str(A_FORM if patient_tasks.is_form(task) else KINDS[task.kind])


def title_words(asked: PatientTask | Asked) -> str:
    """What the person reads where others may look on."""
    return str(A_FORM_FOR_YOU if patient_tasks.is_form(asked) else TITLES[asked.kind])


def text_words(reason: NoText | None) -> str:
    """Whether a text tells the person that something waits, and why not."""
    return str(NO_TEXT[reason] if reason else A_TEXT)
