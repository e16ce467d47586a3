"""A clinic with a privacy officer, another organization with one, and a person whom the clinic serves."""

import pytest

from cie.access import Role
from tests.factories import make_loop, staff_of


@pytest.fixture
def loop(session):
    return make_loop(session)


@pytest.fixture
def officer(loop):
    return staff_of(loop.clinic, Role.PRIVACY_OFFICER)


@pytest.fixture
def stranger(loop):
    """The privacy officer of another organization."""
    return staff_of(loop.pantry, Role.PRIVACY_OFFICER)
