"""What a program tells of those who were sent to it is a record of the program; that they were sent is none."""

from datetime import date, timedelta

import pytest

from cie import directory, referrals
from cie.access import Role
from cie.consent import Method, Stated
from cie.consent.models import Expiry
from cie.directory import Category
from cie.errors import ConsentRequired
from cie.participants import ParticipantKind
from cie.referrals import Reason
from tests.factories import NOON, make_consent, make_loop, send_one, staff_of


@pytest.fixture
def loop(session):
    """The organization that is asked is the county, which runs CalFresh."""
    loop = make_loop(session)
    loop.pantry.kind, loop.pantry.programs = ParticipantKind.COUNTY_AGENCY, ["snap"]
    return loop


@pytest.fixture
def task(session, loop):
    return send_one(session, loop)[1]


def release_of_case_information(session, loop):
    make_consent(
        session,
        loop.person,
        form="abcdm-229",
        categories=[Category.GENERAL.value],
        programs=["snap"],
        recipient_ids=[str(loop.pantry.id)],
        method=Method.SIGNED_PAPER,
        stated=[each.value for each in Stated],
        given_at=NOON + timedelta(minutes=1),
        expiry=Expiry.DAY,
        expires_on=date(2027, 11, 24),
    )


def read_by_sender(session, loop, task):
    return [entry.text for entry in referrals.entries_for(session, loop.navigator, task.referral_id, [task])]


def test_that_somebody_is_sent_there_is_no_record_of_the_program(session, loop, task):
    """7 CFR 272.1(c) guards what the agency keeps, not that somebody asks it for help."""
    assert task.status == "requested"


def test_what_the_program_writes_stays_until_a_release_names_it(session, loop, task):
    with pytest.raises(ConsentRequired), session.begin_nested():
        referrals.write_message(session, loop.caseworker, task.id, "Enrolled since May.", at=NOON)

    release_of_case_information(session, loop)
    referrals.write_message(session, loop.caseworker, task.id, "Enrolled since June.", at=NOON)

    assert read_by_sender(session, loop, task) == ["Enrolled since June."]


def test_the_words_of_its_answer_stay_with_it(session, loop, task):
    referrals.reject(session, loop.caseworker, task.id, reason=Reason.OTHER, words="Enrolled elsewhere.", at=NOON)

    assert read_by_sender(session, loop, task) == []
    assert [e.text for e in referrals.entries_for(session, loop.caseworker, task.referral_id, [task])] != []


def test_a_file_of_the_program_stays_too(session, loop, task):
    file = {"name": "Notice.txt", "content": b"Enrolled.", "claimed": "text/plain", "shared": True}

    with pytest.raises(ConsentRequired):
        referrals.add_attachment(session, loop.caseworker, task.id, **file, at=NOON)


def test_what_the_sender_writes_to_the_program_goes(session, loop, task):
    referrals.write_message(session, loop.navigator, task.id, "She has the papers.", at=NOON)

    assert [e.text for e in referrals.entries_for(session, loop.caseworker, task.referral_id, [task])] != []


def test_a_service_that_is_part_of_no_program_writes_freely(session, loop, task):
    officer = staff_of(loop.pantry, Role.PRIVACY_OFFICER)
    directory.set_program(session, officer, task.service_id, None, at=NOON)

    referrals.write_message(session, loop.caseworker, task.id, "Come on Friday.", at=NOON)

    assert read_by_sender(session, loop, task) == ["Come on Friday."]
