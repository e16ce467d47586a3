"""Taking back, and stopping with one place: who loses what, and what was already on the way."""

from datetime import timedelta
from uuid import uuid4

import pytest

from cie import consent
from cie.access import Actor, ActorKind
from cie.consent import DataSet, Decision, Disclosure, Element, Method, SignerKind
from cie.directory import Category
from cie.errors import NotFound, NotPossibleNow
from cie.events import DeliveryState, Outbox
from cie.people import Standing
from tests.consent.test_records import loop, release, rule
from tests.factories import NOON, make_consent, make_participant, make_person

__all__ = ["loop"]
LATER = NOON + timedelta(hours=1)


def stop(session, loop, place=None, actor=None):
    place_id = (place or loop.pantry).id
    person_id = loop.person.id
    return consent.stop_sharing_with(
        session, actor or loop.navigator, person_id, place_id, method=Method.BY_VOICE, at=LATER
    )


def deliveries(session, loop, person, *states):
    for state in states:
        session.add(
            Outbox(
                organization_id=loop.clinic.id,
                kind="text",
                destination_id=uuid4(),
                order_key="phone:1",
                dedup_key=uuid4().hex,
                due_at=NOON,
                state=state,
                person_id=person.id,
                created_at=NOON,
            )
        )
    session.flush()


class TestOnTheWay:
    def test_only_what_a_worker_holds_counts(self, session, loop):
        given = make_consent(session, loop.person)
        other = make_person(session, loop.clinic, given_name="Rowan")
        deliveries(session, loop, loop.person, DeliveryState.CLAIMED, DeliveryState.CLAIMED)
        deliveries(session, loop, loop.person, DeliveryState.WAITING, DeliveryState.SENT, DeliveryState.RETRY)
        deliveries(session, loop, other, DeliveryState.CLAIMED)

        consent.revoke(session, loop.navigator, given.id, method=Method.IN_PERSON, at=LATER)

        assert given.deliveries_on_the_way == 2
        assert given.revoked_method == Method.IN_PERSON


class TestParents:
    """What a minor said themselves goes on when a parent takes their own word back."""

    @pytest.fixture
    def young(self, session, loop):
        """Somebody of 16 who lives apart, and may sign for everyday facts as their parents may."""
        loop.person.birth_text, loop.person.standing = "2010-05-05", [Standing.LIVES_APART]
        session.flush()
        return loop

    def parents(self, session, young):
        return make_consent(session, young.person, signer=SignerKind.PARENT_OR_GUARDIAN)

    def take_back(self, session, young, record, by=SignerKind.PARENT_OR_GUARDIAN, actor=None):
        how = {"method": Method.IN_PERSON, "revoked_by": by, "at": LATER}
        return consent.revoke(session, actor or young.navigator, record.id, **how)

    def test_what_rests_on_both_goes_on_until_the_minor_ends_it(self, session, young):
        theirs = self.parents(session, young)
        own = make_consent(session, young.person, signer=SignerKind.MINOR)
        row = release(session, young)
        assert {str(theirs.id), str(own.id)} <= set(row.consent_ids)

        self.take_back(session, young, theirs)
        assert row.ended_at is None

        self.take_back(session, young, own, SignerKind.MINOR)
        assert row.ended_at == LATER

    def test_nor_does_it_end_by_somebody_who_looks_in_the_place_of_the_minor(self, session, young):
        theirs = self.parents(session, young)
        make_consent(session, young.person, signer=SignerKind.MINOR)
        row = release(session, young)
        proxy = Actor(ActorKind.PROXY, uuid4(), on_behalf_of=young.person.id)

        self.take_back(session, young, theirs, SignerKind.MINOR, proxy)

        assert theirs.revoked_at == LATER and row.ended_at is None

    def test_what_rests_on_the_parent_alone_ends(self, session, young):
        theirs = self.parents(session, young)
        row = release(session, young)

        self.take_back(session, young, theirs)

        assert row.ended_at == LATER


class TestStopSharingWith:
    def test_a_yes_for_this_place_alone_is_taken_back(self, session, loop):
        given = make_consent(session, loop.person, recipient_ids=[str(loop.pantry.id)])
        row = release(session, loop)

        done = stop(session, loop)

        assert (done.revoked, done.no) == ((given,), None)
        assert (row.ended_at, given.revoked_at) == (LATER, LATER)

    @pytest.mark.parametrize("named", [False, True], ids=["anybody", "two by name"])
    def test_others_keep_theirs_when_the_yes_covers_more(self, session, loop, named):
        other = make_participant(session, name="Open Basket Co-op")
        places = [str(loop.pantry.id), str(other.id)] if named else []
        given = make_consent(session, loop.person, recipient_ids=places)
        row, others = release(session, loop), release(session, loop, other)

        done = stop(session, loop)

        assert done.no.decision == Decision.DO_NOT_SHARE
        assert (done.no.recipient_ids, done.no.form_version) == ([str(loop.pantry.id)], "")
        assert (row.ended_at, others.ended_at, given.revoked_at) == (LATER, None, None)
        assert (rule(session, loop), rule(session, loop, other)) == ("persons-no", None)

    def test_it_counts_what_was_on_the_way(self, session, loop):
        make_consent(session, loop.person)
        release(session, loop)
        deliveries(session, loop, loop.person, DeliveryState.CLAIMED)

        done = stop(session, loop)

        assert (done.on_the_way, done.no.deliveries_on_the_way) == (1, 1)

    def test_a_second_time_there_is_nothing_to_stop(self, session, loop):
        make_consent(session, loop.person)
        release(session, loop)
        stop(session, loop)

        with pytest.raises(NotPossibleNow):
            stop(session, loop)

    def test_a_place_that_saw_nothing_answers_like_one_that_does_not_exist(self, session, loop):
        make_consent(session, loop.person)

        with pytest.raises(NotFound):
            stop(session, loop, make_participant(session, name="Open Basket Co-op"))

    def test_another_organization_does_not_find_the_person(self, session, loop):
        make_consent(session, loop.person)
        row = release(session, loop)

        with pytest.raises(NotFound):
            stop(session, loop, actor=loop.caseworker)
        assert row.ended_at is None

    def test_both_records_are_told_to_the_audit(self, session, loop):
        make_consent(session, loop.person)
        make_consent(session, loop.person, recipient_ids=[str(loop.pantry.id)])
        release(session, loop)

        done = stop(session, loop)

        actions = [event.action for event in session.info["events"]]
        assert {"consent.revoke", "consent.record", "release.end"} <= set(actions)
        assert done.no is not None and len(done.revoked) == 1


def say_no(session, loop, who):
    consent.record_consent(
        session,
        loop.navigator,
        loop.person.id,
        decision=Decision.DO_NOT_SHARE,
        categories=[],
        recipient_ids=[],
        method=Method.IN_PERSON,
        signer=who,
        signer_name="Linnet Reed",
        expires_on=None,
        wording_version="",
        at=LATER,
    )


@pytest.mark.parametrize(("who", "is_over"), [(SignerKind.PARENT_OR_GUARDIAN, False), (SignerKind.MINOR, True)])
def test_a_parents_no_does_not_end_what_the_minor_alone_could_allow(session, loop, who, is_over):
    loop.person.birth_text = "2012-01-01"
    make_consent(
        session,
        loop.person,
        form="ascmi",
        categories=[Category.GENERAL.value, Category.MENTAL_HEALTH.value],
        recipient_ids=[str(loop.pantry.id)],
        method=Method.SIGNED_PAPER,
        signer=SignerKind.MINOR,
    )
    told = Disclosure(
        loop.person,
        loop.clinic.id,
        loop.pantry.id,
        DataSet.REFERRAL,
        [Element("name", "Aster Moreno")],
        service_category=Category.MENTAL_HEALTH,
    )
    row = consent.release(session, loop.navigator, told, referral_id=None, subject_id=loop.service.id, at=NOON)

    say_no(session, loop, who)

    assert (row.ended_at is not None) == is_over


def test_a_parents_no_ends_a_release_from_which_the_minors_own_was_withheld(session, loop):
    loop.person.birth_text = "2012-01-01"
    make_consent(session, loop.person, signer=SignerKind.PARENT_OR_GUARDIAN, signer_name="Linnet Reed")
    elements = [Element("name", "Aster Moreno"), Element("message", "Sees a counselor", Category.MENTAL_HEALTH)]
    told = Disclosure(loop.person, loop.clinic.id, loop.pantry.id, DataSet.REFERRAL, elements)
    row = consent.release(session, loop.navigator, told, referral_id=None, subject_id=loop.service.id, at=NOON)

    say_no(session, loop, SignerKind.PARENT_OR_GUARDIAN)

    assert [*consent.elements_of(session, row.id)] == ["name"]
    assert row.ended_at is not None
