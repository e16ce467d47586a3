"""kill -9 under load, of every process of a running exchange: what was acknowledged is there, and nothing is twice.

Staff send, answer and write over HTTP meanwhile; texts go out to a network that answers slowly, and notices to a
program that does.
"""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import CalledProcessError
from uuid import UUID

import pytest
import requests
from sqlalchemy import and_, or_, select, update
from sqlmodel import Session, col

from cie import events, messaging, referrals, webhooks
from cie.app import compose
from cie.db import configure, current, reading, transaction
from cie.directory import Organization, Service
from cie.events import ON_THE_WAY, AuditEntry, DeliveryState, Outbox
from cie.participants import Participant
from cie.people import ContactPoint
from cie.referrals import EntryKind, Referral, ReferralTask, TaskStatus, WorklistItem
from cie.referrals.models import Entry
from cie.sandbox.store import Store
from tests.conftest import BACKENDS, KEYS, settings_for
from tests.factories import make_consent, make_person, make_phone
from tests.proofs.programs import Program, SlowReceiver
from tests.support.commands import children_of, is_alive, until
from tests.support.exchange import Exchange, make_exchange, served
from tests.support.load import Load, checked_form, referral_in, sign_in
from tests.support.postgres import Server, own_postgres
from tests.webhooks.setting import first_of_each

PEOPLE = 16
WRITES_BETWEEN = 4
TEXT_TAKES_SECONDS = 0.2
WEB_LIVES_SECONDS = 7.0
LEASE_IS_OVER = timedelta(minutes=5)
BEGUN = col(Outbox.kind) == messaging.KIND, col(Outbox.state) == DeliveryState.RETRY
"""A text that was tried, and will be again."""


class Running:
    """The processes of one exchange, and how each of them is killed."""

    def __init__(self, exchange: Exchange, server: Server | None) -> None:
        self.exchange, self.server = exchange, server
        self._stack = ExitStack()
        self._web_until = 0.0

    def start(self) -> None:
        self.process = self._stack.enter_context(served(self.exchange))
        self.let_texts_take(TEXT_TAKES_SECONDS)

    def let_texts_take(self, seconds: float) -> None:
        """How long the network takes to answer."""
        faults = {"hang_seconds": seconds, "remaining": 1_000_000}
        requests.put(f"{self.exchange.env['CIE_SANDBOX_URL']}/faults", json=faults, timeout=10).raise_for_status()

    def stop(self) -> None:
        self._stack.close()

    def kill_web(self) -> None:
        """The processes that answer requests; the server starts others, and gives up on any that soon dies again."""
        time.sleep(max(0.0, self._web_until + WEB_LIVES_SECONDS - time.monotonic()))
        for pid in self._children("serve"):
            os.kill(pid, signal.SIGKILL)
        self._web_until = time.monotonic()

    def kill_worker(self) -> None:
        """The process that delivers, while it has something in hand; another is started."""
        until(in_hand, otherwise="nothing is being delivered")
        (worker,) = self._children("worker")
        os.kill(worker, signal.SIGKILL)

    def kill_serve(self) -> None:
        """The process that holds all the others; they follow it, and the operator starts it again."""
        children = children_of(self.process.pid)
        self.process.kill()
        self.process.wait()
        until(lambda: not any(map(is_alive, children)), seconds=15, otherwise="a child lives on")
        self.stop()
        self.start()

    def kill_postgresql(self) -> None:
        """The whole database; it is started again on the same files."""
        assert self.server is not None
        self.server.kill()
        until(lambda: _starts(self.server), otherwise="PostgreSQL does not start again")

    def _children(self, command: str) -> list[int]:
        return [pid for pid in children_of(self.process.pid) if command in _words(pid)]


def _words(pid: int) -> list[str]:
    with suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return []


def _starts(server: Server) -> bool:
    try:
        server.start()
    except CalledProcessError:
        return False
    return True


@pytest.fixture(scope="module", params=BACKENDS)
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A served exchange with people who may be texted, on a database of its own."""
    folder = tmp_path_factory.mktemp("kill")
    with ExitStack() as stack:
        server = stack.enter_context(own_postgres()) if request.param == "postgresql" else None
        url = server.url.format(name="postgres") if server else f"sqlite:///{folder}/cie.db"
        keys = {"CIE_SECRET_KEY": KEYS["secret_key"], "CIE_DATA_KEYS": KEYS["data_keys"]}
        made = Running(make_exchange(folder, url, **keys), server)
        settings = settings_for(url, folder)
        configure(settings)
        compose(settings)
        stack.callback(current().engine.dispose)
        stack.callback(made.stop)
        made.start()
        yield made


@pytest.fixture
def receiver() -> Iterator[SlowReceiver]:
    with SlowReceiver().listening() as made:
        yield made


def people_of(clinic: str, numbers: range) -> list[UUID]:
    """New people of an organization, each with a phone of their own, who agreed to sharing and to texts."""
    with transaction() as session:
        organization = session.execute(select(Participant).where(col(Participant.name) == clinic)).scalar_one()
        made = [make_person(session, organization, language="en") for _number in numbers]
        for number, person in zip(numbers, made, strict=True):
            make_phone(session, person, f"+1{number}")
            make_consent(session, person)
        return [person.id for person in made]


def food_box() -> str:
    """The service of Lantern Pantry that is asked."""
    with reading() as session:
        query = select(col(Service.id)).join(Organization, col(Organization.id) == col(Service.organization_id))
        query = query.where(col(Service.name) == "Food box, weekly", col(Organization.name) == "Lantern Pantry")
        return str(session.execute(query).scalar_one())


def go_on(load: Load) -> None:
    """Wait until the staff are at work again: so many more of their writes were acknowledged."""
    wanted = load.acknowledged + WRITES_BETWEEN
    until(lambda: load.acknowledged >= wanted or load.faults, seconds=90, otherwise="nobody can work any more")


def note_checkpoint(file: Path) -> None:
    with reading() as session:
        file.write_bytes(events.checkpoint(session, at=datetime.now(UTC)))


def test_what_was_acknowledged_is_there_and_nothing_is_twice(running, receiver, request, tmp_path):
    prove = request.config.getoption("--prove")
    kills = [running.kill_web, running.kill_worker]
    kills += [running.kill_postgresql] if running.server else []
    kills += [running.kill_serve] if prove or not running.server else []
    navigator, caseworker = (sign_in(running.exchange.url, who) for who in ("sorrel", "wren"))
    people = people_of("Blue Kite Clinic", range(5305553000, 5305553000 + PEOPLE))
    load = Load(navigator, caseworker, food_box())
    source = random.Random(7)
    receiver.is_told(Program(running.exchange, "Blue Kite Clinic").client)

    load.start(people)
    try:
        for _round in range(20 if prove else 1):
            for kill in kills:
                go_on(load)
                note_checkpoint(tmp_path / "checkpoint")
                time.sleep(source.uniform(0, 0.4))
                kill()
        go_on(load)
    finally:
        load.stop()
    deliver_what_is_left(running)

    with reading() as session:
        check_what_was_acknowledged(session, load, people)
        sent = check_texts(session, Store(running.exchange.folder / "sandbox.db"), people)
    assert not prove or any(row.attempts > 1 for row in sent), "no delivery was cut off"
    check_notices(receiver, load)
    whole = running.exchange.cie("audit", "verify", "--checkpoint", str(tmp_path / "checkpoint"))
    assert "are whole, down to the checkpoint" in whole


def deliver_what_is_left(running: Running) -> None:
    """All stop; leases of the dead are over and the time of the next try has come; all texts that are due go.

    However many those are: as long as they become fewer, they go. One whose try failed, since the network came up
    later than the worker, is tried again at once.
    """
    running.stop()
    over = datetime.now(UTC) - LEASE_IS_OVER
    with transaction() as session:
        for row in session.execute(select(Outbox).where(col(Outbox.state).in_(ON_THE_WAY))).scalars():
            row.lease_until = over if row.lease_until else None
            row.due_at = over if row.state == DeliveryState.RETRY else row.due_at
            session.add(row)
    running.start()
    running.let_texts_take(0)
    left = len(what_is_left())
    while left:
        try_texts_again()
        until(lambda left=left: len(what_is_left()) < left, otherwise="texts or notices that are due do not go")
        left = len(what_is_left())


def try_texts_again() -> None:
    """The next try of each text that has begun is due."""
    with transaction() as session:
        session.execute(update(Outbox).where(*BEGUN).values(due_at=datetime.now(UTC) - LEASE_IS_OVER))


def in_hand() -> list[Outbox]:
    with reading() as session:
        return list(session.execute(select(Outbox).where(col(Outbox.state) == DeliveryState.CLAIMED)).scalars())


def what_is_left() -> list[Outbox]:
    """Texts and notices that should have gone, and texts that wait for their next try.

    Of the demo's partners one is shut, and what goes there waits on.
    """
    with reading() as session:
        due = col(Outbox.state).in_(ON_THE_WAY), col(Outbox.due_at) <= datetime.now(UTC)
        is_due = and_(col(Outbox.kind).in_((messaging.KIND, webhooks.KIND)), *due)
        query = select(Outbox).where(or_(is_due, and_(*BEGUN)))
        return list(session.execute(query).scalars())


def check_what_was_acknowledged(session: Session, load: Load, people: list[UUID]) -> None:
    """Each form made one referral, whole; each yes and each message that was acknowledged is there."""
    there = set(session.execute(select(col(Referral.id)).where(col(Referral.person_id).in_(people))).scalars())
    assert set(load.sent.values()) == there and len(load.sent) == len(there)
    tasks = session.execute(select(ReferralTask).where(col(ReferralTask.referral_id).in_(there))).scalars().all()
    assert Counter(task.referral_id for task in tasks) == Counter(there)
    assert load.answered == there
    assert {task.status for task in tasks} == {TaskStatus.ACCEPTED}
    entries = select(col(Entry.referral_id)).where(col(Entry.kind) == EntryKind.MESSAGE)
    written = Counter(session.execute(entries.where(col(Entry.referral_id).in_(there))).scalars())
    assert load.written <= written <= load.tried
    lines = select(col(WorklistItem.referral_id)).where(col(WorklistItem.referral_id).in_(there))
    assert Counter(session.execute(lines).scalars()) == Counter(list(there) * 2)
    noted = select(col(AuditEntry.subject_id)).where(col(AuditEntry.action) == "referral.send")
    assert Counter(i for i in session.execute(noted).scalars() if i in there) == Counter(there)
    assert events.verify(session).faults == ()


def check_texts(session: Session, network: Store, people: list[UUID]) -> list[Outbox]:
    """Each text that we call sent reached the network once; the network has no other but of what we call uncertain.

    Returns the sent ones.
    """
    rows = session.execute(select(Outbox).where(col(Outbox.person_id).in_(people))).scalars().all()
    numbers = {point.id: point.value for point in session.execute(select(ContactPoint)).scalars()}
    sent = [row for row in rows if row.state == DeliveryState.SENT]
    assert len(sent) >= len(people)
    carried = {text.sid: text.phone for text in network.texts() if text.direction != "inbound"}

    assert Counter(row.reference for row in sent) == Counter({row.reference for row in sent})
    assert all(carried[row.reference] == numbers[row.destination_id] for row in sent)
    not_ours = set(carried) - set(session.execute(select(col(Outbox.reference))).scalars())
    uncertain = Counter(numbers[row.destination_id] for row in rows if row.state == DeliveryState.UNCERTAIN)
    assert Counter(carried[sid] for sid in not_ours) <= uncertain
    assert {row.state for row in rows} <= {
        *ON_THE_WAY,
        DeliveryState.SENT,
        DeliveryState.DROPPED,
        DeliveryState.UNCERTAIN,
    }
    return sent


def check_notices(receiver: SlowReceiver, load: Load) -> None:
    """The program was told of everything that happened to each referral, in order, if some of it twice."""
    rows = receiver.told.rows()
    changes: dict[UUID, list[str]] = {}
    for row in rows:
        changes.setdefault(row.subject_id, []).append(row.codes["change"])
    assert {row.state for row in rows} == {DeliveryState.SENT}
    assert set(first_of_each(receiver.notices)) == set(receiver.told.ids())
    assert receiver.told.in_order(receiver.notices)
    assert all(changes[each][:2] == ["referral.send", "task.accepted"] for each in load.sent.values())
    told_of_words = {each: kinds.count("entry.message:provider") for each, kinds in changes.items()}
    assert load.written <= Counter(told_of_words) <= load.tried


def test_fifty_repeats_of_one_form_at_once_send_one_referral(running):
    desk = sign_in(running.exchange.url, "linnet")
    (person,) = people_of("Blue Kite Clinic", range(5305554000, 5305554001))
    form = checked_form(desk(), person, food_box(), "the same form")

    with ThreadPoolExecutor(50) as many:
        answers = list(many.map(lambda _n: desk().until("/referrals", form), range(50)))

    assert {answer.status_code for answer in answers} == {303}
    (made,) = {referral_in(answer.headers["Location"]) for answer in answers}
    with reading() as session:
        there = session.execute(select(col(Referral.id)).where(col(Referral.person_id) == person)).scalars().all()
        assert there == [made]
        assert len(referrals.tasks_of(session, session.get_one(Referral, made))) == 1
        assert events.verify(session).faults == ()
