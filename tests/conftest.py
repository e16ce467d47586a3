"""Fixtures: both databases, a session that is undone, a database that really commits, the reference data."""

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import NullPool, exists, literal, select, text, union_all
from sqlmodel import Session, create_engine

from cie import schema
from cie.app import compose
from cie.db import Database, configure, current
from cie.db.migrate import upgrade
from cie.settings import Settings
from tests.support.postgres import postgres_server

KEYS = {"secret_key": "s" * 48, "data_keys": "1:" + "a" * 43 + "="}
BACKENDS = ["sqlite", "postgresql"]
FILLED = union_all(
    *(select(literal(t.name)).where(exists(select(literal(1)).select_from(t))) for t in schema.metadata.sorted_tables)
)
"""The names of the tables that hold something: emptying those alone is most of what a test costs less."""


MEMORY, ROOM_BYTES = Path("/dev/shm"), 4 * 2**30


def pytest_configure() -> None:
    """What tests write stays in memory where there is room: a third of their time was waiting for the disk."""
    is_there = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC
    if is_there and shutil.disk_usage(MEMORY).free > ROOM_BYTES:
        os.environ.setdefault("TMPDIR", str(MEMORY))
        tempfile.tempdir = None


def pytest_collection_finish() -> None:
    """What was collected stays until the end: looking for garbage in it again and again costs one part in twenty."""
    gc.collect()
    gc.freeze()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--prove", action="store_true", help="the long proofs: many seeds, trials, faults")


def settings_for(url: str, folder: Path, **more: object) -> Settings:
    return Settings(env="test", database_url=url, instance=folder, text_hours="0-24", **{**KEYS, **more})


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session", params=BACKENDS)
def backend(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The address of one migrated database; every test that uses it runs on both."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "sqlite":
        return f"sqlite:///{folder}/cie.db", folder
    server = request.getfixturevalue("postgres_url")
    engine = create_engine(server.format(name="postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS cie"))
        connection.execute(text("CREATE DATABASE cie"))
    return server.format(name="cie"), folder


@pytest.fixture(scope="session")
def migrated(backend: tuple[str, Path]) -> Settings:
    settings = settings_for(*backend)
    configure(settings)
    upgrade()
    return settings


_opened: dict[str, tuple[Settings, Database]] = {}


def opened(settings: Settings) -> Database:
    """The database of these settings: the one that is open, unless a test opened another meanwhile.

    What an engine knows of its statements is worth keeping from test to test.
    """
    known = _opened.get("now")
    if known is None or known[0] != settings or known[1] is not current():
        _opened["now"] = (settings, configure(settings))
    return _opened["now"][1]


@pytest.fixture
def database(migrated: Settings) -> Iterator[Database]:
    """A database that really commits; emptied after the test."""
    database = opened(migrated)
    compose(migrated)
    yield database
    with database.engine.begin() as connection:
        filled = set(connection.execute(FILLED).scalars())
        for table in reversed(schema.metadata.sorted_tables):
            if table.name in filled:
                connection.execute(table.delete())
    database.engine.dispose()


@pytest.fixture
def session(migrated: Settings) -> Iterator[Session]:
    """A session for tests of a rule; whatever it did is undone."""
    database = opened(migrated)
    compose(migrated)
    with Session(database.engine, expire_on_commit=False) as session:
        yield session
        session.rollback()
    database.engine.dispose()


@pytest.fixture(scope="session")
def reference() -> Path:
    """The reference data. Set but missing fails; unset skips."""
    folder = os.environ.get("CIE_REFERENCE")
    if not folder:
        pytest.skip("CIE_REFERENCE is not set")
    assert Path(folder).is_dir(), "CIE_REFERENCE names no folder"
    return Path(folder)
