"""What tests of receivers share."""

import pytest

from cie.outbound import fetching
from tests.outbound.certificates import Authority
from tests.support.databases import on_one_alone

ALONE = {"tests.webhooks.test_receivers", "tests.webhooks.test_schedule"}
"""What a receiver does is the same to both databases."""


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.module.__name__ in ALONE:
        on_one_alone(metafunc, "sqlite")


@pytest.fixture
def short(monkeypatch):
    """An answer must be over in half a second."""
    monkeypatch.setattr(fetching, "WHOLE_SECONDS", 0.5)


@pytest.fixture
def authority(tmp_path, monkeypatch):
    """The one authority that is trusted."""
    made = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.trusted))
    fetching.trusted.cache_clear()
    yield made
    fetching.trusted.cache_clear()
