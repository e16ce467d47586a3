"""What a receiver's pages say when sharing has ended: the same, byte for byte, whatever ended it."""

import io
import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlmodel import col, select

from cie import consent, referrals
from cie.access import Role
from cie.calendar import local_day
from cie.consent import Decision, Method
from cie.db import transaction
from cie.participants.models import Agreement
from tests.factories import make_loop, make_staff, send_one, staff_of
from tests.support.web import make_app, signed_in

NOW = datetime.now(UTC)
SAID = NOW - timedelta(days=3)


def revoke(session, loop):
    (record,) = consent.consents_of(session, loop.clinic.id, loop.person.id)
    consent.revoke(session, loop.navigator, record.id, method=Method.BY_VOICE, at=NOW)


def expire(session, loop):
    (record,) = consent.consents_of(session, loop.clinic.id, loop.person.id)
    record.expires_on = local_day(NOW) - timedelta(days=1)
    session.add(record)
    session.flush()
    assert loop.person.id in consent.persons_with_ended_consent(session, at=NOW)
    consent.end_what_has_expired(session, loop.person.id, at=NOW)


def say_no(session, loop):
    consent.record_consent(
        session,
        loop.navigator,
        loop.person.id,
        decision=Decision.DO_NOT_SHARE,
        categories=[],
        recipient_ids=[],
        method=Method.IN_PERSON,
        expires_on=None,
        wording_version="",
        at=NOW,
    )


def leave(session, loop):
    query = select(Agreement).where(col(Agreement.organization_id) == loop.clinic.id)
    (agreement,) = session.execute(query).scalars()
    agreement.ends_on = local_day(NOW) - timedelta(days=1)
    session.add(agreement)


PERSONS_ENDINGS = {"revocation": revoke, "expiry": expire, "a no": say_no}
ENDINGS = {**PERSONS_ENDINGS, "agreement": leave}


@pytest.fixture
def places(database, migrated):
    """The same story at places of the same names, one for each ending."""
    with transaction() as session:
        told = {name: begun(session) for name in ENDINGS}
    for name, end in ENDINGS.items():
        with transaction() as session:
            end(session, told[name].loop)
    app = make_app(migrated)
    for place in told.values():
        place.wren = signed_in(app, place.worker)
        place.sorrel = signed_in(app, place.navigator)
    return told


def begun(session):
    """Asked, said yes, wrote to each other."""
    loop = make_loop(session)
    worker = make_staff(session, loop.pantry, name="Wren")
    navigator = make_staff(session, loop.clinic, Role.NAVIGATOR, name="Sorrel")
    referral, task = send_one(session, loop, at=SAID, message="Call in the morning.")
    acting = staff_of(loop.pantry, id=worker.id)
    referrals.accept(session, acting, task.id, at=SAID)
    referrals.write_message(session, acting, task.id, "The box is packed.", at=SAID)
    referrals.write_message(session, loop.navigator, task.id, "Thank you.", at=SAID)
    referrals.write_note(session, acting, referral.id, "Shelf four.", at=SAID)
    return SimpleNamespace(loop=loop, worker=worker, navigator=navigator, referral=referral, task=task)


def normal(answer):
    """Without ids, tokens and times: they differ between any two referrals and tell nothing."""
    page = answer.get_data(as_text=True)
    page = re.sub(r'name="(csrf_token|form_id)" value="[^"]*"', "", page)
    page = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", page)
    page = re.sub(r'datetime="[^"]*"', "", page)
    return answer.status_code, re.sub(r"\d{1,2}(:\d{2})?\s[ap]m", "TIME", page)


PAGES = {
    "referral": "/referrals/{referral}",
    "update": "/tasks/{task}/update",
    "contact": "/tasks/{task}/contact",
    "answer": "/tasks/{task}/answer",
    "file": "/referrals/tasks/{task}/files/new",
    "cancel": "/tasks/{task}/cancellation",
    "worklist": "/worklist",
}


def shown(place, path):
    return normal(place.wren.get(path.format(referral=place.referral.id, task=place.task.id)))


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_a_page_is_the_same_whatever_the_person_did_or_did_not(places, path):
    pages = {name: shown(places[name], path) for name in PERSONS_ENDINGS}

    assert pages["revocation"][0] == 200
    assert pages["revocation"] == pages["expiry"] == pages["a no"]


def message(place, browser):
    path = f"/referrals/{place.referral.id}/tasks/{place.task.id}/messages"
    return browser.post(path, page=f"/referrals/{place.referral.id}", message="Is she coming?")


def file(place, browser):
    path = f"/referrals/tasks/{place.task.id}/files"
    content = (io.BytesIO(b"Opening hours"), "hours.txt", "text/plain")
    return browser.post(path, page=f"{path}/new", shared="yes", file=content)


def contact(place, browser):
    path = f"/tasks/{place.task.id}/contact"
    return browser.post(path, page=path, method="phone", reached="no")


def notice(answer):
    found = re.search(r'<div class="cie-notice[^>]*>.*?</div>', answer.get_data(as_text=True), re.DOTALL)
    return answer.status_code, found.group(0) if found else None


@pytest.mark.parametrize("act", [message, file, contact])
def test_an_answer_is_the_same_whatever_the_person_did_or_did_not(places, act):
    answers = {name: normal(act(places[name], places[name].wren)) for name in PERSONS_ENDINGS}

    assert answers["revocation"] == answers["expiry"] == answers["a no"]


@pytest.mark.parametrize("act", [message, file])
def test_a_refusal_is_the_same_whatever_ended_it(places, act):
    told = {name: notice(act(place, place.wren)) for name, place in places.items()}

    status, words = told["agreement"]
    assert set(told.values()) == {(status, words)}
    assert status == 403 and "There are no further updates about this person" in words


@pytest.mark.parametrize("act", [message, file])
def test_the_sender_is_told_the_rule_and_what_can_be_done(places, act):
    told = {name: notice(act(place, place.sorrel))[1] for name, place in places.items()}

    assert "The yes for this was taken back or has ended" in told["revocation"]
    assert "The person said no to sharing with this place" in told["a no"]
    assert "agreement" in told["agreement"]
    assert all("What you can do now" in words for words in told.values())
    assert not any("no further updates" in words for words in told.values())


def test_words_typed_before_it_ended_are_told_so_and_kept(database, migrated):
    with transaction() as session:
        place = begun(session)
    wren = signed_in(make_app(migrated), place.worker)
    path = f"/tasks/{place.task.id}/update"
    page = wren.get(path).get_data(as_text=True)
    seen = dict(re.findall(r'name="(seen_\w+)" value="([^"]*)"', page))
    with transaction() as session:
        revoke(session, place.loop)

    answer = wren.post(path, page=path, step="complete", words="First box picked up", **seen)

    text = re.sub(r"\s+", " ", answer.get_data(as_text=True))
    assert answer.status_code == 409
    assert "There are no further updates about this person. What you typed is still here." in text
    assert "First box picked up" in text
