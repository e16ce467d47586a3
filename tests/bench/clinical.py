"""What FHIR costs a clinic's record system: a transaction, an update, a read, a search, and all of them mixed.

The floor is a bare Flask app over the same database that stores the same bytes, or selects and sends them.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from statistics import mean, median, quantiles
from typing import Any

import orjson
from flask import Flask
from sqlalchemy import func, select
from sqlmodel import col
from werkzeug.test import TestResponse

from cie.db import current, reading, transaction
from cie.fhir.projecting.audiences import add_audiences
from cie.fhir.projecting.building import make_part, next_turn
from cie.fhir.store import Stored
from cie.participants import Participant
from tests.bench.deciding import cpu
from tests.bench.measuring import WARM_UP, Counter, settle
from tests.bench.pages import Visitors
from tests.bench.programs import Floor
from tests.factories import NOON, Loop
from tests.fhir.readers import Reader
from tests.fhir.sending import bundle, consent_of, entry, patient, referral, urn

Call = Callable[[], TestResponse]
MIXED = (("transaction", 10), ("update", 20), ("read", 40), ("search", 30))
"""How often each comes in a hundred calls."""
TARGETS = {"transaction": "6x (aim 3)", "update": "6x (aim 3)", "read": "8x (aim 4)", "search": "8x (aim 4)"}
FIRST = ("Amaranth", "Burdock", "Cicely", "Dodder", "Elecampane", "Figwort", "Gorse", "Hyssop")
LAST = ("Ash", "Birk", "Cole", "Dunn", "Eck", "Fenn", "Gale", "Holt", "Ives", "Jarl")


class RecordSystems:
    """The record system of the clinic that refers most, and a pantry's app."""

    def __init__(self, app: Flask, visitors: Visitors) -> None:
        with reading() as session:
            clinic, pantry = (
                session.get_one(Participant, each.organization_id) for each in (visitors.sorrel, visitors.wren)
            )
        self.clinic, self.pantry = Reader(app, clinic), Reader(app, pantry)
        self.loop: Any = Loop(clinic, pantry, None, None, None)
        self.random = random.Random(7)
        self.floor = Floor()

    def prepare(self) -> tuple[int, float]:
        """Make all that both read, as the worker does; how many resources, and how many a second."""
        assert self.clinic.client and self.pantry.client
        with transaction() as session:
            add_audiences(session, [self.clinic.owner.id, self.pantry.owner.id])
        start = time.perf_counter()
        while _made_a_part():
            pass
        seconds = time.perf_counter() - start
        settle()
        with reading() as session:
            count = session.execute(select(func.count()).select_from(Stored)).scalar_one()
        return count, count / seconds

    def transaction(self) -> Call:
        """Somebody new with their consent, a request and a task."""
        number = self.random.randrange(10**9)
        somebody = patient(
            name=[{"family": self.random.choice(LAST) + str(number), "given": [self.random.choice(FIRST)]}],
            birthDate=f"{self.random.randrange(1940, 2004)}-0{self.random.randrange(1, 10)}-1{number % 10}",
            telecom=[{"system": "phone", "use": "mobile", "value": f"+1559{self.random.randrange(2000000, 9999999)}"}],
            identifier=[{"system": "http://clinic.example/mrn", "value": str(number)}],
        )
        about = referral(self.loop, urn("p"), supportingInfo=[{"reference": urn("c")}])["entry"]
        about[1]["resource"]["owner"] = {"reference": f"HealthcareService/{self._pantry_service()}"}
        made = bundle(entry(somebody, "p"), *about, entry(consent_of(self.loop, urn("p")), "c"))
        body = orjson.dumps(made)
        return lambda: self.clinic.call("POST", "", body, Content_Type="application/fhir+json")

    def _pantry_service(self) -> str:
        if not hasattr(self, "_service"):
            found = self.pantry.get(
                f"/HealthcareService?organization=Organization/{self.pantry.owner.id}&service-category=food-insecurity"
            )
            self._service = found.get_json()["entry"][0]["resource"]["id"]
        return self._service

    def update(self) -> Call:
        """The pantry says yes to a task that waits."""
        task = next(self._waiting())
        body = orjson.dumps({**task, "status": "accepted"})
        return lambda: self.pantry.call("PUT", f"/Task/{task['id']}", body, Content_Type="application/fhir+json")

    def _waiting(self) -> Iterator[dict[str, Any]]:
        if not getattr(self, "_tasks", None):
            found = self.pantry.get(f"/Task?owner=Organization/{self.pantry.owner.id}&status=requested&_count=200")
            self._tasks = [each["resource"] for each in found.get_json()["entry"]]
            self.random.shuffle(self._tasks)
        while self._tasks:
            yield self._tasks.pop()

    def read(self) -> Call:
        if not hasattr(self, "_ids"):
            with reading() as session:
                query = select(col(Stored.resource_id)).where(
                    col(Stored.organization_id) == self.clinic.owner.id, col(Stored.resource_type) == "Task"
                )
                self._ids = session.execute(query.limit(2000)).scalars().all()
        return lambda id=self.random.choice(self._ids): self.clinic.get(f"/Task/{id}")

    def search(self) -> Call:
        status = self.random.choice(("requested", "accepted", "in-progress", "completed"))
        path = f"/Task?owner=Organization/{self.pantry.owner.id}&status={status}&_count=20"
        return lambda: self.pantry.get(path)


def _made_a_part() -> bool:
    with reading() as session:
        turn = next_turn(session, (), at=NOON)
    if turn is None:
        return False
    with transaction() as session:
        make_part(session, turn[0], alone=turn[1], at=NOON)
    return True


def lines(systems: RecordSystems, calls: int) -> Iterator[str]:
    """What there is to say of each, as it is measured."""
    count, rate = systems.prepare()
    yield f"FHIR: {count} resources made for two organizations and the directory, {rate:.0f} a second"
    floors = {}
    for name, target in TARGETS.items():
        statements = _statements([getattr(systems, name)() for _ in range(WARM_UP)])
        spent, walls, size = _measured([getattr(systems, name)() for _ in range(calls)])
        is_write = name in ("transaction", "update")
        bare = systems.floor.storing(b"x" * size) if is_write else systems.floor.sending(b"x" * size)
        floors[name] = floor = median(cpu(bare) for _ in range(calls)) * 1000
        yield (
            f"FHIR {name}: {spent:.1f} ms of CPU, {statements} SQL, {_pace(walls)}, "
            f"floor {floor:.2f} for {size} bytes: {spent / floor:.1f}x, target {target}"
        )
    yield _mixed(systems, calls, floors)


def _statements(made: list[Call]) -> int:
    """How many statements the last of these calls runs; those before it warm up."""
    for call in made[:-1]:
        call()
    counter = Counter(current().engine)
    made[-1]()
    counter.stop()
    return counter.count


def _measured(made: list[Call]) -> tuple[float, list[float], int]:
    """Median milliseconds of CPU, the milliseconds of each call, the most bytes that one brought or was answered."""
    spent, walls, size = [], [], 0
    for call in made:
        start, begun = time.perf_counter(), time.process_time()
        answer = call()
        spent.append((time.process_time() - begun) * 1000)
        walls.append((time.perf_counter() - start) * 1000)
        assert answer.status_code in (200, 201), answer.text
        size = max(size, len(answer.data), answer.request.content_length or 0)
    return median(spent), walls, size


def _pace(walls: list[float]) -> str:
    rate = 1000 * len(walls) / sum(walls)
    return f"{rate:.0f} a second in one process, p50 {median(walls):.1f} ms, p99 {_p99(walls):.1f} ms"


def _p99(walls: list[float]) -> float:
    return quantiles(walls, n=100)[98] if len(walls) > 1 else walls[0]


def _mixed(systems: RecordSystems, calls: int, floors: Mapping[str, float]) -> str:
    names = [name for name, share in MIXED for _ in range(max(1, calls * share // 100))]
    systems.random.shuffle(names)
    made = [getattr(systems, name)() for name in names]
    begun = time.process_time()
    _median, walls, _size = _measured(made)
    spent = (time.process_time() - begun) * 1000 / len(made)
    floor = mean(floors[name] for name in names)
    return f"FHIR mixed 10/20/40/30: {spent:.1f} ms of CPU, {_pace(walls)}, floor {floor:.2f}: {spent / floor:.1f}x"
