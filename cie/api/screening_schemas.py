"""The documents of screenings. Link ids, question codes and answer codes are those of the FHIR Questionnaire."""

from marshmallow import Schema, fields, validate

from cie.api.lists import Few
from cie.api.needs import NeedSchema
from cie.api.times import Instant
from cie.screening import SafetyGate, ScreeningStatus

MOST_ANSWERS, MOST_CODES, LONGEST = 300, 50, 1000


class OptionSchema(Schema):
    """One answer that may be chosen; an `exclusive` one stands alone."""

    system = fields.Str(required=True)
    code = fields.Str(required=True)
    display = fields.Str(required=True)
    exclusive = fields.Bool(required=True)


class QuestionSchema(Schema):
    """One question, in its own words, which must not be changed. No options: what was said is the code."""

    link_id = fields.Str(required=True)
    code = fields.Str(required=True, metadata={"description": "LOINC, where the question has one"})
    text = fields.Str(required=True)
    kind = fields.Str(required=True, metadata={"description": "FHIR item type: choice, open-choice, boolean, date"})
    repeats = fields.Bool(required=True, metadata={"description": "more than one answer may be given"})
    options = fields.List(fields.Nested(OptionSchema), required=True)


class SectionSchema(Schema):
    """Questions that belong together. Those of a `safety` section are asked in a talk alone, never on a screen."""

    link_id = fields.Str(required=True)
    title = fields.Str(required=True)
    safety = fields.Bool(required=True, metadata={"description": "never asked by text, link, portal or paper"})
    questions = fields.List(fields.Nested(QuestionSchema), attribute="items", required=True)


class InstrumentSchema(Schema):
    """A standard instrument in the version that is asked now. `copyright` is shown wherever its words are."""

    id = fields.UUID(required=True)
    code = fields.Str(required=True, metadata={"description": "LOINC code of the panel, where it has one"})
    version = fields.Str(required=True)
    title = fields.Str(required=True)
    language = fields.Str(required=True)
    copyright = fields.Str(required=True)
    sections = fields.List(fields.Nested(SectionSchema), required=True)


class NewAnswerSchema(Schema):
    """What was answered to one question; left out, the question has no answer, which is not a no."""

    link_id = fields.Str(required=True, validate=validate.Length(1, 100))
    codes = Few(
        fields.Str(validate=validate.Length(1, LONGEST)),
        most=MOST_CODES,
        load_default=list,
        metadata={"description": "of the options; true or false for a boolean; else what was said"},
    )
    declined = fields.Bool(load_default=False, metadata={"description": "the person chose not to answer"})


class NewScreeningSchema(Schema):
    """What a person answered in your system. Safety answers count only with the safety gate `safe`."""

    instrument_id = fields.UUID(required=True)
    answers = Few(fields.Nested(NewAnswerSchema), least=1, most=MOST_ANSWERS, required=True)
    safety_gate = fields.Enum(
        SafetyGate,
        by_value=True,
        load_default=None,
        allow_none=True,
        metadata={"description": "what they said when staff asked, in a talk: are you alone, and is it safe to talk?"},
    )
    asked_at = Instant(
        load_default=None, allow_none=True, metadata={"description": "when they were asked; now if left out"}
    )


class GivenAnswerSchema(Schema):
    """What was answered to one question."""

    link_id = fields.Str(required=True)
    code = fields.Str(required=True, metadata={"description": "of the question"})
    codes = fields.List(fields.Str(), required=True)
    declined = fields.Bool(required=True)


class DangerSchema(Schema):
    """Somebody may be in danger: the person on call was told. Show this to whoever is with them, at once."""

    on_call_name = fields.Str(required=True, allow_none=True)
    on_call_phone = fields.Str(required=True, allow_none=True)
    steps = fields.List(fields.Str(), required=True, metadata={"description": "your organization's own, in order"})


class ScreeningLineSchema(Schema):
    """One screening in a list."""

    id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    instrument_id = fields.UUID(required=True)
    instrument_code = fields.Str(required=True)
    instrument_version = fields.Str(required=True)
    status = fields.Enum(ScreeningStatus, by_value=True, required=True)
    asked_at = fields.AwareDateTime(required=True)
    completed_at = fields.AwareDateTime(required=True, allow_none=True)


class ScreeningSchema(ScreeningLineSchema):
    """One screening. What was answered about safety is not in it: that stays on the screens of staff."""

    answers = fields.List(fields.Nested(GivenAnswerSchema), required=True)
    needs = fields.List(
        fields.Nested(NeedSchema),
        required=True,
        allow_none=True,
        metadata={"description": "to which the answers point; null without api/needs.read"},
    )
    danger = fields.Nested(
        DangerSchema, allow_none=True, metadata={"description": "only in the answer to recording it; null if no danger"}
    )
