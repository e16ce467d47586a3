"""The notice of 42 CFR 2.32 goes with treatment records on every page that shows them, and on their paper."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from cie import consent, referrals
from cie.access import Role
from cie.calendar import local_day
from cie.consent import Method
from cie.consent.law import Stated, decide
from cie.consent.models import Expiry, NetworkPolicy, NetworkRole
from cie.db import reading, transaction
from cie.directory import Category
from cie.web.consent_form_words import LACKS
from cie.web.refer_words import shown
from tests.consent.law.cases import decision_cases
from tests.factories import add, make_consent, make_loop, make_staff, send_one
from tests.support.web import make_app, signed_in

NOW = datetime.now(UTC)
NOTICE = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."


@pytest.fixture
def story(database, migrated):
    """A clinic asked a service for substance use treatment, with a whole consent of 42 CFR 2.31."""
    with transaction() as session:
        loop = make_loop(session)
        full_consent(session, loop)
        _referral, task = send_one(session, loop, at=NOW)
        navigator = make_staff(session, loop.clinic, Role.NAVIGATOR)
        worker = make_staff(session, loop.pantry)
    app = make_app(migrated)
    return SimpleNamespace(app=app, loop=loop, task=task, wren=signed_in(app, worker), sorrel=signed_in(app, navigator))


def full_consent(session, loop):
    """All that 42 CFR 2.31 asks for, for a service whose name tells of treatment, where counsel recorded the role."""
    add(session, policy())
    loop.service.sensitivity = Category.SUD_PART2
    make_consent(session, loop.person, **full_words(loop.pantry))


def full_words(recipient):
    return {
        "form": "part2",
        "categories": [Category.GENERAL.value, Category.SUD_PART2.value],
        "recipient_ids": [str(recipient.id)],
        "method": Method.SIGNED_PAPER,
        "stated": [each.value for each in Stated],
        "expiry": Expiry.DAY,
        "expires_on": local_day(NOW) + timedelta(days=90),
        "given_at": NOW - timedelta(days=1),
    }


def policy():
    return NetworkPolicy(
        role=NetworkRole.QSO,
        counsel="Juniper Vale",
        source="Memo 7",
        effective_on=local_day(NOW) - timedelta(days=2),
        recorded_at=NOW - timedelta(days=2),
    )


PAGES = {
    "worklist": "/worklist",
    "referral": "/referrals/{task.referral_id}",
    "answer": "/tasks/{task.id}/answer",
    "decline": "/tasks/{task.id}/rejection",
    "waitlist": "/tasks/{task.id}/waitlist",
}


@pytest.mark.parametrize("page", PAGES)
def test_who_was_asked_reads_the_notice_with_the_records(story, page):
    shown = story.wren.get(PAGES[page].format(task=story.task)).get_data(as_text=True)

    assert NOTICE in shown
    assert "cie-no-print" not in shown.partition(NOTICE)[0].rpartition("<div")[2], "it is printed, too"


def test_the_sender_reads_in_the_preview_what_will_go_with_it(story):
    with story.app.test_request_context(), reading() as session:
        (preview,) = referrals.preview(session, story.loop.navigator, story.loop.request(), at=NOW)
        words = shown(preview, story.loop.person)

    assert NOTICE in words.duties and "HIPAA may not bind them. Tell the person so before you send." in words.duties
    assert words.elements and words.refused is None


def test_an_ordinary_request_carries_no_notice(story):
    with transaction() as session:
        loop = make_loop(session)
        send_one(session, loop, at=NOW)
        worker = make_staff(session, loop.pantry)

    assert NOTICE not in signed_in(story.app, worker).get("/worklist").get_data(as_text=True)


def test_the_preview_names_what_the_consent_still_lacks(story):
    with transaction() as session:
        (record,) = [r for r in consent.consents_of(session, story.loop.clinic.id, story.loop.person.id) if r.stated]
        record.stated = [each.value for each in Stated if each is not Stated.REDISCLOSURE]
        session.add(record)

    with story.app.test_request_context(), reading() as session:
        (preview,) = referrals.preview(session, story.loop.navigator, story.loop.request(), at=NOW)
        refused = shown(preview, story.loop.person).refused

    assert refused["rule"] == "Substance use treatment records need a consent of their own."
    assert refused["missing"] == "That those who get the records may pass some on"


def test_every_lack_that_a_rule_can_name_has_its_words():
    lacks = {code for case in decision_cases() for answer in decide(case.question) for code in answer.missing}

    assert lacks - {"form"} <= set(LACKS)
