"""Databases of one test alone, on both engines: empty, for what makes or breaks a whole database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, text

from cie.db import current
from cie.settings import Settings
from tests.conftest import BACKENDS, settings_for


@pytest.fixture(params=BACKENDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings that name a database without any table."""
    if request.param == "sqlite":
        yield settings_for(f"sqlite:///{tmp_path}/alone.db", tmp_path)
    else:
        server = request.getfixturevalue("postgres_url")
        engine = create_engine(server.format(name="postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            connection.execute(text("DROP DATABASE IF EXISTS alone WITH (FORCE)"))
            connection.execute(text("CREATE DATABASE alone"))
        yield settings_for(server.format(name="alone"), tmp_path)
    current().engine.dispose()
