"""Putting right what was kept of a screening: other answers than those, or none of it, since it was a mistake.

What was answered first stays in the history. Needs that nobody decided on follow the answers; those that somebody
confirmed stay, since they rest on that word.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from cie import events
from cie.access import Actor, Permission, check
from cie.errors import NotPossibleNow, Stale
from cie.screening.answers import GivenAnswer, check_answers, findings_of, keep_answers, kept_answers
from cie.screening.asking import get_screening, locked_screening, questionnaire_of
from cie.screening.instruments import Instrument, Item, Section
from cie.screening.loading import instrument_of
from cie.screening.models import Need, NeedStatus, Screening, ScreeningStatus
from cie.screening.needs import needs_of, propose_needs, proposed_codes, withdraw_needs
from cie.screening.recording import time_asked


@dataclass(frozen=True)
class Correction:
    """What other answers would change: each answer with the one before, and the codes of needs.

    `proposed` come new, `withdrawn` go, since nobody decided on them; `confirmed` stay though nothing points to them.
    """

    changed: Sequence[tuple[Item, GivenAnswer, GivenAnswer]]
    proposed: Sequence[str]
    withdrawn: Sequence[str]
    confirmed: Sequence[str]


def preview_correction(
    session: Session, actor: Actor, screening_id: UUID, answers: Mapping[str, GivenAnswer], *, seen: str | None = None
) -> Correction:
    """What `correct_screening` would do with these answers; nothing is kept. Raises what it raises."""
    screening = get_screening(session, actor, screening_id)
    check(actor, Permission.SCREENING_WRITE, screening)
    instrument, asked = _correctable(session, screening, seen)
    check_answers(Section("", "", asked), answers)
    kept, whole = kept_answers(session, screening), _whole(asked, answers)
    found = {each.need for each in findings_of(instrument, {**kept, **whole}) if each.is_positive}
    before = {item.link_id: kept.get(item.link_id, GivenAnswer()) for item in asked}
    own = [each for each in needs_of(session, actor, screening.person_id) if each.screening_id == screening.id]
    unfounded = [each for each in own if each.need_code not in found]
    return Correction(
        [(i, before[i.link_id], whole[i.link_id]) for i in asked if before[i.link_id] != whole[i.link_id]],
        proposed_codes(session, screening, found),
        [each.need_code for each in unfounded if each.status is NeedStatus.PROPOSED],
        [each.need_code for each in unfounded if each.status is NeedStatus.CONFIRMED],
    )


def _correctable(session: Session, screening: Screening, seen: str | None) -> tuple[Instrument, tuple[Item, ...]]:
    """The instrument of a screening, and its questions that are not about safety. Raises NotPossibleNow, Stale."""
    if not screening.was_finished or screening.is_mistake:
        raise NotPossibleNow("Only a screening that was finished, and is no mistake, can be corrected")
    if seen is not None and seen != screening.answers_version:
        raise Stale("This changed while you were typing")
    instrument = instrument_of(questionnaire_of(session, screening))
    return instrument, tuple(item for each in instrument.sections if not each.safety for item in each.items)


def _whole(asked: Sequence[Item], answers: Mapping[str, GivenAnswer]) -> dict[str, GivenAnswer]:
    return {item.link_id: answers.get(item.link_id, GivenAnswer()) for item in asked}


def correct_screening(
    session: Session,
    actor: Actor,
    screening_id: UUID,
    answers: Mapping[str, GivenAnswer],
    *,
    seen: str | None = None,
    asked_at: datetime | None = None,
    at: datetime,
) -> Screening:
    """From now on these answers count, and those before no more; what they point to is found again.

    `answers` are by linkId: all that are not about safety, which this leaves as it is. A question that they do not name
    has no answer. `seen` is the `answers_version` that the caller read; `asked_at` (aware UTC) is when the person was
    asked, None when that was right.

    Raises NotFound, NotAllowed, NotPossibleNow (never finished; a mistake); Stale, when somebody corrected it since it
    was seen; Invalid, one for each wrong answer, whose `field` is the linkId of the question.
    """
    screening = locked_screening(session, actor, screening_id)
    instrument, asked = _correctable(session, screening, seen)
    check_answers(Section("", "", asked), answers)
    screening.started_at = time_asked(asked_at, at) if asked_at else screening.started_at
    if keep_answers(session, actor, screening, _whole(asked, answers), at=at):
        screening.amended_at = at
        found = findings_of(instrument, kept_answers(session, screening))
        withdraw_needs(session, actor, screening, but={each.need for each in found if each.is_positive}, at=at)
        propose_needs(session, actor, screening, found, at=at)
    session.add(screening)
    events.record(session, actor, "screening.correct", screening, at=at)
    return screening


def mark_mistake(session: Session, actor: Actor, screening_id: UUID, *, at: datetime) -> Screening:
    """It was never so: of somebody else, or not asked. Its answers stay, marked as that; its undecided needs end.

    A danger that was told stays told. Raises NotFound, NotAllowed.
    """
    screening = locked_screening(session, actor, screening_id)
    if screening.is_mistake:
        return screening
    before, screening.status = screening.status, ScreeningStatus.ENTERED_IN_ERROR
    session.add(screening)
    withdraw_needs(session, actor, screening, at=at)
    events.changed(session, actor, screening, {"status": [before.value, screening.status.value]}, at=at)
    events.record(session, actor, "screening.mistake", screening, at=at)
    return screening


def needs_that_stay(session: Session, actor: Actor, screening_id: UUID) -> Sequence[Need]:
    """The needs of a screening that somebody confirmed, and that stay when it was a mistake. Raises NotFound."""
    screening = get_screening(session, actor, screening_id)
    needs = needs_of(session, actor, screening.person_id)
    return [each for each in needs if each.screening_id == screening.id and each.status is NeedStatus.CONFIRMED]
