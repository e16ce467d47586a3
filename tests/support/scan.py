"""Looking for somebody's words in what a thief would have: every cell, every file of the database, the log."""

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import text

from cie import schema
from cie.db import current
from tests.support.postgres import dump

_EMPTY = re.compile(rb"\0{64,}")


def spellings(secret: str) -> list[str]:
    """The ways in which it could stand in a file."""
    digits = re.sub(r"\D", "", secret)
    found = [secret, secret.lower(), secret.upper(), quote(secret), secret.encode().hex(), secret.replace("-", "")]
    if len(digits) == 10:
        found += [f"+1{digits}", f"({digits[:3]}) {digits[3:6]}-{digits[6:]}", f"{digits[3:6]}-{digits[6:]}"]
    return found


def found_in(content: bytes, secrets: Mapping[str, str]) -> set[str]:
    """Which of the secrets stand in these bytes, in UTF-8 or UTF-16, or as hexadecimal digits."""
    there = content.lower()
    return {
        what
        for what, secret in secrets.items()
        for form in spellings(secret)
        if form.lower().encode() in there or form.lower().encode("utf-16-le") in there
    }


def every_cell() -> dict[str, bytes]:
    """All rows of each table, as text."""
    with current().engine.connect() as connection:
        return {
            table.name: b"\n".join(
                repr(tuple(row)).encode() for row in connection.execute(text(f'SELECT * FROM "{table.name}"'))
            )
            for table in schema.metadata.sorted_tables
        }


def database_files() -> dict[str, bytes]:
    """Every file by name: SQLite with its journal, or the data directory of PostgreSQL and what it logged.

    Runs of empty bytes are shortened.
    """
    if current().is_sqlite:
        path = Path(str(current().engine.url.database))
        files = list(path.parent.glob(path.name + "*"))
        folder = path.parent
    else:
        with current().engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("CHECKPOINT"))
            folder = Path(connection.execute(text("SHOW data_directory")).scalar_one()).parent
        files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): _EMPTY.sub(b"\0" * 64, path.read_bytes()) for path in files}


def whole_database() -> bytes:
    """Every cell as text, and the files of SQLite or what pg_dump writes."""
    files = database_files().values() if current().is_sqlite else [dump(current().engine.url).encode()]
    return b"\n".join([*every_cell().values(), *files])
