"""The worlds that the readers are shown."""

import pytest

from cie.db import Database
from cie.settings import Settings
from tests.noninterference.keeping import everything
from tests.noninterference.place import make_place
from tests.noninterference.reading import Readers, stop_the_clock
from tests.noninterference.worlds import Worlds


@pytest.fixture
def worlds(database: Database, migrated: Settings, monkeypatch: pytest.MonkeyPatch) -> Worlds:
    stop_the_clock(monkeypatch)
    place = make_place()
    readers = Readers(place, migrated)
    return Worlds(place, everything(), readers)
