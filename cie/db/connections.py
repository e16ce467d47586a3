"""Connections that are not used again: of a server that hung up, and to a file that is gone or another."""

import select
import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import DisconnectionError, InvalidatePoolError

LONG_UNUSED_SECONDS = 30


def notice_when_gone(engine: Engine, path: Path) -> None:
    """A file that was moved away or replaced is away: SQLite would go on with the old one, or make an empty one."""
    known: set[int] = set()

    @event.listens_for(engine, "do_connect")
    def on_do_connect(*_arguments: Any) -> None:
        if known and not path.exists():
            raise sqlite3.OperationalError("the database file is gone")

    @event.listens_for(engine, "connect")
    def on_connect(_raw: Any, record: Any) -> None:
        record.info["file"] = path.stat().st_ino
        known.add(record.info["file"])

    @event.listens_for(engine, "checkout")
    def on_checkout(_raw: Any, record: Any, _proxy: Any) -> None:
        if _number_of(path) != record.info["file"]:
            raise DisconnectionError("the database file is gone or another")


def _number_of(path: Path) -> int | None:
    """By which number the file system knows a file; None where there is none."""
    try:
        return path.stat().st_ino
    except OSError:
        return None


def notice_when_hung_up(engine: Engine) -> None:
    """A connection whose server hung up is not used again.

    Where it did, the socket has something to read though nothing was asked. Asking each time costs a read a tenth of
    its work; only a connection that lay unused for long, which a firewall may have dropped unsaid, is asked.
    """

    @event.listens_for(engine, "checkin")
    def on_checkin(_raw: Any, record: Any) -> None:
        record.info["unused_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def on_checkout(raw: Any, record: Any, _proxy: Any) -> None:
        unused_since = record.info.get("unused_since", time.monotonic())
        try:
            if time.monotonic() - unused_since > LONG_UNUSED_SECONDS or _has_news(raw.fileno()):
                engine.dialect.do_ping(raw)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError("the server hung up") from error


def _has_news(descriptor: int) -> bool:
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN)
    return bool(waiting.poll(0))
