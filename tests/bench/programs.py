"""What the API costs a program: tokens, creating, reading and listing, with the rules and without, against a floor.

The floor is a bare Flask app over the same database that stores the same bytes, or selects and sends them: what no
exchange can do without.
"""

import time
from collections.abc import Callable, Iterator
from itertools import islice
from statistics import median
from typing import Any
from uuid import UUID, uuid4

from flask import Flask, Response, request
from sqlalchemy import Column, LargeBinary, MetaData, Table, Uuid, insert, select
from sqlmodel import Session, col
from werkzeug.test import TestResponse

from cie.db import current, reading
from cie.participants import Participant
from cie.referrals import Referral
from tests.api.place import System
from tests.bench.deciding import cpu, without_rules
from tests.bench.pages import Visitors
from tests.oauth.place import ASSERTION_TYPE, claims_of, signed

Call = Callable[[], TestResponse]
WARM_UP = 3
STORED = Table("bench_bytes", MetaData(), Column("id", Uuid, primary_key=True), Column("body", LargeBinary))


class Programs:
    """The system of the clinic that refers most, and the bare app beside it."""

    def __init__(self, app: Flask, visitors: Visitors) -> None:
        self.visitors = visitors
        with reading() as session:
            self.owner = session.get_one(Participant, visitors.sorrel.organization_id)
        self.system = System(app, self.owner)
        self.floor = Floor()

    def tokens(self, count: int) -> list[Call]:
        """Token requests, each signed beforehand."""
        client = self.system.app.test_client()
        return [self._token_request(client) for _ in range(count)]

    def _token_request(self, client: Any) -> Call:
        form = {
            "grant_type": "client_credentials",
            "scope": "api/*.*",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": signed(self.system.key, claims_of(self.system.client)),
        }
        return lambda: client.post("/oauth/token", data=form)

    def create(self, count: int) -> Iterator[Call]:
        for fields in self.visitors.forms(count):
            body = {
                "person_id": fields["person"],
                "need_code": "food",
                "urgency": "urgent",
                "service_ids": [fields["service"]],
                "message": fields["message"],
            }
            yield lambda said=body: self.system.post("/referrals", said, Idempotency_Key=str(uuid4()))

    def read(self, count: int) -> Iterator[Call]:
        with reading() as session:
            query = select(col(Referral.id)).where(col(Referral.organization_id) == self.owner.id)
            ids = session.execute(query.limit(count * 7)).scalars().all()[::7]
        return (lambda id=each: self.system.get(f"/referrals/{id}") for each in ids)

    def list(self, count: int) -> Iterator[Call]:
        return (lambda: self.system.get("/referrals?limit=100") for _ in range(count))


class Floor:
    """Bytes in the same database behind a bare Flask app."""

    def __init__(self) -> None:
        STORED.metadata.create_all(current().engine)
        app = Flask("floor")
        app.add_url_rule("/", view_func=self._store, methods=["POST"])
        app.add_url_rule("/<uuid:id>", view_func=self._send)
        self.client = app.test_client()

    def _store(self) -> Response:
        id = uuid4()
        with Session(current().engine) as session:
            session.execute(insert(STORED).values(id=id, body=request.get_data()))
            session.commit()
        return Response(str(id), 201)

    def _send(self, id: UUID) -> Response:
        with Session(current().reader) as session:
            return Response(session.execute(select(STORED.c.body).where(STORED.c.id == id)).scalar_one())

    def storing(self, body: bytes) -> Call:
        return lambda: self.client.post("/", data=body)

    def sending(self, body: bytes) -> Call:
        id = UUID(self.client.post("/", data=body).get_data(as_text=True))
        return lambda: self.client.get(f"/{id}")


def lines(programs: Programs, calls: int) -> Iterator[str]:
    """What there is to say of each, as it is measured."""
    made = programs.tokens(calls)
    start = time.perf_counter()
    cost = median(_cpu_of(call) for call in made) * 1000
    yield f"token: {cost:.1f} ms of CPU, {calls / (time.perf_counter() - start):.0f} a second in one process"
    for name in ("create", "read", "list"):
        with_rules, without, size = _with_and_without(getattr(programs, name)(calls))
        body = b"x" * size
        bare = programs.floor.storing(body) if name == "create" else programs.floor.sending(body)
        floor = median(_cpu_of(bare) for _ in range(calls)) * 1000
        yield (
            f"API {name}: {with_rules:.1f} ms of CPU with the rules, {without:.1f} without, "
            f"floor {floor:.2f} for {size} bytes: {with_rules / floor:.1f}x"
        )


def _cpu_of(call: Call) -> float:
    return cpu(lambda: _well(call()))


def _well(answer: TestResponse) -> TestResponse:
    assert answer.status_code in (200, 201), f"{answer.request.path} answered {answer.status_code}: {answer.text}"
    return answer


def _with_and_without(calls: Iterator[Call]) -> tuple[float, float, int]:
    """Milliseconds of CPU with the rules and without, in turn, and how long an answer is."""
    found: tuple[list[float], list[float]] = ([], [])
    size = max(len(_well(call()).data) for call in islice(calls, WARM_UP))
    for number, call in enumerate(calls):
        if number % 2:
            with without_rules():
                found[1].append(_cpu_of(call))
        else:
            found[0].append(_cpu_of(call))
    return median(found[0]) * 1000, median(found[1]) * 1000, size
