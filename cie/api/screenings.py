"""Screenings: the questions that are offered, recording what a person answered, reading it back without safety."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import g
from sqlmodel import Session

from cie import identity, participants, screening
from cie.access import Permission
from cie.access.scopes import Level, opens
from cie.api.asking import once
from cie.api.blueprint import Part
from cie.api.lists import items_of
from cie.api.opening import for_token
from cie.api.screening_schemas import InstrumentSchema, NewScreeningSchema, ScreeningLineSchema, ScreeningSchema
from cie.db import reading
from cie.errors import Invalid, NotFound
from cie.screening import GivenAnswer, Need, QuestionnaireRow, Screening, ScreeningStatus

blueprint = Part("screenings", "Questions of standard instruments, and what people answered", path="")


@blueprint.route("/screenings/instruments", methods=["GET"])
@for_token(Permission.SCREENING_READ, "screenings", "s")
@blueprint.response(200, items_of(InstrumentSchema, "every instrument that may be asked"))
def instruments() -> dict[str, Any]:
    """List the instruments with their questions

    Each question has its link id, each answer its code. Ask in the words that stand there, with the copyright notice.
    """
    with reading() as session:
        return {"items": [_offered(row) for row in screening.instruments(session)]}


def _offered(row: QuestionnaireRow) -> dict[str, Any]:
    known = {name: getattr(row, name) for name in ("id", "code", "version", "title")}
    words = {"language": row.resource.get("language", "en"), "copyright": row.resource.get("copyright", "")}
    return {**known, **words, "sections": screening.instrument_of(row).sections}


@blueprint.route("/people/<uuid:person_id>/screenings", methods=["POST"])
@for_token(Permission.SCREENING_WRITE, "screenings", "c")
@blueprint.arguments(NewScreeningSchema)
@blueprint.response(201, ScreeningSchema)
def create(said: dict[str, Any], person_id: UUID) -> dict[str, Any]:
    """Record what a person answered

    It is finished with that; the needs to which the answers point are proposed, for staff and the person to settle. A
    wrong answer is named by the link id of its question, and then nothing is kept.

    Safety: send answers of a safety section only when a member of staff asked them in a talk, after the person said
    that they are alone and it is safe to talk (`safety_gate` is `safe`). Never ask them by text, link, portal or paper.
    When they speak of danger, the person on call is told at once, and `danger` says what to do: show it to whoever is
    with the person.
    """
    answers = _answers(said["answers"])

    def verb(session: Session) -> UUID:
        return screening.record_screening(
            session,
            g.actor,
            person_id,
            said["instrument_id"],
            answers,
            gate=said["safety_gate"],
            asked_at=said["asked_at"],
            at=g.now,
        ).id

    return _read(once(f"screening.record:{person_id}", verb), is_new=True)


def _answers(said: list[dict[str, Any]]) -> dict[str, GivenAnswer]:
    """The answers by link id. Raises Invalid naming a question that is answered twice."""
    answers: dict[str, GivenAnswer] = {}
    for each in said:
        if each["link_id"] in answers:
            raise Invalid("This question is answered twice", each["link_id"])
        answers[each["link_id"]] = GivenAnswer(tuple(each["codes"]), each["declined"])
    return answers


@blueprint.route("/people/<uuid:person_id>/screenings", methods=["GET"])
@for_token(Permission.SCREENING_READ, "screenings", "s")
@blueprint.response(200, items_of(ScreeningLineSchema, "newest first"))
def index(person_id: UUID) -> dict[str, Any]:
    """List the screenings of a person"""
    with reading() as session:
        found = screening.screenings_of(session, g.actor, person_id)
        return {"items": [_line(session, each) for each in found]}


@blueprint.route("/screenings/<uuid:screening_id>", methods=["GET"])
@for_token(Permission.SCREENING_READ, "screenings", "r")
@blueprint.response(200, ScreeningSchema)
def show(screening_id: UUID) -> dict[str, Any]:
    """Read one screening

    Without what was answered about safety.
    """
    return _read(screening_id)


def _read(screening_id: UUID, *, is_new: bool = False) -> dict[str, Any]:
    with reading() as session:
        found = screening.get_screening(session, g.actor, screening_id)
        record = {**_line(session, found), "answers": _given(session, screening_id), "needs": _needs(session, found)}
        return {**record, "danger": _danger(session, screening_id)} if is_new else record


def _line(session: Session, found: Screening) -> dict[str, Any]:
    asked = screening.questionnaire_of(session, found)
    known = {name: getattr(found, name) for name in ("id", "person_id", "status")}
    which = {"instrument_id": asked.id, "instrument_code": asked.code, "instrument_version": asked.version}
    completed_at = found.completed_at if found.status is ScreeningStatus.COMPLETED else None
    return {**known, **which, "asked_at": found.started_at, "completed_at": completed_at}


def _given(session: Session, screening_id: UUID) -> list[dict[str, Any]]:
    return [
        {"link_id": item.link_id, "code": item.code, "codes": given.codes, "declined": given.declined}
        for item, given in screening.open_answers(session, g.actor, screening_id)
    ]


def _needs(session: Session, found: Screening) -> list[Need] | None:
    """What the answers point to, for tokens that may read needs."""
    may_read = opens(g.token.row.scopes, Level.API, "needs", "r")
    return screening.needs_from(session, g.actor, found.id) if may_read else None


def _danger(session: Session, screening_id: UUID) -> Mapping[str, Any] | None:
    """Whom to call and what to do; None when nothing that was said speaks of danger."""
    if not screening.speaks_of_danger(session, g.actor, screening_id):
        return None
    organization = participants.get_participant(session, g.actor.organization)
    return {
        "on_call_name": _name_of(session, organization.on_call_user_id),
        "on_call_phone": organization.on_call_phone or None,
        "steps": participants.danger_steps(session, organization.id),
    }


def _name_of(session: Session, user_id: UUID | None) -> str | None:
    if user_id is None:
        return None
    try:
        name: str = identity.get_staff(session, g.actor, user_id).name
    except NotFound:
        return None
    return name
