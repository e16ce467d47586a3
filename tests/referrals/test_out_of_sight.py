"""What a sender may not find out by trying: how it goes on at a protected service, and why somebody was cancelled."""

from datetime import date

import pytest
from sqlmodel import select

from cie import referrals
from cie.directory import Category
from cie.errors import NotPossibleNow, Stale
from cie.participants import ParticipantKind
from cie.referrals import Closing, Reason, ReferralActivity, Told
from cie.referrals.activity import project_activity
from cie.referrals.history import reasons_told
from cie.referrals.queries import Seen
from tests.factories import NOON, make_consent, make_loop, make_participant, make_service, send_one, staff_of

STEPS = {
    "nothing more": (),
    "started": (referrals.start,),
    "helped": (referrals.complete,),
    "could not": (lambda *a, at: referrals.fail(*a, reason=Reason.NO_ROOM, at=at),),
    "they no longer want it": (lambda *a, at: referrals.fail(*a, reason=Reason.PERSON_DECLINES, at=at),),
}


@pytest.fixture
def loop(session):
    return make_loop(session)


@pytest.fixture
def protected(session, loop):
    """A loop whose protected service said yes."""
    shelter = make_participant(session, name="Harbor of Calm", kind=ParticipantKind.VICTIM_SERVICES)
    service = make_service(session, shelter, name="Safe nights")
    loop.keeper = staff_of(shelter)
    loop.sent, loop.task = send_one(session, loop, service_ids=(service.id,), at_person_request=True)
    referrals.accept(session, loop.keeper, loop.task.id, at=NOON)
    return loop


def goes_on(session, protected, step):
    for verb in STEPS[step]:
        verb(session, protected.keeper, protected.task.id, at=NOON)


@pytest.mark.parametrize("step", STEPS)
class TestProtected:
    def refused(self, act):
        with pytest.raises(NotPossibleNow) as refusal:
            act()
        return refusal.value.message

    def test_its_sender_can_neither_close_nor_cancel_nor_answer_for_it_whatever_became_of_it(
        self, session, protected, step
    ):
        goes_on(session, protected, step)
        navigator, told = protected.navigator, Told("Dove")
        closing = {"closing": Closing.OTHER, "at": NOON}

        said = {
            self.refused(lambda: referrals.close_loop(session, navigator, protected.sent.id, **closing)),
            self.refused(lambda: referrals.cancel(session, navigator, protected.task.id, reason=Reason.OTHER, at=NOON)),
            self.refused(lambda: referrals.accept(session, navigator, protected.task.id, told=told, at=NOON)),
        }

        assert said == {"No next step here: the person and the place go on by themselves"}

    def test_no_version_tells_of_it(self, session, protected, step):
        goes_on(session, protected, step)

        assert referrals.seen_of_loop(session, protected.sent) == Seen(0)
        with pytest.raises(Stale):
            referrals.close_loop(
                session, protected.navigator, protected.sent.id, closing=Closing.OTHER, at=NOON, seen=Seen(3)
            )

    def test_referring_again_leaves_it_as_it_is(self, session, protected, step):
        goes_on(session, protected, step)
        before = (protected.sent.status, protected.sent.closing)

        again = protected.request(replaces_id=protected.sent.id)
        referrals.send(session, protected.navigator, again, previewed=None, at=NOON)

        assert (protected.sent.status, protected.sent.closing) == before

    def test_in_the_list_of_changes_there_is_what_the_sender_did_alone(self, session, protected, step):
        goes_on(session, protected, step)

        events = session.info["events"]
        project_activity(session, events, referrals.touched_by(session, events).loops)

        own = ReferralActivity.organization_id == protected.clinic.id
        assert session.exec(select(ReferralActivity.change).where(own)).all() == ["referral.send"]


def test_a_place_closes_what_it_asked_of_its_own_protected_service(session, loop):
    make_consent(session, loop.person, categories=[Category.GENERAL, Category.VICTIM_SERVICES])
    own = make_service(session, loop.clinic, name="Safe talks", sensitivity=Category.VICTIM_SERVICES)
    sent, task = send_one(session, loop, service_ids=(own.id,), at_person_request=True)
    referrals.accept(session, staff_of(loop.clinic), task.id, at=NOON)

    closed = referrals.close_loop(session, loop.navigator, sent.id, closing=Closing.OTHER, at=NOON)

    assert (closed.masked, closed.closing) == (True, Closing.OTHER)


class TestReasons:
    def test_why_the_sender_cancelled_is_not_told_to_who_was_asked(self, session, loop):
        _sent, task = send_one(session, loop)

        referrals.cancel(session, loop.navigator, task.id, reason=Reason.PERSON_DECLINES, at=NOON)

        assert reasons_told(session, loop.caseworker, [task]) == {task.id: None}
        assert reasons_told(session, loop.navigator, [task]) == {task.id: Reason.PERSON_DECLINES}

    def test_each_side_hears_its_own(self, session, loop):
        _sent, task = send_one(session, loop)

        referrals.cancel(session, loop.caseworker, task.id, reason=Reason.OTHER, at=NOON)

        assert reasons_told(session, loop.caseworker, [task]) == {task.id: Reason.OTHER}

    def test_that_somebody_else_was_first_is_told(self, session, loop):
        second = make_service(session, make_participant(session, name="Open Basket"))
        sent, task = send_one(session, loop, service_ids=(loop.service.id, second.id))
        winner = referrals.tasks_of(session, sent)[1]

        referrals.accept(session, staff_of(winner.performer_id), winner.id, at=NOON)

        assert reasons_told(session, loop.caseworker, [task]) == {task.id: Reason.RECALLED}


def test_that_somebody_waits_at_a_protected_service_does_not_show_in_the_directory(session, loop):
    shelter = make_participant(session, name="Harbor of Calm", kind=ParticipantKind.VICTIM_SERVICES)
    service = make_service(session, shelter, name="Safe nights")
    _sent, task = send_one(session, loop, service_ids=(service.id,), at_person_request=True)

    referrals.put_on_waitlist(session, staff_of(shelter), task.id, until=date(2027, 1, 4), at=NOON)

    assert task.waitlist_until == date(2027, 1, 4)
    assert service.capacity_updated_at is None
