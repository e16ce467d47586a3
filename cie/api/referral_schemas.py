"""The documents of referrals. Codes are those of FHIR R4 where FHIR has them."""

from typing import Any

from marshmallow import Schema, fields, validate

from cie.api.code_list_schemas import ReportedSchema
from cie.api.lists import Few
from cie.api.times import Day, Instant
from cie.participants import Program
from cie.referrals import (
    NOT_SHARED,
    Closing,
    ContactMethod,
    Enrollment,
    Kind,
    PersonWord,
    Reason,
    ReferralStatus,
    ResultKind,
    Side,
    TaskStatus,
    Urgency,
)

MOST_SERVICES, MOST_ROWS = 10, 200


class RequestSchema(Schema):
    """What is asked, of which services: one gets the whole referral, several an offer without a name."""

    person_id = fields.UUID(required=True)
    need_code = fields.Str(required=True)
    need_id = fields.UUID(load_default=None, allow_none=True)
    urgency = fields.Enum(Urgency, by_value=True, required=True)
    service_ids = Few(fields.UUID(), least=1, most=MOST_SERVICES, required=True)
    message = fields.Str(load_default=None, allow_none=True)
    in_order = fields.Bool(load_default=False)
    at_person_request = fields.Bool(load_default=False)
    replaces_id = fields.UUID(load_default=None, allow_none=True)


class SendSchema(RequestSchema):
    """A request that is sent. `previewed`: the marks of the previews, in the order of the services."""

    previewed = Few(fields.Str(), most=MOST_SERVICES, load_default=None, allow_none=True)


class ElementSchema(Schema):
    """One fact with its literal value."""

    element = fields.Str(required=True)
    category = fields.Str(required=True)
    value = fields.Raw(required=True)


class DutySchema(Schema):
    """What binds whoever reads the record. Keep the statement with it wherever it goes: 42 CFR 2.32."""

    code = fields.Str(required=True)
    statement = fields.Str(required=True)


class WithheldSchema(Schema):
    """A fact that stays, and why. `code` is always `cannot-share`."""

    element = fields.Str(required=True)
    code = fields.Str(required=True)
    rule = fields.Str(required=True)
    reason = fields.Str(required=True)
    source = fields.Str(required=True)
    remedy = fields.Str(required=True)


class PreviewSchema(Schema):
    """Exactly what one receiver would see from the moment of sending, or why nothing would go there."""

    service_id = fields.UUID(required=True)
    recipient_id = fields.UUID(required=True, allow_none=True)
    recipient_name = fields.Str(required=True)
    may_send = fields.Bool(required=True)
    mark = fields.Str(required=True)
    shares = fields.List(fields.Nested(ElementSchema), required=True)
    duties = fields.List(fields.Nested(DutySchema), required=True)
    withholds = fields.List(fields.Nested(WithheldSchema), required=True)
    refusal = fields.Nested(WithheldSchema, allow_none=True, required=True)


class PreviewsSchema(Schema):
    """One for each service, in the order in which they were named."""

    previews = fields.List(fields.Nested(PreviewSchema), required=True)


class TaskSchema(Schema):
    """What one organization is asked to do (FHIR Task)."""

    id = fields.UUID(required=True)
    status = fields.Enum(
        TaskStatus,
        by_value=True,
        required=True,
        allow_none=True,
        metadata={"description": "null: answered, not shared"},
    )
    details_shared = fields.Bool(required=True, metadata={"description": "false: how it ended is not shared"})
    reason = fields.Enum(Reason, by_value=True, allow_none=True)
    performer_id = fields.UUID(required=True)
    performer_name = fields.Str(required=True)
    service_id = fields.UUID(required=True)
    service_name = fields.Str(required=True)
    position = fields.Int(metadata={"description": "in which order it is asked; told to its sender"})
    is_offer = fields.Bool()
    proposed_service_id = fields.UUID(allow_none=True)
    requested_at = fields.AwareDateTime(allow_none=True)
    answered_at = fields.AwareDateTime(allow_none=True)
    ended_at = fields.AwareDateTime(allow_none=True)
    waitlist_until = fields.Date(allow_none=True)
    hold_until = fields.Date(allow_none=True)
    due_at = fields.AwareDateTime(allow_none=True)
    told_by_voice = fields.Bool()
    version = fields.Int()


class EntrySchema(Schema):
    """Words: to the other side, for one's own organization alone, or the reason of an answer."""

    id = fields.UUID(required=True)
    task_id = fields.UUID(allow_none=True)
    organization_id = fields.UUID(required=True)
    kind = fields.Str(required=True)
    text = fields.Str(required=True)
    written_at = fields.AwareDateTime(required=True)


class AttemptSchema(Schema):
    """One try to reach the person."""

    id = fields.UUID(dump_only=True)
    task_id = fields.UUID(dump_only=True)
    method = fields.Enum(ContactMethod, by_value=True, required=True)
    reached = fields.Bool(required=True)
    minutes = fields.Int(strict=True, load_default=None, allow_none=True)
    happened_at = Instant(required=True)


class EnrollmentSchema(Schema):
    """Where the person stands with a program. `since_on`: today, unless said."""

    program = fields.Enum(Program, by_value=True, required=True)
    status = fields.Enum(Enrollment, by_value=True, required=True)
    since_on = Day(load_default=None, allow_none=True)


class TaskResultSchema(Schema):
    """What came of a task: an enrollment, what was found, what was done. `title`: what it is about, in words."""

    id = fields.UUID(required=True)
    task_id = fields.UUID(required=True)
    organization_id = fields.UUID(required=True)
    kind = fields.Enum(ResultKind, by_value=True, required=True)
    program = fields.Enum(Program, by_value=True, required=True, allow_none=True)
    status = fields.Enum(Enrollment, by_value=True, required=True, allow_none=True)
    since_on = fields.Date(required=True, allow_none=True)
    title = fields.Str(required=True)
    given_at = fields.AwareDateTime(required=True)


class WordSchema(Schema):
    """What the person said, and through which door it came."""

    word = fields.Enum(PersonWord, by_value=True, required=True)
    door = fields.Str(required=True)
    said_at = fields.AwareDateTime(required=True)


class SharedSchema(Schema):
    """What may be read of the person through a task at this moment; empty when there are no further updates."""

    task_id = fields.UUID(required=True)
    data_set = fields.Str(required=True)
    elements = fields.Dict(keys=fields.Str(), required=True)


def _closing() -> Any:
    about = {"description": "a reason of Closing, or not-shared", "enum": [*Closing, NOT_SHARED, None]}
    return fields.Str(allow_none=True, metadata=about)


def _dhcs() -> Any:
    about = "for a plan or county that sent it; null where what is known has no word in the list"
    return fields.Nested(ReportedSchema, allow_none=True, metadata={"description": about})


class ReferralSchema(Schema):
    """One referral. The sender (`requester`) reads the loop, a side that was asked (`performer`) its own part of it."""

    id = fields.UUID(required=True)
    side = fields.Enum(Side, by_value=True, required=True)
    requester_id = fields.UUID(required=True)
    person_id = fields.UUID()
    need_code = fields.Str()
    title = fields.Str()
    kind = fields.Enum(Kind, by_value=True)
    urgency = fields.Enum(Urgency, by_value=True)
    status = fields.Enum(ReferralStatus, by_value=True, allow_none=True)
    masked = fields.Bool()
    in_order = fields.Bool()
    at_person_request = fields.Bool()
    replaces_id = fields.UUID(allow_none=True)
    follow_up_on = fields.Date(allow_none=True)
    message = fields.Str(allow_none=True)
    created_at = fields.AwareDateTime()
    first_sent_at = fields.AwareDateTime(allow_none=True)
    closed_at = fields.AwareDateTime(allow_none=True)
    closing = _closing()
    dhcs = _dhcs()
    person_words = fields.List(fields.Nested(WordSchema))
    shared = fields.List(fields.Nested(SharedSchema))
    duties = fields.List(fields.Nested(DutySchema), required=True)
    tasks = fields.List(fields.Nested(TaskSchema), required=True)
    entries = fields.List(fields.Nested(EntrySchema), required=True)
    contact_attempts = fields.List(fields.Nested(AttemptSchema), required=True)
    results = fields.List(fields.Nested(TaskResultSchema), required=True)
    version = fields.Int(required=True)


class LineSchema(Schema):
    """One referral in a list: what changed last and, for its sender, how far the loop is. Read it to know more."""

    id = fields.UUID(required=True)
    task_id = fields.UUID(required=True, allow_none=True)
    side = fields.Enum(Side, by_value=True, required=True)
    changed_at = fields.AwareDateTime(required=True)
    change = fields.Str(required=True)
    status = fields.Enum(
        ReferralStatus, by_value=True, required=True, allow_none=True, metadata={"description": "null: not its sender"}
    )
    closing = _closing()
    dhcs = _dhcs()


class LinesSchema(Schema):
    """One page of a list. `next`: the cursor of the next page; keep the last one to ask later for what is new."""

    items = fields.List(fields.Nested(LineSchema), required=True)
    next = fields.Str(required=True, allow_none=True)
    cursor = fields.Str(required=True)


class ListSchema(Schema):
    """What the list holds: oldest change first."""

    updated_since = Instant(load_default=None)
    side = fields.Enum(Side, by_value=True, load_default=None)
    status = fields.Enum(
        ReferralStatus,
        by_value=True,
        load_default=None,
        metadata={"description": "of loops that you sent; one with a protected service is in none of these lists"},
    )
    cursor = fields.Str(load_default="")
    limit = fields.Int(load_default=50, validate=validate.Range(1, MOST_ROWS))


class MessageSchema(Schema):
    """Words to the other side of a task."""

    text = fields.Str(required=True)


class AnswerSchema(Schema):
    """An answer of the one asked. `version` of the task that was seen; without it the newest is answered."""

    answer = fields.Str(
        required=True,
        validate=validate.OneOf(["accept", "reject", "waitlist", "start", "hold", "complete", "fail", "cancel"]),
    )
    reason = fields.Enum(Reason, by_value=True, load_default=None, allow_none=True)
    words = fields.Str(load_default=None, allow_none=True)
    until = Day(load_default=None, allow_none=True)
    proposed_service_id = fields.UUID(load_default=None, allow_none=True)


class ClosureSchema(Schema):
    """How the loop ended."""

    closing = fields.Enum(Closing, by_value=True, required=True)
