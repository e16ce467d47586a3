"""Numbers of events while many write at once: no gap, in the order of commits, each once."""

import threading

import pytest
from sqlalchemy import select
from sqlmodel import col

from cie.db import reading
from cie.fhir.store import Stored
from tests.fhir.subscribing.setting import TAKEN, told
from tests.outbound.peer import listening

WRITERS, EACH = 8, 6


@pytest.mark.both_databases
class TestNumbers:
    def test_eight_writers_leave_no_gap(self, listener, hook, port):
        first, second = listener.subscribe(hook), listener.subscribe(filters=["Task?status=accepted"])

        at_once(WRITERS, lambda writer: [write(listener, writer, number) for number in range(EACH)])
        with listening(TAKEN, port=port) as peer:
            listener.deliver()

        whole = listener.events(first)
        assert [number for number, _about in whole] == list(range(1, WRITERS * EACH + 1))
        assert told(peer.heard) == whole
        assert [number for number, _about in listener.events(second)] == list(range(1, WRITERS * EACH // 2 + 1))
        assert [about for _number, about in whole] == in_order_of_commits()

    def test_who_changes_a_subscription_meanwhile_stops_nobody(self, listener, other, hook, port):
        id = listener.subscribe(hook)

        def act(writer):
            for number in range(EACH):
                if writer:
                    write(listener, writer, number)
                else:
                    assert listener.change(id, reason=f"Reason {number}").status_code == 200

        with listening(TAKEN, port=port):
            at_once(4, act)
            listener.deliver()

        assert [number for number, _about in listener.events(id)] == list(range(1, 3 * EACH + 1))
        assert listener.read(id)["status"] == "active"


def at_once(many, act):
    """So many do it at the same time; what goes wrong with one is raised."""
    faults, barrier = [], threading.Barrier(many)

    def run(number):
        try:
            barrier.wait(timeout=10)
            act(number)
        except Exception as error:  # told below
            faults.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def write(listener, writer, number):
    """Each task is written once, so that its moment is that of its only event."""
    listener.task(f"t{writer}-{number}", status="accepted" if number % 2 else "requested")


def in_order_of_commits():
    with reading() as session:
        rows = select(Stored).where(col(Stored.resource_type) == "Task").order_by(col(Stored.updated_at))
        return [f"Task/{row.resource_id}" for row in session.execute(rows).scalars()]
