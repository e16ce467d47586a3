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
    sealed_field,
)
from cie.db.encryption import CannotOpen, Keyring, place_of
from cie.db.engine import (
    Database,
    apart_match_key,
    configure,
    current,
    every_match_key,
    match_key,
    reading,
    stands_apart,
    take_turns,
    transaction,
    use,
    wait_for_others,
)
from cie.db.journal import empty_journal
from cie.db.key_counts import data_keys_since, has_stale_values, note_data_key, values_by_key
from cie.db.models import DataKey, OrganizationKey
from cie.db.own_keys import KeyDestroyed, keyring_from
from cie.db.rotation import reseal_all

__all__ = [
    "CannotOpen",
    "Code",
    "DataKey",
    "Database",
    "KeyDestroyed",
    "Keyring",
    "OrganizationKey",
    "Packed",
    "Sealed",
    "Table",
    "UtcDateTime",
    "apart_match_key",
    "at_field",
    "code_field",
    "codes_are_checked",
    "configure",
    "current",
    "data_keys_since",
    "empty_journal",
    "every_match_key",
    "has_stale_values",
    "id_field",
    "insert_packed",
    "insert_rows",
    "keyring_from",
    "match_key",
    "metadata",
    "note_data_key",
    "pack",
    "table_of",
    "take_turns",
    "place_of",
    "reading",
    "reseal_all",
    "sealed_field",
    "stands_apart",
    "transaction",
    "use",
    "values_by_key",
    "wait_for_others",
]
