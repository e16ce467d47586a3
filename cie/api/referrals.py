"""Referrals: showing what would be seen, sending, answering, writing to the other side, closing, and what changed."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from flask import Response, g
from sqlmodel import Session

from cie import referrals
from cie.access import Permission
from cie.api.asking import FieldsSchema, answer, once, seen_version_if_any
from cie.api.blueprint import Part
from cie.api.code_list_schemas import CodeListSchema
from cie.api.opening import for_token
from cie.api.referral_record import duties_said, lines_of, record_of
from cie.api.referral_schemas import (
    AnswerSchema,
    AttemptSchema,
    ClosureSchema,
    EnrollmentSchema,
    LinesSchema,
    ListSchema,
    MessageSchema,
    PreviewsSchema,
    ReferralSchema,
    RequestSchema,
    SendSchema,
)
from cie.calendar import local_day
from cie.consent import Refusal, Withheld
from cie.db import reading
from cie.errors import Invalid, NotFound
from cie.referrals import NewResult, Preview, Request, ResultKind
from cie.referrals.queries import Seen

blueprint = Part("referrals", "Referrals that your organization sent or was asked to answer")


def _rendered(referral_id: UUID, status: int = 200) -> Response:
    with reading() as session:
        record = record_of(session, g.actor, referral_id, at=g.now)
        return answer(ReferralSchema(), record, version=record["version"], status=status)


def _request(said: Mapping[str, Any]) -> Request:
    names = {name: value for name, value in said.items() if name not in ("previewed", "service_ids")}
    return Request(service_ids=tuple(said["service_ids"]), **names)


@blueprint.route("/preview", methods=["POST"])
@for_token(Permission.REFERRAL_WRITE, "referrals", "r")
@blueprint.arguments(RequestSchema)
@blueprint.response(200, PreviewsSchema)
def preview(said: dict[str, Any]) -> dict[str, Any]:
    """Show exactly what each receiver would see

    Nothing is sent. Give the `mark` of each preview along when you send, so that nothing else goes.
    """
    with reading() as session:
        found = referrals.preview(session, g.actor, _request(said), at=g.now)
        return {"previews": [_preview(each) for each in found]}


def _preview(found: Preview) -> dict[str, Any]:
    ruling = found.ruling
    return {
        "service_id": found.service.id,
        "recipient_id": found.performer_id,
        "recipient_name": found.recipient_name,
        "may_send": found.refusal is None,
        "mark": found.fingerprint,
        "shares": [
            {"element": each.code, "category": each.category.value, "value": each.value}
            for each in (ruling.permitted if ruling else ())
        ],
        "duties": duties_said(ruling.obligations if ruling else (), before_sending=True),
        "withholds": [_withheld(each) for each in (ruling.withheld if ruling else ())],
        "refusal": _refusal("", found.refusal) if found.refusal else None,
    }


def _withheld(stays: Withheld) -> dict[str, Any]:
    return _refusal(stays.element.code, stays.refusal)


def _refusal(element: str, why: Refusal) -> dict[str, Any]:
    said = {"rule": why.rule, "reason": why.sentence, "source": why.source, "remedy": why.remedy}
    return {"element": element, "code": "cannot-share", **said}


@blueprint.route("", methods=["POST"])
@for_token(Permission.REFERRAL_WRITE, "referrals", "c")
@blueprint.arguments(SendSchema)
@blueprint.response(201, ReferralSchema)
def send(said: dict[str, Any]) -> Response:
    """Send a referral

    Each receiver sees what the gate lets it see at this moment; the person is told by text where they allowed that.
    """
    asked = _request(said)

    def verb(session: Session) -> UUID:
        return referrals.send(session, g.actor, asked, previewed=said["previewed"], at=g.now).id

    return _rendered(once("referral.send", verb), 201)


@blueprint.route("", methods=["GET"])
@for_token(Permission.REFERRAL_READ, "referrals", "s")
@blueprint.arguments(ListSchema, location="query")
@blueprint.response(200, LinesSchema)
def index(asked: dict[str, Any]) -> dict[str, Any]:
    """List referrals by their last change, oldest first

    A change may come twice, never not at all: keep `cursor` and ask again with it.
    """
    with reading() as session:
        page = referrals.changes(session, g.actor, **asked, at=g.now)
        items = lines_of(session, g.actor, page.items, at=g.now)
        return {"items": items, "next": page.next, "cursor": page.cursor}


@blueprint.route("/closed-loop-list", methods=["GET"])
@for_token(Permission.REFERRAL_READ, "referrals", "s")
@blueprint.response(200, CodeListSchema)
def closed_loop_list() -> dict[str, Any]:
    """Read the DHCS list that closed loops are reported by

    It is data with a source and a first day, and may be replaced by your plan's own. `dhcs` of a referral is its code
    for the state in which the loop is; ours stands beside each.
    """
    with reading() as session:
        found = referrals.code_list_in_force(session, referrals.DHCS, on=local_day(g.now))
    if found is None:
        raise NotFound("No such list was loaded here")
    named = {name: getattr(found, name) for name in ("name", "version", "effective_on", "source")}
    codes = {part: [{"ours": ours, **said} for ours, said in found.codes[part].items()] for part in found.codes}
    return {**named, **codes}


@blueprint.route("/<uuid:referral_id>", methods=["GET"])
@for_token(Permission.REFERRAL_READ, "referrals", "r")
@blueprint.arguments(FieldsSchema, location="query")
@blueprint.response(200, ReferralSchema)
def show(_fields: dict[str, Any], referral_id: UUID) -> Response:
    """Read one referral"""
    return _rendered(referral_id)


@blueprint.route("/<uuid:referral_id>/closure", methods=["POST"])
@for_token(Permission.REFERRAL_WRITE, "referrals", "u")
@blueprint.arguments(ClosureSchema)
@blueprint.response(200, ReferralSchema)
def close(said: dict[str, Any], referral_id: UUID) -> Response:
    """Close the loop, as its sender

    Send the ETag that you saw as `If-Match`, so that nothing that happened meanwhile is overlooked.
    """
    seen = seen_version_if_any()

    def verb(session: Session) -> UUID:
        mark = Seen(seen) if seen is not None else None
        return referrals.close_loop(session, g.actor, referral_id, closing=said["closing"], at=g.now, seen=mark).id

    return _rendered(once("referral.close", verb))


@blueprint.route("/tasks/<uuid:task_id>/answer", methods=["POST"])
@for_token(Permission.TASK_CANCEL, "referrals", "u")
@blueprint.arguments(AnswerSchema)
@blueprint.response(200, ReferralSchema)
def give_answer(said: dict[str, Any], task_id: UUID) -> Response:
    """Answer as the one asked, or cancel from either side

    An answer acts at once and cannot be undone. `reason` goes with reject, hold, fail and cancel; `until` with waitlist
    and hold.
    """
    verb = _VERBS[said["answer"]]
    return _rendered(once(f"task.{said['answer']}", lambda session: verb(session, task_id, said).referral_id))


_Answer = Callable[[Session, UUID, Mapping[str, Any]], referrals.ReferralTask]


def _with(verb: Callable[..., referrals.ReferralTask], *names: str) -> _Answer:
    """The verb of the domain with the values that it takes; one that it needs and that is missing is named."""

    def give(session: Session, task_id: UUID, said: Mapping[str, Any]) -> referrals.ReferralTask:
        for name in ("reason", "until"):
            if name in names and said[name] is None:
                raise Invalid("This is needed with this answer", name)
        return verb(session, g.actor, task_id, **{name: said[name] for name in names}, at=g.now)

    return give


_VERBS: Mapping[str, _Answer] = {
    "accept": _with(referrals.accept),
    "reject": _with(referrals.reject, "reason", "words", "proposed_service_id"),
    "waitlist": _with(referrals.put_on_waitlist, "until"),
    "start": _with(referrals.start),
    "hold": _with(referrals.hold, "reason", "until"),
    "complete": _with(referrals.complete, "words"),
    "fail": _with(referrals.fail, "reason", "words"),
    "cancel": _with(referrals.cancel, "reason", "words"),
}


@blueprint.route("/tasks/<uuid:task_id>/messages", methods=["POST"])
@for_token(Permission.REFERRAL_ENTRY_WRITE, "referrals", "u")
@blueprint.arguments(MessageSchema)
@blueprint.response(201, ReferralSchema)
def write(said: dict[str, Any], task_id: UUID) -> Response:
    """Write to the other side of a task"""

    def verb(session: Session) -> UUID:
        return referrals.write_message(session, g.actor, task_id, said["text"], at=g.now).referral_id

    return _rendered(once("message.write", verb), 201)


@blueprint.route("/tasks/<uuid:task_id>/contact-attempts", methods=["POST"])
@for_token(Permission.REFERRAL_ENTRY_WRITE, "referrals", "u")
@blueprint.arguments(AttemptSchema)
@blueprint.response(201, ReferralSchema)
def record_attempt(said: dict[str, Any], task_id: UUID) -> Response:
    """Record a try to reach the person"""

    def verb(session: Session) -> UUID:
        return referrals.record_attempt(session, g.actor, task_id, **said, at=g.now).referral_id

    return _rendered(once("attempt.record", verb), 201)


@blueprint.route("/tasks/<uuid:task_id>/enrollments", methods=["POST"])
@for_token(Permission.TASK_ANSWER, "referrals", "u")
@blueprint.arguments(EnrollmentSchema)
@blueprint.response(201, ReferralSchema)
def record_enrollment(said: dict[str, Any], task_id: UUID) -> Response:
    """Tell where the person stands with a program, as the one asked

    After a yes. The sender reads it where the person and the law let it.
    """
    given = NewResult(ResultKind.ENROLLMENT, **{**said, "since_on": said["since_on"] or local_day(g.now)})

    def verb(session: Session) -> UUID:
        return referrals.give_result(session, g.actor, task_id, given, at=g.now).referral_id

    return _rendered(once("result.give", verb), 201)


@blueprint.route("/results/<uuid:result_id>", methods=["DELETE"])
@for_token(Permission.TASK_ANSWER, "referrals", "u")
@blueprint.response(200, ReferralSchema)
def take_back_result(result_id: UUID) -> Response:
    """Take back a result that your organization gave by mistake

    Nobody reads it any more.
    """

    def verb(session: Session) -> UUID:
        return referrals.take_back_result(session, g.actor, result_id, at=g.now).referral_id

    return _rendered(once("result.take-back", verb))
