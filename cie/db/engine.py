"""The two doors to the database: `reading()` for pages, `transaction()` for changes. Nothing else commits."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlmodel import Session

from cie.db.connections import notice_when_gone, notice_when_hung_up
from cie.db.encryption import Keyring
from cie.db.lock import BUSY_WORDS, WriteLock
from cie.db.own_keys import OwnKeys
from cie.errors import Busy
from cie.settings import Settings

_WRITING = 20250701
_TOGETHER = f"SELECT pg_advisory_xact_lock_shared({_WRITING})"
"""The advisory lock of PostgreSQL that writers share, and that one who must be alone holds."""
_ALONE = f"SELECT set_config('lock_timeout', '2s', true), pg_advisory_xact_lock({_WRITING})"
"""Who waits to be alone keeps all who come later waiting, so that it gives up soon when a long job is at work."""
_TURN = f"SELECT pg_advisory_xact_lock({_WRITING}, %(key)s)"
Hook = Callable[[Session], None]
InfoHook = Callable[[dict[Any, Any]], None]


@dataclass
class Database:
    """One database of one process, with what runs when its sessions end."""

    engine: Engine
    keyring: Keyring
    lock: WriteLock | None
    before_commit: list[Hook] = field(default_factory=list)
    after_reading: list[InfoHook] = field(default_factory=list)
    after_refusal: list[InfoHook] = field(default_factory=list)
    reader: Engine = field(init=False)
    """The same engine, whose transactions on SQLite do not take the lock of writers."""
    own_keys: OwnKeys = field(init=False)

    def __post_init__(self) -> None:
        self.reader = self.engine.execution_options(reads=True)
        self.own_keys = OwnKeys(self.keyring, self._read_apart)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    def keyring_of(self, organization_id: UUID | None) -> Keyring:
        """What seals the records of an organization: its own key, else the network's. Raises KeyDestroyed."""
        return (organization_id and self.own_keys.of(organization_id)) or self.keyring

    def seal(self, place: str, value: Any, organization_id: UUID | None) -> bytes:
        """`value` of a record of this organization, readable only at `place`. Raises KeyDestroyed."""
        return self.keyring_of(organization_id).seal(place, value)

    def _read_apart(self, query: Any) -> Sequence[Any]:
        """Rows as they were committed, whatever transaction is open. Raises Busy."""
        with away_means_busy(), self.reader.connect() as connection:
            return connection.execute(query).all()

    def close(self) -> None:
        """Give back the connections and the file of the lock; the next use opens them again."""
        self.engine.dispose()
        if self.lock:
            self.lock.close()

    def turn(self) -> AbstractContextManager[None]:
        """Wait for the turn to write; PostgreSQL orders its writers itself."""
        return self.lock.held() if self.lock else nullcontext()


_current: list[Database] = []


def current() -> Database:
    """The database of this process. `configure` must have run."""
    return _current[-1]


def configure(settings: Settings) -> Database:
    """Open the database that `settings` names and make it the one of this process."""
    url = make_url(settings.database_url)
    lock = None
    if url.get_backend_name() == "sqlite":
        path = Path(url.database or "")
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = WriteLock(path.with_name(path.name + ".lock"), settings.lock_wait_seconds)
        engine = create_engine(url, hide_parameters=True, connect_args={"timeout": settings.lock_wait_seconds})
        _prepare_sqlite(engine)
        notice_when_gone(engine, path)
    else:
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        options = f"-c lock_timeout={int(settings.lock_wait_seconds * 1000)}"
        engine = create_engine(
            url, hide_parameters=True, pool_size=8, max_overflow=4, connect_args={"options": options}
        )
        # rows go in one statement together; one by one, twenty take the driver as long as all else of writing them
        engine.dialect.use_insertmanyvalues_wo_returning = True
        _share_writing(engine)
        notice_when_hung_up(engine)
    keyring = Keyring(settings.keyring(), settings.secret_key.get_secret_value().encode())
    use(Database(engine, keyring, lock))
    return current()


def use(database: Database) -> None:
    """Make `database` the one of this process, closing the one before."""
    while _current:
        _current.pop().close()
    _current.append(database)


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(raw: Any, _record: Any) -> None:
        # the driver must not open transactions itself
        raw.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            raw.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        if connection.get_execution_options().get("reads", False):
            # it touches no file, so that nothing can be refused that would have to be told as of the database
            connection.connection.dbapi_connection.execute("BEGIN")  # type: ignore[union-attr]  # sqlite3's own
        else:
            connection.exec_driver_sql("BEGIN IMMEDIATE")


def _share_writing(engine: Engine) -> None:
    """Writers of PostgreSQL run beside each other, though beside none that is alone."""

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get("alone", False):
            connection.exec_driver_sql(_ALONE)
        elif not options.get("reads", False):
            connection.exec_driver_sql(_TOGETHER)


@contextmanager
def transaction(*, alone: bool = False) -> Iterator[Session]:
    """One unit of change, committed at the end, with its audit rows, outbox rows and read models.

    `alone`: no other runs beside it, also on PostgreSQL; for what nothing may be written beside, such as erasing.
    Raises Busy when the database cannot take it now. Refusals collected under `refusals` in the session's
    info are recorded after the rollback.
    """
    database = current()
    info: dict[Any, Any] = {}
    try:
        engine = database.engine.execution_options(alone=True) if alone else database.engine
        with away_means_busy(), database.turn(), Session(engine, expire_on_commit=False) as session:
            info = session.info
            yield session
            session.flush()
            for hook in database.before_commit:
                hook(session)
            session.commit()
    except Exception:
        if info.get("refusals"):
            for remember in database.after_refusal:
                remember(info)
        raise


def wait_for_others(session: Session) -> None:
    """Go on once no other transaction of change is open, and let none begin before this one ends.

    Two that began beside each other and both ask for it wait for each other until the database ends one of them: open
    them with `transaction(alone=True)`.
    """
    if not current().is_sqlite:
        session.connection().exec_driver_sql(_ALONE)


def take_turns(session: Session, words: Collection[str]) -> None:
    """Until the end of this transaction nobody else holds one of these words; waits for those who do.

    For what must not be done twice though nothing is there yet that could be locked. SQLite has one writer at a time.
    """
    if not current().is_sqlite:
        # in one order for all, so that nobody waits for somebody who waits for them
        for key in sorted({match_key(word)[:4] for word in words}):
            number = int.from_bytes(key, signed=True)
            session.connection().exec_driver_sql(_TURN, {"key": number})


@contextmanager
def reading() -> Iterator[Session]:
    """The data of a page or read. What it showed of a person is recorded before the bytes leave.

    Raises Busy when the database cannot be read, or the access cannot be recorded.
    """
    database = current()
    with away_means_busy(), Session(database.reader, expire_on_commit=False, autoflush=False) as session:
        yield session
        info = session.info
    for hook in database.after_reading:
        hook(info)


@contextmanager
def away_means_busy() -> Iterator[None]:
    """A database that is locked, full or gone raises Busy."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise Busy(BUSY_WORDS) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise Busy(BUSY_WORDS) from error
        raise


def match_key(value: str, organization_id: UUID | None = None) -> bytes:
    """What equality of `value` is looked up by: an HMAC within one organization or, without, in the network.

    That of an organization with a key of its own comes from that key. Raises KeyDestroyed.
    """
    return current().keyring_of(organization_id).match_key(value, organization_id)


def stands_apart(organization_id: UUID) -> bool:
    """Whether the organization has a key of its own. Raises KeyDestroyed."""
    return current().own_keys.of(organization_id) is not None


def apart_match_key(value: str, organization_id: UUID) -> bytes:
    """The key of a value that is looked up in the whole network, though not of an organization that stands apart."""
    own = current().own_keys.of(organization_id)
    return own.match_key(value) if own else match_key(value)


def every_match_key(value: str) -> list[bytes]:
    """All keys under which `apart_match_key` may have kept this value: the network's first."""
    return [match_key(value), *(own.match_key(value) for own in current().own_keys.every().values() if own)]
