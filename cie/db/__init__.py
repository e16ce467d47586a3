"""The database: two doors (`reading`, `transaction`), shared column types, encrypted columns, migrations.

SQLite (WAL, synchronous=FULL, writers queued by a fair lock) for a pilot, PostgreSQL 15 or newer for more.
Statements go only through the Session; only `transaction` commits.
"""

from cie.db.columns import (
    Code,
    Sealed,
    Table,
    UtcDateTime,
    at_field,
    code_field,
    codes_are_checked,
    id_field,
    metadata,
    place_of,
    sealed_field,
)
from cie.db.encryption import CannotOpen, Keyring
from cie.db.engine import Database, configure, current, match_key, reading, transaction, use

__all__ = [
    "CannotOpen",
    "Code",
    "Database",
    "Keyring",
    "Sealed",
    "Table",
    "UtcDateTime",
    "at_field",
    "code_field",
    "codes_are_checked",
    "configure",
    "current",
    "id_field",
    "match_key",
    "metadata",
    "place_of",
    "reading",
    "sealed_field",
    "transaction",
    "use",
]
