"""What was deleted leaves the journal, too: SQLite writes over it in the file, yet the journal keeps it for a while."""

from cie.db.engine import current


def empty_journal() -> bool:
    """Bring what the journal holds into the file and empty it; False while somebody reads, and nothing is lost then.

    PostgreSQL removes what was deleted by itself (autovacuum), and has no journal of ours to empty.
    """
    database = current()
    if not database.is_sqlite:
        return True
    with database.turn():
        raw = database.engine.raw_connection()
        try:
            wait = raw.execute("PRAGMA busy_timeout").fetchone()[0]
            raw.execute("PRAGMA busy_timeout=0")
            busy, *_pages = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            raw.execute(f"PRAGMA busy_timeout={int(wait)}")
        finally:
            raw.close()
    return not busy
