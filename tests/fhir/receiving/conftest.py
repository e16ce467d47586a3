"""A loop whose two sides read over FHIR, and their programs."""

import pytest

from tests.factories import Loop
from tests.fhir.place import make_reading_loop
from tests.fhir.readers import Reader
from tests.support.web import make_app


@pytest.fixture
def loop(database) -> Loop:
    return make_reading_loop()


@pytest.fixture
def clinic(loop, migrated) -> Reader:
    return Reader(make_app(migrated), loop.clinic)


@pytest.fixture
def pantry(loop, clinic) -> Reader:
    return Reader(clinic.app, loop.pantry)
