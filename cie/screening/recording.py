"""A screening that was asked in another system, as a program brings it whole, and as a program reads one.

Of safety a program may bring what a member of staff asked in a talk, of somebody who had said that they are alone and
that it is safe to talk. It is never given back: those answers stay on staff screens.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from cie.access import Actor
from cie.errors import Invalid
from cie.screening.answers import GivenAnswer, check_answers, is_offered
from cie.screening.asking import (
    answer_safety_gate,
    findings_in,
    finish,
    get_screening,
    questionnaire_of,
    save_section,
    screenings_of,
    start_screening,
)
from cie.screening.instruments import Instrument, Item, Section
from cie.screening.loading import get_instrument, instrument_of
from cie.screening.models import SafetyGate, Screening
from cie.screening.open_record import open_record
from cie.screening.safety import tells_of_danger

LATEST_AFTER = timedelta(days=366)


def record_screening(
    session: Session,
    actor: Actor,
    person_id: UUID,
    questionnaire_id: UUID,
    answers: Mapping[str, GivenAnswer],
    *,
    gate: SafetyGate | None = None,
    asked_at: datetime | None = None,
    at: datetime,
) -> Screening:
    """Keep what a person answered elsewhere as if they had been asked here: needs are proposed, danger is told at once.

    `answers` are by linkId. `gate` is what the person said when asked in a talk whether they are alone and it is safe
    to talk. `asked_at` (aware UTC) is when they were asked: now, when it is None.

    Raises NotFound, NotAllowed, NotPossibleNow (a version that is no longer asked; the same questions are being asked);
    Invalid, one for each wrong answer, whose `field` is the linkId of the question.
    """
    begun = start_screening(session, actor, person_id, questionnaire_id, goes_on=False, at=at)
    instrument = instrument_of(get_instrument(session, questionnaire_id))
    _check(instrument, answers, gate)
    begun.started_at = time_asked(asked_at, at)
    if gate is not None:
        answer_safety_gate(session, actor, begun.id, gate, at=at)
    for section in instrument.sections:
        given = {item.link_id: answers[item.link_id] for item in section.items if item.link_id in answers}
        if given:
            save_section(session, actor, begun.id, section.link_id, given, at=at)
    return finish(session, actor, begun.id, at=at)


def _check(instrument: Instrument, answers: Mapping[str, GivenAnswer], gate: SafetyGate | None) -> None:
    """Refuse at once all that is wrong, whatever section it is in."""
    check_answers(Section("", "", instrument.items), answers)
    private = [item.link_id for section in instrument.sections if section.safety for item in section.items]
    if gate is not None and not private:
        raise Invalid("These questions hold none about safety", "safety_gate")
    early = [link_id for link_id in private if link_id in answers and gate is not SafetyGate.SAFE]
    if early:
        raise Invalid.all([Invalid("Ask this only of somebody who is alone and safe to talk", each) for each in early])


def time_asked(asked_at: datetime | None, at: datetime) -> datetime:
    """When somebody was asked: now, where it is not said. Raises Invalid."""
    if asked_at is not None and not at - LATEST_AFTER <= asked_at <= at:
        raise Invalid("Say a time in the last year that is not in the future", "asked_at")
    return asked_at or at


def open_answers(session: Session, actor: Actor, screening_id: UUID) -> list[tuple[Item, GivenAnswer]]:
    """Each question that is not about safety and has an answer, in order. Raises NotFound, NotAllowed."""
    return list(open_record(session, get_screening(session, actor, screening_id)).answers)


def latest_answers(
    session: Session, actor: Actor, person_id: UUID, instrument: Instrument
) -> list[tuple[Item, GivenAnswer]]:
    """What a person answered the last time that they were asked all of this, to each question that still offers it.

    Nothing about safety, and nothing that they did not want to answer. Raises NotFound, NotAllowed.
    """
    earlier = (each for each in screenings_of(session, actor, person_id) if each.was_finished and not each.is_mistake)
    records = (open_record(session, each) for each in earlier)
    last = next((each for each in records if each.instrument.code == instrument.code), None)
    given = {item.code: answer for item, answer in last.answers} if last else {}
    asked = [(item, given[item.code]) for item in instrument.items if item.code in given]
    return [(item, answer) for item, answer in asked if not answer.is_refusal and is_offered(item, answer)]


def speaks_of_danger(session: Session, actor: Actor, screening_id: UUID) -> bool:
    """Whether safety answers that were given in a safe talk speak of danger. Raises NotFound, NotAllowed."""
    screening = get_screening(session, actor, screening_id)
    found = findings_in(session, actor, screening_id)
    is_open = screening.safety_gate is SafetyGate.SAFE
    return is_open and tells_of_danger(instrument_of(questionnaire_of(session, screening)), found)
