"""What is written down of a yes or a no, what it replaces, and what it ends."""

from datetime import date, timedelta

import pytest

from cie import consent
from cie.consent import Capacity, DataSet, Decision, Disclosure, Element, Method, SignerKind
from cie.directory import Category
from cie.errors import Invalid
from cie.people.models import Standing
from tests.factories import NOON, make_consent, make_loop, make_participant

NAME, RENT = Element("name", "Aster Moreno"), Element("need", "Help with rent", Category.HOUSING)
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def loop(session):
    """A clinic, a pantry, and a person who has not said anything about sharing."""
    loop = make_loop(session)
    for record in consent.consents_of(session, loop.clinic.id, loop.person.id):
        session.delete(record)
    session.flush()
    return loop


def record(session, loop, **fields):
    values = {
        "decision": Decision.SHARE,
        "categories": [Category.GENERAL, Category.HOUSING],
        "recipient_ids": [],
        "method": Method.IN_PERSON,
        "expires_on": date(2027, 11, 24),
        "at": NOON,
    }
    return consent.record_consent(session, loop.navigator, loop.person.id, **{**values, **fields})


def no(session, loop, **fields):
    return record(session, loop, decision=Decision.DO_NOT_SHARE, categories=[], expires_on=None, **fields)


def disclosure(loop, *elements, recipient=None):
    place = recipient or loop.pantry
    return Disclosure(loop.person, loop.clinic.id, place.id, DataSet.REFERRAL, elements or (NAME, RENT))


def release(session, loop, recipient=None, at=NOON):
    request = disclosure(loop, recipient=recipient)
    return consent.release(session, loop.navigator, request, referral_id=None, subject_id=loop.service.id, at=at)


def rule(session, loop, recipient=None, at=LATER):
    refusal = consent.preview(session, disclosure(loop, recipient=recipient), at=at).refusal
    return refusal.rule if refusal else None


class TestWhatIsKept:
    def test_language_version_witness_and_purpose_are_kept(self, session, loop):
        kept = record(session, loop, method=Method.BY_VOICE, witness_name="Robin Ash", language="hmn")

        assert (kept.language, kept.form_version, kept.witness_name) == ("hmn", consent.FORM_VERSION, "Robin Ash")
        assert kept.purpose == "COC"

    def test_the_language_is_the_persons_unless_another_was_read(self, session, loop):
        assert record(session, loop).language == loop.person.language

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"method": Method.BY_VOICE}, "witness_name"),
            ({"wording_version": "1999-01"}, "wording_version"),
            ({"signer": SignerKind.LEGAL_REPRESENTATIVE, "signer_name": "Linnet Reed"}, "capacity"),
            (
                {
                    "signer": SignerKind.LEGAL_REPRESENTATIVE,
                    "signer_name": "Linnet Reed",
                    "capacity": Capacity.CONSERVATOR,
                },
                "entitled",
            ),
            (
                {
                    "signer": SignerKind.LEGAL_REPRESENTATIVE,
                    "signer_name": "Linnet Reed",
                    "capacity": Capacity.CONSERVATOR,
                    "entitled_categories": [Category.GENERAL],
                },
                "categories",
            ),
            ({"signer": SignerKind.LEGAL_REPRESENTATIVE, "signer_name": "L" * 101}, "signer_name"),
        ],
    )
    def test_what_is_missing_is_named(self, session, loop, fields, field):
        with pytest.raises(Invalid) as fault:
            record(session, loop, **fields)

        assert fault.value.field == field

    @pytest.mark.parametrize(
        ("birth", "signer"),
        [
            ("2012-01-01", SignerKind.PERSON),
            ("2016-01-01", SignerKind.MINOR),
            ("1992-03-27", SignerKind.MINOR),
            ("1992-03-27", SignerKind.PARENT_OR_GUARDIAN),
        ],
    )
    def test_a_yes_is_said_by_somebody_who_may_at_that_age(self, session, loop, birth, signer):
        loop.person.birth_text = birth
        with pytest.raises(Invalid) as fault:
            record(session, loop, signer=signer, signer_name="Linnet Reed", entitled_categories=list(Category))

        assert fault.value.field == "signer"

    def test_a_minor_of_fifteen_who_lives_apart_may_sign_for_everyday_help(self, session, loop):
        loop.person.birth_text = "2011-11-24"
        record(session, loop, signer=SignerKind.MINOR, entitled_categories=[Category.GENERAL, Category.HOUSING])
        assert rule(session, loop) == "minor"

        loop.person.standing = [Standing.LIVES_APART]

        assert rule(session, loop) is None

    def test_a_no_needs_no_witness(self, session, loop):
        assert no(session, loop, method=Method.BY_VOICE).witness_name is None

    def test_places_outside_the_network_and_the_own_organization_are_refused(self, session, loop):
        for place in (loop.service.id, loop.clinic.id):
            with pytest.raises(Invalid) as fault:
                record(session, loop, recipient_ids=[place])
            assert fault.value.field == "recipients"


class TestWhatItReplaces:
    def test_a_newer_record_for_the_same_places_replaces_the_older_one(self, session, loop):
        first = record(session, loop)
        second = record(session, loop, categories=[Category.GENERAL], at=LATER)

        ruling = consent.preview(session, disclosure(loop), at=LATER)
        assert second.supersedes_id == first.id
        assert ruling.permitted == (NAME,)

    def test_another_set_of_places_is_not_replaced(self, session, loop):
        record(session, loop)

        assert record(session, loop, recipient_ids=[loop.pantry.id], at=LATER).supersedes_id is None

    def test_what_was_replaced_does_not_come_back(self, session, loop):
        record(session, loop)
        second = record(session, loop, at=LATER)

        consent.revoke(session, loop.navigator, second.id, method=Method.BY_VOICE, at=LATER)

        assert rule(session, loop) == "ended"

    def test_taking_back_the_newer_one_ends_what_rests_on_the_older_one(self, session, loop):
        record(session, loop)
        row = release(session, loop)
        second = record(session, loop, at=LATER)
        assert row.ended_at is None

        consent.revoke(session, loop.navigator, second.id, method=Method.BY_VOICE, at=LATER)

        assert row.ended_at == LATER

    def test_a_narrower_yes_ends_what_it_leaves_out(self, session, loop):
        record(session, loop)
        row = release(session, loop)

        record(session, loop, categories=[Category.GENERAL], at=LATER)

        assert row.ended_at == LATER


class TestWhatANoEnds:
    def test_a_no_to_all_ends_everything_that_can_be_read(self, session, loop):
        record(session, loop, recipient_ids=[loop.pantry.id])
        row = release(session, loop)

        no(session, loop, at=LATER)

        assert row.ended_at == LATER
        assert rule(session, loop) == "persons-no"

    def test_a_no_to_one_place_leaves_the_others(self, session, loop):
        other = make_participant(session, name="Open Basket Co-op")
        make_consent(session, loop.person)
        row, others = release(session, loop), release(session, loop, other)

        no(session, loop, recipient_ids=[loop.pantry.id], at=LATER)

        assert (row.ended_at, others.ended_at) == (LATER, None)
        assert (rule(session, loop), rule(session, loop, other)) == ("persons-no", None)

    def test_a_later_yes_that_names_the_place_counts_again(self, session, loop):
        no(session, loop)
        record(session, loop, recipient_ids=[loop.pantry.id], at=LATER)

        assert rule(session, loop) is None
