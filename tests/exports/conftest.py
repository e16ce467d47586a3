"""The place that all tests of exports share."""

import pytest

from tests.api.place import Place, make_place


@pytest.fixture
def place(database, migrated) -> Place:
    return make_place(migrated)
