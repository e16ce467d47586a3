"""What a supervisor of the processes asks: is it alive, can it serve."""

from datetime import UTC, datetime, timedelta

import pytest

from cie.db import configure, transaction
from tests.conftest import settings_for
from tests.factories import make_loop, send_one
from tests.support.web import make_app


@pytest.fixture
def client(migrated, database):
    return make_app(migrated).test_client()


def test_it_is_ready_when_the_database_is_current_and_the_queue_moves(client):
    answer = client.get("/readyz")

    assert (answer.status_code, answer.json["ready"], answer.json["migrations"]) == (200, True, "current")


def test_it_is_not_when_nobody_delivers(client):
    with transaction() as session:
        send_one(session, make_loop(session), at=datetime.now(UTC) - timedelta(hours=1))

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json["ready"]) == (503, False)
    assert answer.json["queue_seconds"] > 3000


def test_it_is_not_when_the_database_is_away_but_the_process_lives(tmp_path):
    settings = settings_for("postgresql://nobody@127.0.0.1:9/cie", tmp_path)
    configure(settings)
    client = make_app(settings).test_client()

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json) == (503, {"ready": False, "database": "away"})
    assert client.get("/healthz").status_code == 200


def test_metrics_hold_counts_and_no_person(client):
    with transaction() as session:
        send_one(session, make_loop(session))

    words = client.get("/metrics").get_data(as_text=True)

    assert "cie_outbox_oldest_due_seconds" in words
    assert "Aster" not in words
