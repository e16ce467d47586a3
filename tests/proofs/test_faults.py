"""Pages while nothing can be saved: what was typed is still there, and nothing is half written."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, event, func, select, text
from werkzeug.test import TestResponse

from cie import events, schema
from cie.access import SYSTEM, Role
from cie.app import compose
from cie.db import configure, current, reading, transaction
from cie.db.lock import WriteLock
from cie.errors import Busy
from cie.identity import UserAccount
from cie.participants import Participant
from cie.people.filing import file_person
from tests.factories import Loop, make_loop, make_staff
from tests.support.sign_in import pass_time
from tests.support.web import Browser, make_app, signed_in

WORDS = "We cannot save right now. Try again in a minute. What you typed is still here."
TYPED = "Ring twice, the bell is <soft> & low."
FORM = re.compile(r"<form.*?</form>", re.DOTALL)
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
FAMILY = "Zabrinsky"
BUSY_TABLES = "audit_head, audit_entry, idempotency_key, user_session, throttle"


@dataclass
class Desk:
    """A navigator at work, on an exchange that waits only shortly for its turn to write."""

    loop: Loop
    user: UserAccount
    browser: Browser

    def forms(self) -> dict[str, dict[str, str]]:
        """What is posted where: pages that show a person again, and pages that do not."""
        person, service = str(self.loop.person.id), str(self.loop.service.id)
        asked = {"person": person, "need": "food", "urgency": "urgent", "service": service}
        return {
            "/people/new": {"given_name": TYPED, "family_name": "Reed", "language": "en", "form_id": "one"},
            f"/people/{person}/edit": {
                "given_name": TYPED,
                "family_name": "Reed",
                "seen_version": "1",
                "language": "es",
            },
            "/referrals/new": {**asked, "message": TYPED, "form_id": "two", "action": "save"},
            "/people": {"name": FAMILY},
        }


@pytest.fixture
def desk(migrated, database) -> Iterator[Desk]:
    settings = migrated.model_copy(update={"lock_wait_seconds": 0.2})
    configure(settings)
    compose(settings)
    with transaction() as session:
        loop = make_loop(session, given_name=TYPED, family_name=FAMILY)
        file_person(session, loop.person)
        user = make_staff(session, loop.clinic, Role.NAVIGATOR)
    yield Desk(loop, user, signed_in(make_app(settings), user))
    current().engine.dispose()


@contextmanager
def lock_held_by_another() -> Iterator[None]:
    """Somebody has the turn to write and does not give it back."""
    database = current()
    if database.is_sqlite:
        with WriteLock(Path(f"{database.engine.url.database}.lock"), wait_seconds=1).held():
            yield
        return
    with create_engine(database.engine.url, poolclass=NullPool).begin() as connection:
        connection.execute(text(f"LOCK TABLE {BUSY_TABLES} IN EXCLUSIVE MODE"))
        yield


@contextmanager
def disk_full() -> Iterator[None]:
    """The file may not grow, and changes were made until no room was left in it."""
    engine = current().engine
    raw = engine.raw_connection()
    # without the pages that other tests left empty
    raw.driver_connection.execute("VACUUM")
    room = list(raw.driver_connection.execute("PRAGMA page_count").fetchone())
    raw.close()

    def limit(raw, *_rest) -> None:
        raw.execute(f"PRAGMA max_page_count={room[0]}")

    event.listen(engine, "checkout", limit)
    try:
        refused = 0
        while refused < 3:
            refused += not _ticks()
        yield
    finally:
        room[0] = 1_000_000


def _ticks() -> bool:
    try:
        with transaction() as session:
            (participant, *_others) = session.execute(select(Participant)).scalars()
            events.record(session, SYSTEM, "tick", participant, at=datetime.now(UTC))
    except Busy:
        return False
    return True


def rows() -> dict[str, int]:
    with reading() as session:
        assert events.verify(session).faults == ()
        return {
            table.name: session.execute(select(func.count()).select_from(table)).scalar_one()
            for table in schema.metadata.sorted_tables
        }


def _typed(path: str) -> str:
    return FAMILY if path == "/people" else TYPED


def sent_again(desk: Desk, path: str, page: str) -> TestResponse:
    """What the page holds is sent by its first button: hidden boxes and filled ones, as a browser does."""
    form = next(form for form in FORM.findall(page) if _typed(path) in unescape(form))
    hidden = {name: unescape(value) for name, value in HIDDEN.findall(form)}
    return desk.browser.client.post(path, data={**desk.forms()[path], **hidden})


FAULTS = {"held": lock_held_by_another, "full": disk_full}


@pytest.mark.parametrize("path", ["/people/new", "edit", "/referrals/new", "/people"])
@pytest.mark.parametrize("fault", FAULTS)
def test_what_was_typed_is_still_there_and_is_saved_when_it_can_be(desk, fault, path):
    if fault == "full" and not current().is_sqlite:
        pytest.skip("SQLite alone can be given so little room")
    path = next(each for each in desk.forms() if each == path or each.endswith("/" + path))
    token = desk.browser._token("/help")
    pass_time(desk.user, minutes=10)

    with FAULTS[fault]():
        before = rows()
        answer = desk.browser.client.post(path, data={"csrf_token": token, **desk.forms()[path]})
        assert rows() == before
    again = sent_again(desk, path, answer.text)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert WORDS in answer.text
    assert again.status_code == (200 if path == "/people" else 303), again.text
    assert rows() != before


@pytest.mark.parametrize("fault", FAULTS)
def test_pages_that_show_nobody_go_on_and_those_that_show_somebody_say_when_to_come_back(desk, fault):
    if fault == "full" and not current().is_sqlite:
        pytest.skip("SQLite alone can be given so little room")
    pass_time(desk.user, minutes=10)

    with FAULTS[fault]():
        public, own = desk.browser.get("/find-help?need=food&zip=93702"), desk.browser.get("/settings")
        shows = desk.browser.get(f"/people/{desk.loop.person.id}/history")
    after = desk.browser.get(f"/people/{desk.loop.person.id}/history")

    assert (public.status_code, own.status_code, shows.status_code, after.status_code) == (200, 200, 503, 200)
    assert shows.headers["Retry-After"] == "60"
    assert "Try again in a minute." in shows.text and FAMILY not in shows.text


def test_a_form_of_another_site_is_not_made_ours_while_nothing_can_be_saved(desk):
    """Its sender has no token; the page must not hand it one along with what it sent."""
    with lock_held_by_another():
        answer = desk.browser.client.post("/people", data={"name": TYPED})

    assert TYPED not in unescape(answer.text)


def test_a_password_is_not_sent_back(desk):
    token = desk.browser._token("/help")

    with lock_held_by_another():
        form = {"csrf_token": token, "email": "wren@example.org", "password": TYPED}
        answer = desk.browser.client.post("/sign-in", data=form)

    assert answer.status_code == 503
    assert TYPED not in unescape(answer.text)
