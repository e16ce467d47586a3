"""Processes that write (`python -m tests.support.writers`), for tests of many at once and of their sudden end."""

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from cie import events, referrals
from cie.access import SYSTEM, Role
from cie.app import compose
from cie.db import configure, transaction
from cie.participants import Participant
from cie.referrals import Request, Urgency
from cie.settings import Settings, load_settings
from tests.factories import staff_of
from tests.support.commands import environment

ROOT = Path(__file__).parent.parent.parent


def started(settings: Settings, *arguments: object, **env: str) -> "subprocess.Popen[str]":
    """A writer in a process of its own, whose lines can be read while it works."""
    command = [sys.executable, "-m", "tests.support.writers", *map(str, arguments)]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment(settings, **env),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process: "subprocess.Popen[str]") -> list[str]:
    """The lines of a writer that came to its end. Fails the test when it broke."""
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out.split("\n")[:-1]


def refer(clinic_id: str, person_id: str, service_id: str) -> None:
    """Send referrals without end, telling the id of each once it was saved."""
    navigator = staff_of(UUID(clinic_id), Role.NAVIGATOR)
    request = Request(UUID(person_id), "food", Urgency.WEEK, (UUID(service_id),), message="Mornings are best.")
    while True:
        with transaction() as session:
            referral = referrals.send(session, navigator, request, previewed=None, at=datetime.now(UTC))
        print(referral.id, flush=True)


def once(participant_id: str, key: str, times: str, threads: str) -> None:
    """Repeat one request with one key, in threads; tells the id of what it made, each time."""

    def repeat() -> None:
        for _n in range(int(times)):
            with transaction() as session:
                row = events.claim_key(session, UUID(participant_id), key, b"the same body", at=datetime.now(UTC))
                if row.resource_id is None:
                    made = Participant(name="Made once", kind="cbo", created_at=datetime.now(UTC))
                    session.add(made)
                    session.flush()
                    events.record(session, SYSTEM, "participant.add", made, at=datetime.now(UTC))
                    row.resource_id = made.id
                    session.add(row)
                found = row.resource_id
            # one write each, so that threads do not mix their lines
            sys.stdout.write(f"{found}\n")

    _in_threads(int(threads), lambda _number: repeat())


def take_turns(participant_id: str, writer: str, turns: str, threads: str) -> None:
    """Once told to begin by a line, each thread writes so many times; the audit chain keeps whose turn it was.

    Every thread has written before it says that it is warm, so that a slow start is not taken for a long wait.
    """

    def write(action: str, number: int) -> None:
        with transaction() as session:
            participant = session.get_one(Participant, UUID(participant_id))
            events.record(session, SYSTEM, action, participant, at=datetime.now(UTC), writer=f"{writer}-{number}")

    def work(number: int) -> None:
        for _n in range(int(turns)):
            write("tick", number)

    _in_threads(int(threads), lambda number: write("warm", number))
    print("warm", flush=True)
    sys.stdin.readline()
    _in_threads(int(threads), work)


def _in_threads(count: int, work: Callable[[int], None]) -> None:
    """Do this so many times at once. Raises what one of them raised, so that the process ends with it."""
    with ThreadPoolExecutor(count) as threads:
        list(threads.map(work, range(count)))


if __name__ == "__main__":
    settings = load_settings()
    configure(settings)
    compose(settings)
    print("ready", os.getpid(), flush=True)
    {"refer": refer, "once": once, "turns": take_turns}[sys.argv[1]](*sys.argv[2:])
