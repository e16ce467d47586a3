"""On which databases a test runs: on both, unless what it tests is decided above the database."""

import pytest


def on_one_alone(metafunc: pytest.Metafunc, name: str) -> None:
    """For the `pytest_generate_tests` of a folder: its tests run on this database, `sqlite` or `postgresql`.

    Those marked `both_databases` (replay, locks, what must be unique) run on both, and with `--prove` all of them do.
    """
    item = metafunc.definition
    runs_on_both = item.get_closest_marker("both_databases") or metafunc.config.getoption("--prove")
    if "backend" in metafunc.fixturenames and not runs_on_both:
        item.add_marker(pytest.mark.parametrize("backend", [name], indirect=True, scope="session"))
