"""The shelf that all tests of searching share."""

import pytest

from tests.fhir.searching.shelf import Shelf
from tests.support.databases import on_one_alone

ALONE = {"tests.fhir.searching.test_asking", "tests.fhir.searching.test_indexing"}


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What is decided before a statement is made is tested on one database."""
    if metafunc.module.__name__ in ALONE:
        on_one_alone(metafunc, "sqlite")


@pytest.fixture
def shelf(session) -> Shelf:
    return Shelf(session)
