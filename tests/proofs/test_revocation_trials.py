"""Revocation under load: once it was acknowledged, no read that starts later shows what was released before.

Four web processes and two workers; staff of the receiver read pages in a loop while staff of the sender take back
permission to share and permission to text. A text that is claimed later does not go.
"""

import random
import re
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import requests
from sqlalchemy import select
from sqlmodel import Session, col

from cie import referrals
from cie.access import Role
from cie.db import reading, transaction
from cie.directory import Organization, Service
from cie.events import ON_THE_WAY, DeliveryState, Outbox
from cie.messaging.models import Direction, TextMessage
from cie.participants import Participant
from cie.referrals import Request, Urgency
from cie.sandbox.store import Store
from tests.factories import FOOD, make_consent, make_person, make_phone, staff_of
from tests.proofs.conftest import Many
from tests.support.commands import until
from tests.support.load import Desk, sign_in

TRIALS, FEW_TRIALS = 1000, 20
STAFF, READERS = 3, 3
TEXT_TAKES_SECONDS = 3.0
"""So long that on the slowest machine some wait when the person takes back their yes."""
MAY_STILL_GO = timedelta(seconds=10)
VALUES = {"name": r"Zephyr(\d{4})", "phone": r"\(530\) 557-(\d{4})", "message": r"Ring bell (\d{4})\."}
NEED = re.compile(r"<dt>What they need</dt>")
"""The need is released under this label; the heading names the receiver's own service, the fact of the referral."""
ANY_VALUE = re.compile("|".join(VALUES.values()))


def numbers_in(page: str) -> set[int]:
    """The trials of which a page shows a name, a phone or a message."""
    return {int(next(filter(None, found.groups()))) for found in ANY_VALUE.finditer(page)}


@dataclass(frozen=True)
class Trial:
    """One referral whose permission is taken back; its number stands in its name, phone and message."""

    number: int
    person: UUID
    point: UUID
    consent: UUID
    referral: UUID
    task: UUID

    @property
    def pages(self) -> list[str]:
        return [f"/referrals/{self.referral}", f"/tasks/{self.task}/answer", f"/tasks/{self.task}/rejection"]


@dataclass(frozen=True)
class Read:
    """One read of the receiver: the trials that were revoked before it started, and what it showed."""

    path: str
    revoked: frozenset[int]
    shown: set[int]


class Trials:
    """All trials of one exchange: who sends, who takes back, who reads, and what each saw."""

    def __init__(self, url: str, service: UUID) -> None:
        self.url, self.service = url, service
        self.sender, self.receiver = sign_in(url, "sorrel"), sign_in(url, "wren")
        self.revoked: dict[int, datetime] = {}
        self.untexted: dict[int, datetime] = {}
        self.trials: dict[int, Trial] = {}
        self.reads: list[Read] = []
        self.faults: list[BaseException] = []
        self._done = threading.Event()
        with reading() as session:
            query = select(Participant).where(col(Participant.name) == "Blue Kite Clinic")
            self.clinic = session.execute(query).scalar_one()

    def run(self, how_many: int) -> None:
        readers = [threading.Thread(target=self._guarded, args=(self._read_on,)) for _number in range(READERS)]
        for reader in readers:
            reader.start()
        try:
            with ThreadPoolExecutor(STAFF) as staff:
                list(staff.map(self._one, range(how_many)))
        finally:
            self._done.set()
            for reader in readers:
                reader.join()
        if self.faults:
            raise self.faults[0]

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as fault:
            self.faults.append(fault)

    def _one(self, number: int) -> None:
        """Sent, read, taken back, and read again at once."""
        trial = self._send(number)
        sender, receiver = self.sender(), self.receiver()
        page = receiver.until(trial.pages[0]).text
        assert all(re.search(value.replace(r"(\d{4})", f"{number:04}"), page) for value in VALUES.values()), page
        assert NEED.search(page)
        taken = sender.until(f"/consents/{trial.consent}/revocation", {"method": "in-person"})
        assert taken.status_code == 303, taken.text
        self.revoked[number] = datetime.now(UTC)
        after = self._read(receiver, trial.pages[0], trial)
        assert not NEED.search(after), after
        stopped = sender.until(f"/people/{trial.person}/contacts/{trial.point}/text-withdrawal", {})
        assert stopped.status_code == 303, stopped.text
        self.untexted[number] = datetime.now(UTC)
        self._read(receiver, "/worklist", trial)

    def _send(self, number: int) -> Trial:
        """A person of their own, who said yes to sharing and to texts, and a request for them."""
        with transaction() as session:
            person = make_person(session, self.clinic, given_name=f"Zephyr{number:04}", language="en")
            point = make_phone(session, person, f"+1530557{number:04}")
            yes = make_consent(session, person, given_at=datetime.now(UTC))
            asked = Request(person.id, FOOD, Urgency.WEEK, (self.service,), message=f"Ring bell {number:04}.")
            navigator = staff_of(self.clinic, Role.NAVIGATOR)
            referral = referrals.send(session, navigator, asked, previewed=None, at=datetime.now(UTC))
            (task,) = referrals.tasks_of(session, referral)
            trial = Trial(number, person.id, point.id, yes.id, referral.id, task.id)
        self.trials[number] = trial
        return trial

    def _read_on(self) -> None:
        """Whatever the receiver has, the newest first, again and again."""
        receiver, chance = self.receiver(), random.Random()
        while not self._done.is_set():
            newest = list(self.trials.values())[-2 * STAFF :]
            paths = [path for trial in newest for path in trial.pages] + ["/worklist"] * STAFF
            self._read(receiver, chance.choice(paths))

    def _read(self, desk: Desk, path: str, trial: Trial | None = None) -> str:
        """A page of the receiver; what it showed is judged at the end."""
        revoked = frozenset(self.revoked)
        answer = desk.until(path)
        assert trial is None or answer.status_code == 200, answer.status_code
        self.reads.append(Read(path, revoked, numbers_in(answer.text)))
        return answer.text


@pytest.fixture
def trials(many: Many) -> Trials:
    """The network of texts answers slowly."""
    faults = {"hang_seconds": TEXT_TAKES_SECONDS, "remaining": 1_000_000}
    requests.put(f"{many.exchange.env['CIE_SANDBOX_URL']}/faults", json=faults, timeout=10).raise_for_status()
    return Trials(many.exchange.url, food_box())


def food_box() -> UUID:
    """The service of Lantern Pantry that is asked."""
    with reading() as session:
        query = select(col(Service.id)).join(Organization, col(Organization.id) == col(Service.organization_id))
        query = query.where(col(Service.name) == "Food box, weekly", col(Organization.name) == "Lantern Pantry")
        found: UUID = session.execute(query).scalar_one()
        return found


def test_after_a_revocation_no_read_shows_it_and_no_text_claimed_later_goes(many, trials, request):
    how_many = TRIALS if request.config.getoption("--prove") else FEW_TRIALS

    trials.run(how_many)
    people = {trial.person: number for number, trial in trials.trials.items()}
    until(lambda: not due_texts(people), seconds=120, otherwise="texts that are due do not go")

    assert len(trials.revoked) == len(trials.untexted) == how_many
    late = [(read.path, read.shown & read.revoked) for read in trials.reads if read.shown & read.revoked]
    assert late == []
    assert any(read.shown for read in trials.reads), "nobody read anything before"
    with reading() as session:
        check_texts(session, trials, people, Store(many.exchange.folder / "sandbox.db"))


def due_texts(people: dict[UUID, int]) -> list[Outbox]:
    with reading() as session:
        query = select(Outbox).where(col(Outbox.state).in_(ON_THE_WAY), col(Outbox.due_at) <= datetime.now(UTC))
        return [row for row in session.execute(query).scalars() if row.person_id in people]


def check_texts(session: Session, trials: Trials, people: dict[UUID, int], network: Store) -> None:
    """A text is prepared after it was claimed: none was prepared after the no to texts, none came long after it."""
    rows = [row for row in session.execute(select(Outbox)).scalars() if row.person_id in people]
    states = Counter(row.state for row in rows)
    assert states[DeliveryState.SENT] and states[DeliveryState.DROPPED], states
    out = select(TextMessage).where(col(TextMessage.direction) == Direction.OUT)
    prepared = [text for text in session.execute(out).scalars() if text.person_id in people]
    assert [text.id for text in prepared if text.at > trials.untexted[people[text.person_id]]] == []
    for number, off in trials.untexted.items():
        came = [text.created_at for text in network.texts(f"+1530557{number:04}")]
        assert [at for at in came if at > off + MAY_STILL_GO] == []
