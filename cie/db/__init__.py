"""The database: two doors (`reading`, `transaction`), shared column types, encrypted columns, migrations.

SQLite (WAL, synchronous=FULL, writers queued by a fair lock) for a pilot, PostgreSQL 15 or newer for more.
Statements go only through the Session; only `transaction` commits.
"""

from cie.db.bulk import Packed, insert_packed, insert_rows, pack, table_of
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
from cie.db.rotation import reseal_all

__all__ = [
    "CannotOpen",
    "Code",
    "Database",
    "Keyring",
    "Packed",
    "Sealed",
    "Table",
    "UtcDateTime",
    "at_field",
    "code_field",
    "codes_are_checked",
    "configure",
    "current",
    "id_field",
    "insert_packed",
    "insert_rows",
    "match_key",
    "metadata",
    "pack",
    "table_of",
    "place_of",
    "reading",
    "reseal_all",
    "sealed_field",
    "transaction",
    "use",
]
