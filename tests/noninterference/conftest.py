"""The worlds that the readers are shown."""

import pytest

from cie.db import Database
from cie.settings import Settings
from tests.noninterference.keeping import everything
from tests.noninterference.place import make_place
from tests.noninterference.reading import Readers, stop_the_clock
from tests.noninterference.worlds import Worlds
from tests.support.databases import on_one_alone

ALONE = {f"tests.noninterference.{name}" for name in ("test_own_page", "test_programs", "test_senders_pages")}


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What tries a proof itself, or only adds readers to one, is decided above the database."""
    if metafunc.module.__name__ in ALONE:
        on_one_alone(metafunc, "sqlite")


@pytest.fixture
def worlds(database: Database, migrated: Settings, monkeypatch: pytest.MonkeyPatch) -> Worlds:
    stop_the_clock(monkeypatch)
    place = make_place()
    readers = Readers(place, migrated)
    return Worlds(place, everything(), readers)
