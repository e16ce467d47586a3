"""Pages while nothing can be saved: our words, when to come back, what was typed still there, and nothing half written."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, event, func, select, text

from cie import events, schema
from cie.access import Role
from cie.app import compose
from cie.db import configure, current, reading, transaction
from cie.db.lock import WriteLock
from cie.identity import UserAccount
from tests.factories import Loop, make_loop, make_staff
from tests.support.web import Browser, make_app, signed_in

WORDS = "We cannot save right now. Try again in a minute. What you typed is still here."
TYPED = "Ring twice, the bell is <soft> & low."
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
            f"/people/{person}/edit": {"given_name": TYPED, "family_name": "Moreno", "seen_version": "1"},
            "/referrals/new": {**asked, "message": TYPED, "form_id": "two", "action": "save"},
            "/people": {"name": TYPED},
        }


@pytest.fixture
def desk(migrated, database) -> Iterator[Desk]:
    settings = migrated.model_copy(update={"lock_wait_seconds": 0.2})
    configure(settings)
    compose(settings)
    with transaction() as session:
        loop = make_loop(session)
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
    """The file may not grow by a page, and what is free in it is taken."""
    engine, room = current().engine, [1]

    def limit(raw, *_rest) -> None:
        raw.execute(f"PRAGMA max_page_count={room[0]}")

    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE filler (b)")
        connection.exec_driver_sql("VACUUM") if False else None
    event.listen(engine, "checkout", limit)
    _fill(engine)
    try:
        yield
    finally:
        room[0] = 1_000_000
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE filler")
        event.remove(engine, "checkout", limit)
