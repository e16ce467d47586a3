"""Asking the questions: begun once, saved section by section, resumed, finished; the safety questions apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie import events, people
from cie.access import Actor, ActorKind, Permission, check
from cie.errors import NotFound, NotPossibleNow
from cie.people import Person
from cie.screening.answers import GivenAnswer, check_answers, findings_of, keep_answers, kept_answers
from cie.screening.findings import Finding
from cie.screening.instruments import Instrument, Section
from cie.screening.loading import get_instrument, instrument_of
from cie.screening.models import Need, QuestionnaireRow, SafetyGate, Screening, ScreeningStatus
from cie.screening.needs import OPEN, needs_of, propose_needs
from cie.screening.safety import raise_danger, require_a_talk, require_open


class SectionState(StrEnum):
    """How far a section is; a declined one was never a "no"."""

    DONE = "done"
    DECLINED = "declined"
    HERE = "here"
    TODO = "todo"


@dataclass(frozen=True)
class SectionProgress:
    """A section and how far it is. `open_questions` counts those with no answer at all."""

    section: Section
    state: SectionState
    open_questions: int


def start_screening(
    session: Session, actor: Actor, person_id: UUID, questionnaire_id: UUID, *, at: datetime, goes_on: bool = True
) -> Screening:
    """Begin to ask; an unfinished screening with the same instrument goes on instead, unless it must not.

    "Alone, and safe to talk" held for the talk in which it was said: when a screening goes on it is asked again.
    A person begins their own by a link.

    Raises NotFound, NotAllowed, NotPossibleNow (a version that is no longer asked; one that must not go on).
    """
    person = _asked_person(session, actor, person_id)
    questionnaire = get_instrument(session, questionnaire_id)
    session.refresh(person, with_for_update=True)
    people.require_on_file(person)
    begun = _unfinished(session, person, questionnaire)
    if begun is not None and not goes_on:
        raise NotPossibleNow("These questions are being asked of this person. Finish or resume that screening first")
    if begun is not None:
        return _go_on(session, actor, begun, at)
    if not questionnaire.is_active:
        raise NotPossibleNow("This version is no longer asked. Choose the newest one")
    screening = Screening(
        organization_id=person.organization_id,
        person_id=person.id,
        questionnaire_id=questionnaire.id,
        started_by_id=actor.id,
        started_at=at,
        saved_at=at,
    )
    session.add(screening)
    session.flush()
    events.record(session, actor, "screening.start", screening, at=at)
    return screening


def _asked_person(session: Session, actor: Actor, person_id: UUID) -> Person:
    if actor.kind is ActorKind.PERSON and actor.id == person_id:
        return people.own_record(session, actor)
    person = people.get_person(session, actor, person_id)
    check(actor, Permission.SCREENING_WRITE, person)
    return person


def _unfinished(session: Session, person: Person, questionnaire: QuestionnaireRow) -> Screening | None:
    query = (
        select(Screening)
        .join(QuestionnaireRow, col(QuestionnaireRow.id) == col(Screening.questionnaire_id))
        .where(
            col(Screening.organization_id) == person.organization_id,
            col(Screening.person_id) == person.id,
            col(Screening.status) == ScreeningStatus.IN_PROGRESS,
            col(QuestionnaireRow.code) == questionnaire.code,
        )
        .order_by(col(Screening.id))
        .limit(1)
    )
    return session.execute(query).scalar_one_or_none()


def _go_on(session: Session, actor: Actor, screening: Screening, at: datetime) -> Screening:
    if screening.safety_gate is SafetyGate.SAFE:
        screening.safety_gate = None
        session.add(screening)
        events.record(session, actor, "screening.resume", screening, at=at)
    return screening


def get_screening(session: Session, actor: Actor, screening_id: UUID) -> Screening:
    """One screening of the caller's organization; that the caller saw the person is recorded. Raises NotFound."""
    screening = session.get(Screening, screening_id)
    if screening is None:
        raise NotFound("There is no such record")
    check(actor, Permission.SCREENING_READ, screening)
    events.showed(session, actor, screening.person_id)
    return screening


def screenings_of(session: Session, actor: Actor, person_id: UUID) -> Sequence[Screening]:
    """The screenings of a person, newest first. Raises NotFound, NotAllowed."""
    person = people.get_person(session, actor, person_id)
    check(actor, Permission.SCREENING_READ, person)
    query = (
        select(Screening)
        .where(col(Screening.organization_id) == person.organization_id, col(Screening.person_id) == person.id)
        .order_by(col(Screening.id).desc())
    )
    return session.execute(query).scalars().all()


def to_ask_in_private(session: Session, actor: Actor, person_id: UUID) -> Screening | None:
    """The screening whose safety questions wait for a moment alone; None when the last word was another.

    They wait after "not safe", and after the person answered all else by a link.

    For the page of the person as staff see it, and nowhere else. Raises NotFound, NotAllowed.
    """
    found = [each for each in screenings_of(session, actor, person_id) if not each.is_mistake]
    newest = next((s for s in found if s.safety_gate is not None or _waits_for_a_talk(session, s)), None)
    return newest if newest is not None and newest.safety_gate in (None, SafetyGate.NOT_SAFE) else None


def _waits_for_a_talk(session: Session, screening: Screening) -> bool:
    """Whether a person finished it by their link, where nothing of safety is asked, and nobody asked since."""
    by_link = screening.started_by_id == screening.person_id and screening.status is ScreeningStatus.COMPLETED
    if not by_link or screening.safety_gate is not None:
        return False
    return any(section.safety for section in instrument_of(questionnaire_of(session, screening)).sections)


def questionnaire_of(session: Session, screening: Screening) -> QuestionnaireRow:
    """The instrument, in the version that was asked."""
    return session.get_one(QuestionnaireRow, screening.questionnaire_id)


def section_states(
    session: Session, actor: Actor, screening_id: UUID, here: str | None = None
) -> list[SectionProgress]:
    """How far each section is; `here` is the linkId of the one that is open on the page."""
    screening = get_screening(session, actor, screening_id)
    answers = kept_answers(session, screening)
    sections = instrument_of(questionnaire_of(session, screening)).sections
    return [_progress(screening, section, answers, section.link_id == here) for section in sections]


def _progress(
    screening: Screening, section: Section, answers: Mapping[str, GivenAnswer], is_here: bool
) -> SectionProgress:
    given = [answers.get(item.link_id, GivenAnswer()) for item in section.items]
    said = [answer for answer in given if answer.is_given]
    waved_off = section.safety and screening.safety_gate is SafetyGate.DECLINED and not said
    if is_here:
        state = SectionState.HERE
    elif waved_off or (said and all(answer.is_refusal for answer in said)):
        state = SectionState.DECLINED
    else:
        state = SectionState.DONE if said else SectionState.TODO
    return SectionProgress(section, state, 0 if waved_off else len(given) - len(said))


def section_answers(session: Session, actor: Actor, screening_id: UUID, link_id: str) -> dict[str, GivenAnswer]:
    """The answers of one section by linkId. Raises NotFound, NotAllowed (safety, before it is safe to talk)."""
    screening = get_screening(session, actor, screening_id)
    section = _section(instrument_of(questionnaire_of(session, screening)), link_id)
    require_open(actor, screening, section)
    asked = {item.link_id for item in section.items}
    return {link: answer for link, answer in kept_answers(session, screening).items() if link in asked}


def save_section(
    session: Session,
    actor: Actor,
    screening_id: UUID,
    link_id: str,
    answers: Mapping[str, GivenAnswer],
    *,
    at: datetime,
) -> Screening:
    """Keep the answers of one section, by linkId; other answers to a question replace the ones before.

    A question that `answers` does not name stays as it is. A safety answer that speaks of danger is told to the person
    on call at once, not only at the end. Raises NotFound, NotAllowed, NotPossibleNow (finished), Invalid.
    """
    screening = _unfinished_one(session, actor, screening_id)
    instrument = instrument_of(questionnaire_of(session, screening))
    section = _section(instrument, link_id)
    require_open(actor, screening, section)
    check_answers(section, answers)
    changed = keep_answers(session, actor, screening, answers, at=at)
    screening.saved_at = at
    session.add(screening)
    events.record(session, actor, "screening.save", screening, at=at, section=link_id)
    if section.safety and changed:
        raise_danger(session, actor, screening, instrument, at=at)
    return screening


def answer_safety_gate(
    session: Session, actor: Actor, screening_id: UUID, answer: SafetyGate, *, at: datetime
) -> Screening:
    """Keep what the person said when asked whether they are alone and it is safe to talk.

    After "not safe", or where the person answered by a link, the question may be asked in private once the rest is
    finished; a yes then opens the screening again. Staff alone ask. Raises NotFound, NotAllowed, NotPossibleNow.
    """
    screening = locked_screening(session, actor, screening_id)
    require_a_talk(actor)
    is_over = screening.status is ScreeningStatus.COMPLETED
    was_unsafe = is_over and screening.safety_gate is SafetyGate.NOT_SAFE
    asked_again = was_unsafe or _waits_for_a_talk(session, screening)
    if screening.status is not ScreeningStatus.IN_PROGRESS and not asked_again:
        raise NotPossibleNow("This screening is finished")
    if asked_again and answer is SafetyGate.SAFE:
        screening.status = ScreeningStatus.IN_PROGRESS
    screening.safety_gate, screening.saved_at = answer, at
    session.add(screening)
    session.flush()
    events.record(session, actor, "screening.gate", screening, at=at, answer=answer.value)
    return screening


def finish(session: Session, actor: Actor, screening_id: UUID, *, at: datetime) -> Screening:
    """All was asked that will be: what the answers point to becomes proposed needs, once.

    A screening that is already finished stays as it is. Raises NotFound, NotAllowed, NotPossibleNow (stopped).
    """
    screening = locked_screening(session, actor, screening_id)
    if screening.status is ScreeningStatus.COMPLETED:
        return screening
    _require_unfinished(screening)
    found = findings_of(instrument_of(questionnaire_of(session, screening)), kept_answers(session, screening))
    screening.status, screening.completed_at = ScreeningStatus.COMPLETED, at
    session.add(screening)
    proposed = propose_needs(session, actor, screening, found, at=at)
    events.record(session, actor, "screening.finish", screening, at=at, proposed=len(proposed))
    return screening


def findings_in(session: Session, actor: Actor, screening_id: UUID) -> list[Finding]:
    """What the answers point to, results of scored sets included, for a staff screen. Raises NotFound, NotAllowed."""
    screening = get_screening(session, actor, screening_id)
    return findings_of(instrument_of(questionnaire_of(session, screening)), kept_answers(session, screening))


def needs_from(session: Session, actor: Actor, screening_id: UUID) -> list[Need]:
    """The needs that a screening proposed, and those open before to which its answers point as well, newest first."""
    screening = get_screening(session, actor, screening_id)
    named = {finding.need for finding in findings_in(session, actor, screening_id) if finding.is_positive}
    return [
        need
        for need in needs_of(session, actor, screening.person_id)
        if need.screening_id == screening.id or (need.need_code in named and need.status in OPEN)
    ]


def _section(instrument: Instrument, link_id: str) -> Section:
    section = next((s for s in instrument.sections if s.link_id == link_id), None)
    if section is None:
        raise NotFound("There is no such section")
    return section


def _unfinished_one(session: Session, actor: Actor, screening_id: UUID) -> Screening:
    screening = locked_screening(session, actor, screening_id)
    _require_unfinished(screening)
    return screening


def _require_unfinished(screening: Screening) -> None:
    if screening.status is not ScreeningStatus.IN_PROGRESS:
        raise NotPossibleNow("This screening is finished")


def locked_screening(session: Session, actor: Actor, screening_id: UUID) -> Screening:
    """The screening for a change, read afresh and locked until the end of the transaction. Raises NotFound."""
    screening = get_screening(session, actor, screening_id)
    check(actor, Permission.SCREENING_WRITE, screening)
    session.flush()
    session.refresh(screening, with_for_update=True)
    return screening
