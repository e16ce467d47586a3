"""The place that all tests of the API share."""

import pytest

from tests.api.place import Place, make_place
from tests.support.databases import on_one_alone

ALONE = {
    "tests.api.test_document": "postgresql",  # which takes fewer texts: what passes there passes on SQLite
    "tests.api.test_receivers": "sqlite",
    "tests.api.test_tenants": "sqlite",
    "tests.api.test_times": "sqlite",
}


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What is decided above the database is tested on one."""
    if database := ALONE.get(metafunc.module.__name__):
        on_one_alone(metafunc, database)


@pytest.fixture
def place(database, migrated) -> Place:
    return make_place(migrated)
