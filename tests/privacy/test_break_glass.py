"""What was opened in an emergency, as the privacy officers of both sides look at it."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from cie import privacy, referrals
from cie.access import Role
from cie.errors import Invalid, NotAllowed, NotFound, NotPossibleNow
from cie.privacy import Finding
from tests.factories import NOON, make_participant, make_staff, staff_of
from tests.referrals.hospital import make_hospital, said

LATER = NOON + timedelta(hours=1)
WORDS = "The ward confirms it. Nothing more to do."


def officer_of(session, organization):
    return staff_of(organization, Role.PRIVACY_OFFICER, id=make_staff(session, organization, Role.PRIVACY_OFFICER).id)


@pytest.fixture
def place(session) -> SimpleNamespace:
    place = make_hospital(session)
    place.access = referrals.open_emergency(session, place.tansy, place.task.id, said(), at=NOON)
    place.senders, place.hospitals = officer_of(session, place.boat), officer_of(session, place.hospital)
    return place


def review(session, place, actor, **fields):
    values = {"finding": Finding.JUSTIFIED, "words": WORDS, "at": LATER}
    return privacy.review_emergency(session, actor, place.access.id, **{**values, **fields})


def listed(session, actor, *, waiting=True):
    return [access.id for access in session.execute(privacy.emergencies(actor, waiting=waiting)).scalars()]


def test_both_sides_have_it_at_once_and_each_until_it_looked(session, place):
    assert listed(session, place.senders) == listed(session, place.hospitals) == [place.access.id]

    review(session, place, place.senders)

    assert listed(session, place.senders) == []
    assert (privacy.count_waiting_emergencies(session, place.senders), listed(session, place.hospitals)) == (
        0,
        [place.access.id],
    )
    assert listed(session, place.senders, waiting=False) == [place.access.id], "it is kept"


def test_a_side_reads_its_own_finding_and_not_that_of_the_other(session, place):
    review(session, place, place.senders, finding=Finding.NOT_JUSTIFIED)

    own = privacy.reviews_of(session, place.senders, [place.access.id])
    assert own[place.access.id].words == WORDS and own[place.access.id].finding is Finding.NOT_JUSTIFIED
    assert privacy.reviews_of(session, place.hospitals, [place.access.id]) == {}


def test_looking_at_it_is_recorded_as_looking_at_the_person(session, place):
    privacy.get_emergency(session, place.senders, place.access.id)

    assert place.person.id in session.info["shown"][place.senders]


def test_what_was_found_stands_in_the_audit_chain_without_words(session, place):
    review(session, place, place.senders, finding=Finding.NOT_JUSTIFIED)

    (event,) = [event for event in session.info["events"] if event.action == "emergency.review"]
    assert (event.organization_id, event.codes) == (place.boat.id, {"finding": "not-justified"})


class TestRefusals:
    def test_to_others_there_is_no_such_thing(self, session, place):
        stranger = officer_of(session, make_participant(session))

        assert listed(session, stranger, waiting=False) == []
        with pytest.raises(NotFound):
            privacy.get_emergency(session, stranger, place.access.id)
        with pytest.raises(NotFound):
            review(session, place, stranger)

    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.PRIVACY_OFFICER])
    def test_only_a_privacy_officer_looks(self, session, place, role):
        colleague = staff_of(place.boat, role)

        with pytest.raises(NotAllowed):
            privacy.emergencies(colleague, waiting=True)
        with pytest.raises(NotAllowed):
            review(session, place, colleague)

    def test_nobody_looks_at_what_they_opened_themselves(self, session, place):
        both = staff_of(place.hospital, Role.CASEWORKER, Role.PRIVACY_OFFICER, id=place.worker.id)

        with pytest.raises(NotPossibleNow):
            review(session, place, both)

    def test_a_side_says_it_once(self, session, place):
        review(session, place, place.senders)

        with pytest.raises(NotPossibleNow):
            review(session, place, officer_of(session, place.boat), finding=Finding.NOT_JUSTIFIED)

        (kept,) = privacy.reviews_of(session, place.senders, [place.access.id]).values()
        assert kept.finding is Finding.JUSTIFIED

    @pytest.mark.parametrize(("field", "value"), [("finding", None), ("words", " "), ("words", "a" * 4001)])
    def test_without_finding_or_words_nothing_is_kept(self, session, place, field, value):
        with pytest.raises(Invalid) as refused:
            review(session, place, place.senders, **{field: value})

        assert refused.value.field == field
        assert privacy.reviews_of(session, place.senders, [place.access.id]) == {}
