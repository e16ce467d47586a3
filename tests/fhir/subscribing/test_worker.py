"""The worker as a real process: what waits is told by the next one."""

import signal
from datetime import UTC, datetime

from cie import referrals
from cie.db import transaction
from tests.factories import make_found, make_service
from tests.fhir.place import make_reading_loop
from tests.fhir.readers import Reader
from tests.fhir.subscribing.setting import TAKEN, Listener, bundles, told
from tests.outbound.peer import listening
from tests.support.commands import environment, running, until
from tests.support.web import make_app

ALL = [(1, "Task/t1"), (2, "Task/t2"), (3, "Task/t3")]


def test_nothing_is_lost_between_two_workers(listener, migrated, hook, port, tmp_path):
    id, env, log = listener.subscribe(hook), environment(migrated), tmp_path / "worker"
    with listening(TAKEN, port=port) as peer:
        with running("worker", env=env, log=log) as first:
            until(lambda: listener.read(id)["status"] == "active")
            listener.task("t1")
            until(lambda: told(peer.heard) == ALL[:1])
            first.send_signal(signal.SIGTERM)
            first.wait()
        listener.task("t2")
        listener.task("t3")
        with running("worker", env=env, log=log):
            until(lambda: listener.states() == [("sent", "")] * 3)

    assert told(peer.heard) == ALL


def test_an_open_task_names_its_owner_to_both_sides_once_somebody_took_it(database, migrated, tmp_path):
    loop, app = make_reading_loop(), make_app(migrated)
    with transaction() as session:
        make_found(session, make_service(session, loop.pantry, name="Groceries"))
    clinic, pantry = (Listener(Reader(app, owner)) for owner in (loop.clinic, loop.pantry))
    with (
        listening(TAKEN) as sender,
        listening(TAKEN) as taker,
        running("worker", env=environment(migrated), log=tmp_path / "worker"),
    ):
        for program, peer in ((clinic, sender), (pantry, taker)):
            id = program.subscribe(peer.url(), content="full-resource")
            until(lambda program=program, id=id: program.read(id)["status"] == "active")
        with transaction() as session:
            request = loop.request(service_ids=(), is_open=True)
            asked = referrals.ask_openly(session, loop.navigator, request, previewed=None, at=datetime.now(UTC))
        until(lambda: owners(sender.heard) and owners(taker.heard), otherwise="nobody heard of the request")
        with transaction() as session:
            referrals.claim(session, loop.caseworker, asked.open_task_id, at=datetime.now(UTC))
        until(lambda: len(owners(sender.heard)) == len(owners(taker.heard)) == 2, otherwise="nobody heard who took it")

    owned = [("requested", None), ("accepted", f"Organization/{loop.pantry.id}")]
    assert owners(sender.heard) == owners(taker.heard) == owned


def owners(heard):
    """Of each Task that came: its status, and the reference to its owner, None where it named none."""
    tasks = [entry["resource"] for bundle in bundles(heard) for entry in bundle["entry"][1:]]
    return [(task["status"], task.get("owner", {}).get("reference")) for task in tasks]
