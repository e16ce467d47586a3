"""Very many invented referrals, for measuring: about as many as asked, spread over months and organizations.

The same count, seed and moment make the same persons, services and courses with the same ids. Nothing is queued, so
nobody is texted. Rows are written in batches, each with its audit links and read models in one transaction.
"""

import gc
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import Session, SQLModel, col

from cie import directory, events, fhir, geography, schema
from cie.access import Actor, ActorKind, Role
from cie.db import Packed, current, insert_packed, pack, reading, transaction
from cie.directory import Category
from cie.directory.models import Organization, Service, ServiceArea, ServiceNeed, ServiceStatus
from cie.errors import NotPossibleNow
from cie.identity.models import UserAccount
from cie.participants import Participant, ParticipantKind
from cie.people.birth import BirthDate, age_on
from cie.people.formats import format_phone
from cie.seeding import invented
from cie.seeding.history import Loop
from cie.seeding.loops import Batch, Known, Receiver, Sender, add_person

BATCH = 1000
AHEAD, MAKERS = 3, 2
TOLD_EVERY = 10_000
DAYS_BACK = 270
SHARE_OF_FIRST = 0.4
SHARE_OF_KNOWN = 0.5
REMEMBERED = 20
SHARE_WITH_MESSAGE = 0.2


@dataclass(frozen=True)
class World:
    """Who refers and who takes referrals, by county; the first sender has by far the most people."""

    senders: tuple[Sender, ...]
    receivers: dict[str, tuple[Receiver, ...]]


@dataclass(frozen=True)
class Made:
    """The rows of one batch as the database takes them, what happened, and how many referrals there are with it."""

    so_far: int
    rows: dict[type[SQLModel], Packed]
    events: list[events.Event]


def seed_scale(count: int, *, seed: int = 1, at: datetime | None = None) -> Iterator[str]:
    """Add `count` referrals to the demo; yields what to tell the operator. Raises NotPossibleNow."""
    with reading() as session:
        world = world_of(session)
    # nothing of a batch refers back to itself, so looking for cycles would only cost time
    gc.disable()
    try:
        for batch in made(world, count, seed=seed, now=at or datetime.now(UTC)):
            with transaction() as session:
                write(session, batch)
            if batch.so_far % TOLD_EVERY == 0 or batch.so_far == count:
                yield f"invented referrals: {batch.so_far}"
        with transaction() as session:
            fhir.make_again(session)
    finally:
        gc.enable()


def world_of(session: Session) -> World:
    """The organizations of the demo that may refer, and the services that may be asked. Raises NotPossibleNow."""
    accounts = session.execute(select(UserAccount).order_by(col(UserAccount.id).desc())).scalars()
    users = {account.organization_id: account.id for account in accounts}
    found = session.execute(select(Participant).order_by(col(Participant.name))).scalars()
    joined = [p for p in found if p.kind not in _REFER_APART]
    joined.sort(key=lambda p: (p.kind != ParticipantKind.CLINIC, p.name))
    receivers = _receivers(session, {p.id for p in joined}, users)
    if len(joined) < 2 or not receivers:
        raise NotPossibleNow("there are too few organizations; run `cie seed` in an empty database first")
    senders = [_sender(p, users) for p in joined]
    for participant in joined:
        # asked here, since the makers of batches have no connection of their own
        current().keyring_of(participant.id)
    return World(tuple(senders), {s.county_fips: _near(receivers, s.county_fips) for s in senders})


_REFER_APART = (ParticipantKind.VICTIM_SERVICES, ParticipantKind.COUNTY_AGENCY)


def _sender(participant: Participant, users: dict[UUID, UUID]) -> Sender:
    fips = participant.county_fips
    zips = [z for z in sorted(geography.zips_of_county(fips)) if geography.counties_of_zip(z)[0].fips == fips]
    roles = frozenset({Role.NAVIGATOR})
    return Sender(Actor(ActorKind.STAFF, users.get(participant.id), participant.id, roles), fips, tuple(zips))


def _receivers(
    session: Session, organization_ids: set[UUID], users: dict[UUID, UUID]
) -> list[tuple[Receiver, frozenset[str]]]:
    """The services that take referrals, each with the counties that it covers."""
    areas: dict[UUID, set[str]] = defaultdict(set)
    for service_id, extent in session.execute(select(col(ServiceArea.service_id), col(ServiceArea.extent))):
        areas[service_id].add(extent)
    query = (
        select(Service, col(Organization.participant_id), func.min(col(ServiceNeed.need_code)))
        .join(Organization, col(Organization.id) == col(Service.organization_id))
        .join(ServiceNeed, col(ServiceNeed.service_id) == col(Service.id))
        .where(
            col(Service.accepts_referrals),
            col(Service.status) == ServiceStatus.ACTIVE,
            col(Service.sensitivity).in_([Category.GENERAL, Category.HOUSING]),
            col(Organization.participant_id).in_(organization_ids),
        )
        .group_by(col(Service.id), col(Organization.participant_id))
        .order_by(col(Service.id))
    )
    return [
        (_receiver(service, organization_id, need_code, users), frozenset(areas[service.id]))
        for service, organization_id, need_code in session.execute(query)
        if directory.need(need_code).category in (Category.GENERAL, Category.HOUSING)
    ]


def _receiver(service: Service, organization_id: UUID, need_code: str, users: dict[UUID, UUID]) -> Receiver:
    actor = Actor(ActorKind.STAFF, users.get(organization_id), organization_id, frozenset({Role.CASEWORKER}))
    return Receiver(actor, service.id, service.name, need_code, directory.need(need_code).category)


def _near(receivers: Sequence[tuple[Receiver, frozenset[str]]], fips: str) -> tuple[Receiver, ...]:
    """The services that cover a county; all when too few do."""
    near = tuple(receiver for receiver, counties in receivers if fips in counties)
    return near if len({r.actor.organization_id for r in near}) > 1 else tuple(r for r, _counties in receivers)


def made(world: World, count: int, *, seed: int, now: datetime) -> Iterator[Made]:
    """The rows of `count` referrals, in batches; many batches are made ahead by processes of their own."""
    numbers = range(-(-count // BATCH))
    if len(numbers) <= AHEAD:
        yield from (make(world, count, seed, now, number) for number in numbers)
        return
    with ProcessPoolExecutor(MAKERS, mp_context=get_context("fork"), initializer=gc.disable) as makers:
        ahead: deque[Future[Made]] = deque()
        for number in numbers:
            ahead.append(makers.submit(make, world, count, seed, now, number))
            if len(ahead) > AHEAD:
                yield ahead.popleft().result()
        yield from (future.result() for future in ahead)


def make(world: World, count: int, seed: int, now: datetime, number: int) -> Made:
    """One batch of referrals, in the order in which they were sent. Whoever comes may be referred several times."""
    rng = Random(f"{seed}/{number}")  # noqa: S311 - invented rows, not a secret
    batch, known = Batch(), defaultdict[UUID, list[Known]](list)
    first, end = number * BATCH, min((number + 1) * BATCH, count)
    for position in range(first, end):
        ago = DAYS_BACK * ((count - position - rng.random()) / count) ** 1.5
        _add_loop(batch, world, rng, known, ago, now)
    batch.events.sort(key=lambda event: event.at)
    return Made(end, {model: pack(model, rows) for model, rows in batch.rows.items()}, batch.events)


def _add_loop(
    batch: Batch, world: World, rng: Random, known: dict[UUID, list[Known]], ago: float, now: datetime
) -> None:
    sender = world.senders[0] if rng.random() < SHARE_OF_FIRST else rng.choice(world.senders)
    people = known[sender.actor.organization]
    sent = now - timedelta(days=ago, minutes=rng.randrange(1, 30))
    if not people or rng.random() >= SHARE_OF_KNOWN:
        came = sent - timedelta(hours=rng.randrange(1, 300))
        people.append(add_person(batch, sender, _details(rng, sender, came), came))
    receiver = rng.choice(world.receivers[sender.county_fips])
    while receiver.actor.organization_id == sender.actor.organization_id:
        receiver = rng.choice(world.receivers[sender.county_fips])
    message = rng.choice(invented.MESSAGES) if rng.random() < SHARE_WITH_MESSAGE else None
    loop = Loop(batch, rng, sender, receiver, rng.choice(people[-REMEMBERED:]))
    loop.play(invented.course(rng, ago), message, sent, now)


def _details(rng: Random, sender: Sender, at: datetime) -> dict[str, Any]:
    birth = invented.birth_text(rng, at)
    phone = invented.phone_number(rng) if rng.random() < 0.9 else ""
    return {
        "ids": [invented.new_id(rng, at) for _n in range(3)],
        "given": rng.choice(invented.FIRST_NAMES),
        "family": rng.choice(invented.LAST_NAMES),
        "birth": birth,
        "age": age_on(BirthDate.from_text(birth), at.date()),
        "street": f"{rng.randrange(100, 9999)} {rng.choice(invented.STREETS)}",
        "zip": rng.choice(sender.zips),
        "language": rng.choice(invented.LANGUAGES),
        "household": rng.randrange(1, 8),
        "phone": phone,
        "shown_phone": format_phone(phone) if phone else "",
        "texts": rng.random() < 0.75,
    }


def write(session: Session, batch: Made) -> None:
    """Write a batch, parents before children, and chain its audit rows."""
    by_table = {str(model.__tablename__): model for model in batch.rows}
    for table in schema.metadata.sorted_tables:
        if model := by_table.get(table.name):
            insert_packed(session, model, batch.rows[model])
    events.append(session, batch.events)
