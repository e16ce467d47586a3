"""Two organizations whose programs read over FHIR, and a look at all that anybody could read."""

from collections.abc import Iterator

import pytest

from cie.db import transaction
from tests.factories import make_participant
from tests.fhir.outgoing import watching
from tests.fhir.readers import Reader
from tests.support.databases import on_one_alone
from tests.support.web import make_app

BOTH = {
    f"tests.fhir.{name}"
    for name in (
        "projecting.test_again", "projecting.test_building", "projecting.test_loop", "receiving.test_doing",
        "test_tenants",
    )
}  # fmt: skip
"""What looks at statements, locks and transactions beside those of `searching`."""


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Words over HTTP, and what is made of records, are the same on both databases; what is found is not."""
    name = metafunc.module.__name__
    if name not in BOTH and not name.startswith("tests.fhir.searching"):
        on_one_alone(metafunc, "sqlite")


@pytest.fixture
def clinic(database, migrated) -> Reader:
    with transaction() as session:
        owner = make_participant(session, name="Almond Clinic")
    return Reader(make_app(migrated), owner)


@pytest.fixture
def pantry(clinic) -> Reader:
    with transaction() as session:
        owner = make_participant(session, name="Tule Pantry")
    return Reader(clinic.app, owner)


@pytest.fixture(autouse=True)
def all_that_goes_out_is_valid(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever a test is about: nothing that was kept for an organization breaks FHIR or a profile that it claims."""
    outgoing = watching(monkeypatch)
    yield
    outgoing.leave_for_others()
    assert outgoing.faults() == []
