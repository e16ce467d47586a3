"""Programs of two organizations that subscribe."""

import pytest

from tests.fhir.subscribing.setting import Listener
from tests.support.exchange import free_port


@pytest.fixture
def listener(clinic) -> Listener:
    return Listener(clinic)


@pytest.fixture
def other(pantry) -> Listener:
    return Listener(pantry)


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def hook(port) -> str:
    return f"http://127.0.0.1:{port}/hook"
