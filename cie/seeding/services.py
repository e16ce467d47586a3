"""Very many invented services, for measuring: the organizations of the demo again and again, in all counties.

The copies have not joined the exchange. Their rows, and the words under which they are found, are those that loading
a directory would have left.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlmodel import Session, SQLModel

from cie import fhir, geography
from cie.db import insert_packed, pack, table_of, transaction
from cie.directory.models import (
    Address,
    Language,
    Location,
    Organization,
    Phone,
    RequiredDocument,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
    ServiceNeed,
    ServiceWord,
)
from cie.directory.search_text import search_words
from cie.seeding.loops import Record

PLACED: tuple[type[SQLModel], ...] = (
    Organization, Service, Location, Address, Phone, ServiceNeed, ServiceArea, ServiceAtLocation, Language,
    RequiredDocument, Schedule,
)  # fmt: skip
Rows = Mapping[type[SQLModel], list[Record]]


def seed_services(count: int, *, seed: int = 1) -> Iterator[str]:
    """Add at least `count` services in a database that holds the demo; yields what to tell the operator."""
    with transaction() as session:
        pattern = {model: _rows_of(session, model) for model in PLACED}
        counties = sorted(geography.counties())
        for number in range(-(-count // len(pattern[Service]))):
            rng = Random(f"{seed}/{number}")  # noqa: S311 - invented rows, not a secret
            for model, rows in copied(pattern, rng, rng.choice(counties)).items():
                insert_packed(session, model, pack(model, rows))
        fhir.make_again(session)
    yield f"invented services: {count}"


def _rows_of(session: Session, model: type[SQLModel]) -> list[Record]:
    return [Record(row) for row in session.execute(select(table_of(model))).mappings()]


def copied(pattern: Rows, rng: Random, fips: str) -> dict[type[SQLModel], list[Record]]:
    """The rows of one more set of organizations, in one county, with ids of their own."""
    space, zips = UUID(int=rng.getrandbits(128)), sorted(geography.zips_of_county(fips))
    own = {row.id: uuid5(space, str(row.id)) for rows in pattern.values() for row in rows if "id" in row}
    made = {
        model: [Record({name: own.get(value, value) for name, value in row.items()}) for row in rows]
        for model, rows in pattern.items()
    }
    for organization in made[Organization]:
        organization.update(participant_id=None, name=f"{organization.name}, {geography.counties()[fips]}")
    for location in made[Location]:
        latitude, longitude = geography.point_of_zip(rng.choice(zips)) or (None, None)
        location.update(latitude=latitude, longitude=longitude)
    for area in made[ServiceArea]:
        area["extent"] = {"county": fips, "zip": rng.choice(zips)}.get(area.extent_type, area.extent)
    return {**made, ServiceWord: list(_words(made))}


def _words(made: Rows) -> Iterator[Record]:
    organizations: dict[UUID, Any] = {row.id: row for row in made[Organization]}
    needs = defaultdict[UUID, list[str]](list)
    for met in made[ServiceNeed]:
        needs[met.service_id].append(met.need_code)
    for row in made[Service]:
        service: Any = row
        yield from map(Record, search_words(service, organizations[row.organization_id], needs[row.id]))
