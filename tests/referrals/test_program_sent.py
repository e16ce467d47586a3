"""What a program sends of those whom it serves comes out of its files: nothing goes without a release that names it.

7 CFR 272.1(c) for CalFresh, 7 CFR 246.26(d) for WIC: also that somebody is enrolled, and so their name beside it.
"""

from datetime import date, timedelta

import pytest

from cie import referrals
from cie.consent import Method, Stated
from cie.consent.models import Expiry
from cie.directory import Category
from cie.errors import ConsentRequired
from cie.participants import ParticipantKind
from tests.factories import NOON, make_consent, make_loop, make_participant, make_service, send_one


@pytest.fixture
def loop(session):
    """The county sends, and runs CalFresh and WIC."""
    loop = make_loop(session)
    loop.clinic.kind, loop.clinic.programs = ParticipantKind.COUNTY_AGENCY, ["wic", "snap"]
    session.flush()
    return loop


def release_of_case_information(session, loop, **fields):
    values = {
        "form": "abcdm-229",
        "categories": [Category.GENERAL.value],
        "programs": ["snap"],
        "recipient_ids": [str(loop.pantry.id)],
        "method": Method.SIGNED_PAPER,
        "stated": [each.value for each in Stated],
        "given_at": NOON + timedelta(minutes=1),
        "expiry": Expiry.DAY,
        "expires_on": date(2027, 11, 24),
    }
    make_consent(session, loop.person, **{**values, **fields})


def previewed(session, loop, **fields):
    (found,) = referrals.preview(session, loop.navigator, loop.request(**fields), at=NOON)
    return found


class TestRequest:
    def test_nothing_goes_on_a_plain_yes_and_the_preview_says_what_to_do(self, session, loop):
        found = previewed(session, loop)

        assert (found.refusal.rule, found.refusal.source) == ("snap", "7 CFR 272.1(c)")
        assert "ABCDM 229" in found.refusal.remedy
        assert {each.refusal.rule for each in found.ruling.withheld} == {"snap"}

    def test_it_is_not_sent(self, session, loop):
        with pytest.raises(ConsentRequired) as refused:
            send_one(session, loop)

        assert refused.value.rule == "snap"

    def test_the_name_is_as_guarded_as_the_need(self, session, loop):
        stays = {each.element.code for each in previewed(session, loop).ruling.withheld}

        assert {"need", "name", "contact", "area"} <= stays

    def test_with_the_countys_release_all_of_it_goes(self, session, loop):
        release_of_case_information(session, loop)

        assert previewed(session, loop).refusal is None
        _referral, task = send_one(session, loop)
        assert task.status == "requested"

    def test_of_several_programs_the_strictest_counts(self, session, loop):
        release_of_case_information(session, loop, programs=["wic"])

        assert previewed(session, loop).refusal.rule == "snap"

    @pytest.mark.parametrize("fields", [{"recipient_ids": []}, {"method": Method.BY_VOICE}])
    def test_a_release_that_lacks_something_is_none_and_what_it_lacks_is_named(self, session, loop, fields):
        release_of_case_information(session, loop, **fields)

        refusal = previewed(session, loop).refusal
        assert refusal.rule == "snap"
        assert refusal.missing

    def test_an_offer_is_as_guarded(self, session, loop):
        other = make_service(session, make_participant(session, name="Harvest Table"))
        request = loop.request(service_ids=(loop.service.id, other.id))

        found = referrals.preview(session, loop.navigator, request, at=NOON)

        assert {each.refusal.rule for each in found} == {"snap"}

    def test_who_runs_no_program_sends_as_before(self, session, loop):
        loop.clinic.programs = []

        assert previewed(session, loop).refusal is None


class TestAfterwards:
    @pytest.fixture
    def task(self, session, loop):
        loop.clinic.programs = []
        session.flush()
        _referral, task = send_one(session, loop)
        loop.clinic.programs = ["wic"]
        session.flush()
        return task

    def test_a_message_needs_the_release(self, session, loop, task):
        with pytest.raises(ConsentRequired) as refused, session.begin_nested():
            referrals.write_message(session, loop.navigator, task.id, "She gets WIC since May.", at=NOON)

        release_of_case_information(session, loop, programs=["wic"])
        referrals.write_message(session, loop.navigator, task.id, "She gets WIC since June.", at=NOON)

        read = referrals.entries_for(session, loop.caseworker, task.referral_id, [task])
        assert refused.value.rule == "wic"
        assert [entry.text for entry in read] == ["She gets WIC since June."]

    def test_so_does_a_file(self, session, loop, task):
        file = {"name": "Card.txt", "content": b"Enrolled.", "claimed": "text/plain", "shared": True}

        with pytest.raises(ConsentRequired):
            referrals.add_attachment(session, loop.navigator, task.id, **file, at=NOON)

    def test_what_the_other_side_writes_is_no_record_of_the_program(self, session, loop, task):
        referrals.write_message(session, loop.caseworker, task.id, "Come on Friday.", at=NOON)

        assert referrals.entries_for(session, loop.navigator, task.referral_id, [task]) != []
