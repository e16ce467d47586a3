"""A database that is locked, full or gone says so, loses nothing, and goes on when it is back."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import NullPool, create_engine, event, func, select, text

from cie import events
from cie.access import SYSTEM
from cie.app import compose
from cie.db import configure, current, reading, transaction
from cie.db.lock import WriteLock
from cie.db.migrate import upgrade
from cie.errors import Busy
from cie.events import AuditEntry
from cie.participants import Participant
from tests.conftest import settings_for
from tests.factories import make_participant
from tests.support.postgres import own_postgres
from tests.support.web import Browser, make_app


def tick(participant: Participant) -> None:
    with transaction() as session:
        events.record(session, SYSTEM, "tick", participant, at=datetime.now(UTC), organization_id=participant.id)


def entries() -> int:
    with reading() as session:
        assert events.verify(session).faults == ()
        return session.execute(select(func.count()).select_from(AuditEntry)).scalar_one()


@contextmanager
def write_lock_held(participant: Participant) -> Iterator[None]:
    """Somebody else has the turn to write and does not give it back."""
    database = current()
    if database.is_sqlite:
        with WriteLock(Path(f"{database.engine.url.database}.lock"), wait_seconds=1).held():
            yield
        return
    with create_engine(database.engine.url, poolclass=NullPool).begin() as connection:
        connection.execute(text("LOCK TABLE audit_head, throttle IN ACCESS EXCLUSIVE MODE"))
        yield


@pytest.fixture
def impatient(migrated, database):
    """The same database with a short wait, an organization in it, and a browser."""
    settings = migrated.model_copy(update={"lock_wait_seconds": 0.3})
    configure(settings)
    compose(settings)
    with transaction() as session:
        participant = make_participant(session)
    tick(participant)
    return participant, Browser(make_app(settings))


def test_a_turn_that_does_not_come_is_busy_and_the_page_says_when_to_come_back(impatient):
    participant, browser = impatient
    token = browser.client.get("/sign-in").text.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"csrf_token": token, "email": "wren@lantern.example.org", "password": "a lantern on the shelf"}
    before = entries()

    with write_lock_held(participant):
        with pytest.raises(Busy):
            tick(participant)
        answer = browser.client.post("/sign-in", data=form)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert entries() == before
    tick(participant)
    assert entries() == before + 1


def test_a_full_disk_is_said_and_nothing_is_half_written(database, migrated):
    if not database.is_sqlite:
        pytest.skip("SQLite alone can be given so little room")
    with transaction() as session:
        participant = make_participant(session)
    raw = database.engine.raw_connection()
    # without the pages that other tests left empty
    raw.driver_connection.execute("VACUUM")
    (pages,) = raw.driver_connection.execute("PRAGMA page_count").fetchone()
    raw.close()
    room = [pages + 8]
    event.listen(database.engine, "checkout", lambda raw, *_rest: raw.execute(f"PRAGMA max_page_count={room[0]}"))

    saved = 0
    with pytest.raises(Busy):
        while saved < 2000:
            tick(participant)
            saved += 1
    assert 0 < saved < 2000
    assert entries() == saved
    for _n in range(3):
        with pytest.raises(Busy):
            tick(participant)

    room[0] = 1_000_000
    tick(participant)
    assert entries() == saved + 1


def check_gone(app: Flask, participant: Participant, take, bring_back) -> None:
    """Ready, then away on every page and in every verb, then ready again with everything there."""
    client = app.test_client()
    tick(participant)
    before = entries()
    assert client.get("/readyz").json["ready"] is True

    take()
    try:
        ready, page = client.get("/readyz"), client.get("/find-help?need=food")
        assert (ready.status_code, ready.json) == (503, {"ready": False, "database": "away"})
        assert (page.status_code, page.headers["Retry-After"]) == (503, "60")
        assert client.get("/healthz").status_code == 200
        for _n in range(2):
            with pytest.raises(Busy):
                tick(participant)
    finally:
        bring_back()

    assert client.get("/readyz").json["ready"] is True
    tick(participant)
    assert entries() == before + 1


def test_a_sqlite_file_that_was_moved_away_is_away_until_it_is_back(tmp_path):
    settings = settings_for(f"sqlite:///{tmp_path}/here/cie.db", tmp_path)
    app, participant = made(settings)
    here, there = tmp_path / "here", tmp_path / "there"

    check_gone(app, participant, lambda: here.rename(there), lambda: there.rename(here))


def test_a_sqlite_file_that_was_replaced_is_not_mixed_with_the_old_one(tmp_path):
    settings = settings_for(f"sqlite:///{tmp_path}/cie.db", tmp_path)
    _app, participant = made(settings)
    current().engine.dispose()
    shutil.copy(tmp_path / "cie.db", tmp_path / "copy.db")
    tick(participant)

    for path in tmp_path.glob("cie.db*"):
        if ".lock" not in path.suffixes:
            path.unlink()
    (tmp_path / "copy.db").rename(tmp_path / "cie.db")

    tick(participant)
    assert entries() == 1


def test_a_postgresql_that_stopped_is_away_until_it_runs(tmp_path):
    with own_postgres() as server:
        settings = settings_for(server.url.format(name="postgres"), tmp_path)
        app, participant = made(settings)

        check_gone(app, participant, server.stop, server.start)
        current().engine.dispose()


@pytest.mark.parametrize("long_unused", [30, 0])
def test_a_connection_that_its_server_ended_is_not_used_again(database, monkeypatch, long_unused):
    if database.is_sqlite:
        pytest.skip("SQLite has no server")
    monkeypatch.setattr("cie.db.connections.LONG_UNUSED_SECONDS", long_unused)
    before = own_process()
    assert own_process() == before

    end(before)

    assert own_process() != before


def own_process() -> int:
    """The process of the server that answers this one."""
    with reading() as session:
        return session.execute(text("SELECT pg_backend_pid()")).scalar_one()


def end(process: int) -> None:
    """The server ends a connection, and has told so when this returns."""
    with create_engine(current().engine.url, poolclass=NullPool).begin() as connection:
        # it waits so many milliseconds for the process to be gone
        ended = connection.execute(text("SELECT pg_terminate_backend(:process, 5000)"), {"process": process})
        assert ended.scalar_one()


def made(settings) -> tuple[Flask, Participant]:
    configure(settings)
    upgrade()
    app = make_app(settings)
    with transaction() as session:
        participant = make_participant(session)
    return app, participant
