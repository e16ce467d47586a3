"""The state machine of what a person is asked, move by move and from each side, and what each verb keeps."""

from datetime import timedelta
from functools import partial
from itertools import product

import pytest
from sqlmodel import select

from cie import patient_tasks
from cie.access import Actor, ActorKind, Door, Purpose
from cie.errors import Invalid, NotAllowed, NotFound, NotPossibleNow
from cie.patient_tasks import (
    DECLINES,
    Answer,
    Asked,
    Party,
    PatientTaskKind,
    PatientTaskMove,
    PatientTaskReason,
    PatientTaskStatus,
)
from tests.factories import NOON, make_loop, make_participant, make_person, staff_of

S = PatientTaskStatus
LATER = NOON + timedelta(hours=1)
ASKER, ASKED = frozenset({Party.REQUESTER}), frozenset({Party.PERSON})
WAYS = {
    **dict.fromkeys(product((S.READY,), (S.IN_PROGRESS, S.ON_HOLD, S.COMPLETED, S.FAILED)), ASKED),
    **dict.fromkeys(product((S.IN_PROGRESS,), (S.COMPLETED, S.FAILED, S.ON_HOLD)), ASKED),
    **dict.fromkeys(product((S.ON_HOLD,), (S.IN_PROGRESS, S.COMPLETED, S.FAILED)), ASKED),
    **dict.fromkeys(product((S.READY, S.IN_PROGRESS, S.ON_HOLD), (S.CANCELLED,)), ASKER | ASKED),
    **dict.fromkeys(product((s for s in S if s != S.ENTERED_IN_ERROR), (S.ENTERED_IN_ERROR,)), ASKER),
}
"""Who may make which move, as the guide says it."""
MAY = {"person": ASKED, "staff": ASKER | ASKED}
"""For whom each acts: staff write down, too, what the person said."""
VERBS = {
    S.IN_PROGRESS: patient_tasks.start,
    S.ON_HOLD: partial(patient_tasks.hold, words="Waits for a letter"),
    S.COMPLETED: lambda *who, at: patient_tasks.answer(*who, Answer("By bus"), at=at),
    S.FAILED: partial(patient_tasks.fail, words="Nobody picks up"),
    S.CANCELLED: partial(patient_tasks.cancel, words="Not needed now"),
    S.ENTERED_IN_ERROR: patient_tasks.mark_in_error,
}


@pytest.fixture
def loop(session):
    return make_loop(session)


def by(loop, who) -> Actor:
    person = Actor(ActorKind.PERSON, loop.person.id, purpose=Purpose.PERSON_REQUEST, door=Door.LINK)
    return {"person": person, "staff": loop.navigator}[who]


def ask(session, loop, **fields):
    asked = Asked(PatientTaskKind.QUESTION, "How will you get here?", **fields)
    return patient_tasks.ask(session, loop.navigator, loop.person.id, asked, at=NOON)


def moves_of(session, task):
    query = select(PatientTaskMove).where(PatientTaskMove.task_id == task.id).order_by(PatientTaskMove.id)
    return list(session.exec(query))


def test_the_table_is_that_of_the_guide():
    assert patient_tasks.TRANSITIONS == WAYS


@pytest.mark.parametrize("who", ["staff", "person"])
@pytest.mark.parametrize(("before", "to"), list(product(S, VERBS)))
def test_each_verb_moves_as_the_table_says_and_no_other_way(session, loop, before, to, who):
    task = ask(session, loop)
    task.status = before
    session.flush()

    def act():
        VERBS[to](session, by(loop, who), task.id, at=LATER)

    if MAY[who] & WAYS.get((before, to), frozenset()):
        act()
        assert (task.status, task.moved_at) == (to, LATER)
        assert moves_of(session, task)[-1].from_status == before
    else:
        with pytest.raises((NotPossibleNow, NotAllowed, NotFound)):
            act()
        assert task.status == before
        assert len(moves_of(session, task)) == 1


@pytest.mark.parametrize("to", [S.ON_HOLD, S.FAILED, S.CANCELLED])
def test_why_it_stands_still_or_ended_is_kept_until_it_moves_on(session, loop, to):
    task = ask(session, loop)

    VERBS[to](session, loop.navigator, task.id, at=LATER)

    assert (task.reason, bool(task.reason_words)) == (PatientTaskReason.OTHER, True)
    if to == S.ON_HOLD:
        patient_tasks.start(session, loop.navigator, task.id, at=LATER)
        assert (task.reason, task.reason_words) == (None, None)


def test_a_person_who_says_no_needs_no_words(session, loop):
    task = ask(session, loop)

    patient_tasks.cancel(session, by(loop, "person"), task.id, reason=DECLINES, at=LATER)

    assert (task.status, task.reason, task.reason_words) == (S.CANCELLED, DECLINES, None)


def test_every_move_says_who_made_it_and_by_which_door(session, loop):
    task = ask(session, loop)

    patient_tasks.start(session, by(loop, "person"), task.id, at=LATER)

    said = [(m.from_status, m.to_status, m.actor_kind, m.door, m.at) for m in moves_of(session, task)]
    assert said == [(None, S.READY, "staff", "web", NOON), (S.READY, S.IN_PROGRESS, "person", "link", LATER)]


def test_a_reason_that_is_too_long_is_refused(session, loop):
    task = ask(session, loop)

    with pytest.raises(Invalid, match="at most 1000"):
        patient_tasks.hold(session, loop.navigator, task.id, words="x" * 1001, at=LATER)


class TestWhoMayKnow:
    def test_another_organization_finds_nothing(self, session, loop):
        task = ask(session, loop)
        pantry = staff_of(loop.pantry, *loop.navigator.roles)

        for verb in VERBS.values():
            with pytest.raises(NotFound):
                verb(session, pantry, task.id, at=LATER)
        with pytest.raises(NotFound):
            patient_tasks.tasks_of(session, pantry, loop.person.id)

    def test_another_person_finds_nothing(self, session, loop):
        task = ask(session, loop)
        other = Actor(ActorKind.PERSON, make_person(session, loop.clinic, given_name="Hazel").id, door=Door.LINK)

        for verb in VERBS.values():
            with pytest.raises(NotFound):
                verb(session, other, task.id, at=LATER)
        assert patient_tasks.own_tasks(session, other) == []

    def test_a_proxy_finds_nothing(self, session, loop):
        task = ask(session, loop)
        proxy = Actor(ActorKind.PROXY, loop.person.id, on_behalf_of=loop.person.id, door=Door.LINK)

        with pytest.raises(NotFound):
            patient_tasks.get_task(session, proxy, task.id)
        assert patient_tasks.own_tasks(session, proxy) == []

    def test_what_was_asked_by_mistake_is_gone_for_the_person(self, session, loop):
        task = ask(session, loop)

        patient_tasks.mark_in_error(session, loop.navigator, task.id, at=LATER)

        with pytest.raises(NotFound):
            patient_tasks.get_task(session, by(loop, "person"), task.id)
        assert patient_tasks.get_task(session, loop.navigator, task.id) is task

    def test_nobody_asks_a_person_whom_they_do_not_serve(self, session, loop):
        stranger = make_person(session, make_participant(session, name="Quiet Harbor"))

        with pytest.raises(NotFound):
            patient_tasks.ask(session, loop.navigator, stranger.id, Asked(PatientTaskKind.QUESTION, "How?"), at=NOON)
