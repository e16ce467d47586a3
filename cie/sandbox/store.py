"""What the pretend network keeps in one SQLite file: texts, numbers that wrote STOP, e-mails, posts owed to the app."""

import json
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

OUR_NUMBER = "+15595550100"
MOST_MAILS = 50
STATUS_ORDER = ("queued", "sent", "delivered")

_TABLES = """
CREATE TABLE IF NOT EXISTS text (
    sid TEXT PRIMARY KEY, phone TEXT NOT NULL, direction TEXT NOT NULL, body TEXT NOT NULL,
    service_sid TEXT, status TEXT NOT NULL, created_at TEXT NOT NULL, sent_at TEXT
);
CREATE INDEX IF NOT EXISTS text_phone ON text (phone, created_at);
CREATE TABLE IF NOT EXISTS mail (id TEXT PRIMARY KEY, said TEXT NOT NULL, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS opted_out (phone TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS post (
    id INTEGER PRIMARY KEY, url TEXT NOT NULL, form TEXT NOT NULL, text_sid TEXT NOT NULL, status TEXT,
    attempts INTEGER NOT NULL DEFAULT 0, due_at TEXT NOT NULL
);
"""


@dataclass(frozen=True)
class Text:
    """One text of one phone, either way. `direction` is Twilio's word."""

    sid: str
    phone: str
    direction: str
    body: str
    service_sid: str | None
    status: str
    created_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True)
class Phone:
    """One number of the pretend network: how many texts it got and wrote, and when the last one was."""

    number: str
    received: int
    written: int
    last_at: str


@dataclass(frozen=True)
class Post:
    """A form that the app must get; `status` is the text's status from then on, None for an inbound text."""

    id: int
    url: str
    form: dict[str, str]
    text_sid: str
    status: str | None
    attempts: int


class Store:
    """The file, opened anew for each step, so that any thread may use it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._step() as db:
            db.execute("PRAGMA journal_mode=WAL")
            db.executescript(_TABLES)

    def add_text(
        self, phone: str, body: str, *, direction: str, service_sid: str | None, status: str, at: datetime
    ) -> Text:
        """Keep one text under a new sid. One that is not queued has gone at once."""
        sid, sent_at = "SM" + secrets.token_hex(16), None if status == "queued" else at
        text = Text(sid, phone, direction, body, service_sid, status, at, sent_at)
        row = (sid, phone, direction, body, service_sid, status, _iso(at), sent_at and _iso(sent_at))
        with self._step() as db:
            db.execute("INSERT INTO text VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        return text

    def get_text(self, sid: str) -> Text | None:
        """The text with this sid."""
        with self._step() as db:
            row = db.execute("SELECT * FROM text WHERE sid = ?", (sid,)).fetchone()
        return _text(row) if row else None

    def texts(self, phone: str | None = None) -> list[Text]:
        """All texts, or those of one phone, oldest first."""
        with self._step() as db:
            rows = db.execute(
                "SELECT * FROM text WHERE ? IS NULL OR phone = ? ORDER BY created_at, rowid", (phone, phone)
            ).fetchall()
        return [_text(row) for row in rows]

    def phones(self) -> list[Phone]:
        """Every number that got or wrote a text, the last active first."""
        with self._step() as db:
            rows = db.execute(
                "SELECT phone, sum(direction != 'inbound'), sum(direction = 'inbound'), max(created_at)"
                " FROM text GROUP BY phone ORDER BY 4 DESC, max(rowid) DESC"
            ).fetchall()
        return [Phone(*row) for row in rows]

    def advance(self, sid: str, status: str, at: datetime) -> None:
        """Move a text to a later status; never back."""
        earlier = STATUS_ORDER[: STATUS_ORDER.index(status)]
        with self._step() as db:
            db.execute(
                "UPDATE text SET status = ?, sent_at = coalesce(sent_at, ?)"
                " WHERE sid = ? AND status IN (SELECT value FROM json_each(?))",
                (status, _iso(at), sid, json.dumps(earlier)),
            )

    def opt_out(self, phone: str, *, out: bool) -> None:
        """Stop texts to a number, or allow them again."""
        statement = "INSERT OR IGNORE INTO opted_out VALUES (?)" if out else "DELETE FROM opted_out WHERE phone = ?"
        with self._step() as db:
            db.execute(statement, (phone,))

    def is_opted_out(self, phone: str) -> bool:
        """The number wrote STOP and has not written START since."""
        with self._step() as db:
            return db.execute("SELECT 1 FROM opted_out WHERE phone = ?", (phone,)).fetchone() is not None

    def owe(self, url: str, form: Mapping[str, str], text_sid: str, status: str | None, at: datetime) -> None:
        """Keep a post until the app took it. An empty address owes nothing but the change of status."""
        row = (url, json.dumps(dict(form)), text_sid, status, _iso(at))
        with self._step() as db:
            db.execute("INSERT INTO post (url, form, text_sid, status, due_at) VALUES (?, ?, ?, ?, ?)", row)

    def next_post(self, at: datetime) -> Post | None:
        """The oldest post that is due."""
        with self._step() as db:
            row = db.execute(
                "SELECT id, url, form, text_sid, status, attempts FROM post WHERE due_at <= ? ORDER BY id LIMIT 1",
                (_iso(at),),
            ).fetchone()
        return Post(row[0], row[1], json.loads(row[2]), *row[3:]) if row else None

    def settle(self, post: Post) -> None:
        """The app took the post, or never will."""
        with self._step() as db:
            db.execute("DELETE FROM post WHERE id = ?", (post.id,))

    def postpone(self, post: Post, wait: timedelta, at: datetime) -> None:
        """Try the post again after a while."""
        with self._step() as db:
            db.execute("UPDATE post SET attempts = attempts + 1, due_at = ? WHERE id = ?", (_iso(at + wait), post.id))

    def keep_mail(self, id: str, said: str, at: datetime) -> None:
        """Keep an e-mail, once."""
        with self._step() as db:
            db.execute("INSERT OR IGNORE INTO mail VALUES (?, ?, ?)", (id, said, _iso(at)))

    def mails(self) -> list[tuple[str, str]]:
        """The newest e-mails with their times, newest first."""
        with self._step() as db:
            return db.execute("SELECT said, at FROM mail ORDER BY rowid DESC LIMIT ?", (MOST_MAILS,)).fetchall()

    @contextmanager
    def _step(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=15)) as db, db:
            db.execute("PRAGMA synchronous=NORMAL")
            yield db


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _text(row: tuple[str, str, str, str, str | None, str, str, str | None]) -> Text:
    sid, phone, direction, body, service_sid, status, created_at, sent_at = row
    created, sent = datetime.fromisoformat(created_at), datetime.fromisoformat(sent_at) if sent_at else None
    return Text(sid, phone, direction, body, service_sid, status, created, sent)
