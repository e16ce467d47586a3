"""On which databases pages are tested: on both, unless what a page shows is decided above the database."""

import pytest

from tests.support.databases import on_one_alone

ALONE = {
    f"tests.web.test_{name}"
    for name in (
        "client_webhooks", "consent_forms", "organization", "organization_sign_in", "partners", "privacy_demands",
        "privacy_forms", "privacy_incidents", "refused_messages", "screenings", "signing",
    )
}  # fmt: skip
"""Forms and their words; the rules behind them are tested on both."""


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.module.__name__ in ALONE:
        on_one_alone(metafunc, "sqlite")
