"""One invented loop as rows: the person, what was released, every move, the words; without a statement to the database.

The rows are those that the verbs would have left. Read models come from the same rules as the projectors use.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import SQLModel

from cie import people
from cie.access import Actor
from cie.consent import Consent, Decision, Method
from cie.db import Table, current, place_of
from cie.directory import Category
from cie.events import Event
from cie.people import ContactKind, ContactOwner, Safety
from cie.people.birth import BirthDate
from cie.people.contacts import contact_key
from cie.people.filing import keys_of
from cie.people.keys import blocking_values
from cie.people.models import BlockingKey, ContactPoint, Person
from cie.referrals import (
    Referral,
)


class Record(dict[str, Any]):
    """A row that is read like the record it will be, so that the rules of the domain can be asked about it."""

    def __getattr__(self, name: str) -> Any:
        return self[name]


@dataclass(frozen=True)
class Sender:
    """An organization that refers: who acts for it, and where the people it serves live."""

    actor: Actor
    county_fips: str
    zips: tuple[str, ...]


@dataclass(frozen=True)
class Receiver:
    """A service that takes referrals: who answers for its organization."""

    actor: Actor
    service_id: UUID
    name: str
    need_code: str
    category: Category


@dataclass
class Batch:
    """Rows by table, and what happened, to be written in one transaction."""

    rows: dict[type[SQLModel], list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    events: list[Event] = field(default_factory=list)

    def add(self, model: type[Table], **values: Any) -> Record:
        """Keep a row. What is named `*_sealed` is given in plain and sealed here."""
        for name in [n for n in values if n.endswith("_sealed")]:
            place = place_of(str(model.__tablename__), name, values["id"])
            owner = values["organization_id"]
            values[name] = None if values[name] is None else current().seal(place, values[name], owner)
        row = Record(values)
        self.rows[model].append(row)
        return row

    def record(self, actor: Actor, action: str, subject: type[Table], row: Record, at: datetime, **codes: Any) -> Event:
        """Keep that something was done, as `events.record` would."""
        is_person, is_loop = subject is Person, subject is Referral
        event = Event(
            actor,
            action,
            str(subject.__tablename__),
            row.id,
            at,
            actor.organization_id or row.organization_id,
            row.id if is_person else row.get("person_id"),
            row.id if is_loop else row.get("referral_id"),
            codes,
        )
        self.events.append(event)
        return event


@dataclass
class Known:
    """A person with what the later referrals of theirs need to know."""

    person: Record
    consent: Record
    phone: Record | None
    elements: Sequence[tuple[str, Any]]


def add_person(batch: Batch, sender: Sender, details: dict[str, Any], at: datetime) -> Known:
    """A person whom the sender serves, with a phone, a consent, and the keys under which they are found."""
    organization_id = sender.actor.organization
    ids = iter(details["ids"])
    person = batch.add(
        Person,
        id=next(ids),
        organization_id=organization_id,
        given_name_sealed=details["given"],
        family_name_sealed=details["family"],
        birth_sealed=details["birth"],
        street_sealed=details["street"],
        zip=details["zip"],
        county_fips=sender.county_fips,
        language=details["language"],
        household_size=details["household"],
        created_at=at,
    )
    batch.record(sender.actor, "person.add", Person, person, at)
    phone = _add_phone(batch, person, next(ids), details, at)
    consent = _add_consent(batch, sender, person, next(ids), at)
    phones = [details["phone"]] if phone else []
    names = [f"{details['given']} {details['family']}"]
    values = blocking_values(names, BirthDate.from_text(details["birth"]), phones)
    for key in sorted(keys_of(values, organization_id)):
        batch.rows[BlockingKey].append({"organization_id": organization_id, "person_id": person.id, "key": key})
    return Known(person, consent, phone, tuple(_elements(details, person, phone)))


def _add_phone(batch: Batch, person: Record, id: UUID, details: dict[str, Any], at: datetime) -> Record | None:
    if not details["phone"]:
        return None
    texts = details["texts"]
    return batch.add(
        ContactPoint,
        id=id,
        organization_id=person.organization_id,
        person_id=person.id,
        kind=ContactKind.SMS if texts else ContactKind.PHONE,
        value_sealed=details["phone"],
        value_key=contact_key(ContactKind.PHONE, details["phone"], person.organization_id),
        owner=ContactOwner.SELF,
        may_text=texts,
        wording_version=people.TEXT_PERMISSION_WORDING["version"] if texts else "",
        permission_at=at if texts else None,
        safety=Safety.SAFE if texts else Safety.UNKNOWN,
        introduced_at=at if texts else None,
        created_at=at,
    )


def _add_consent(batch: Batch, sender: Sender, person: Record, id: UUID, at: datetime) -> Record:
    consent = batch.add(
        Consent,
        id=id,
        organization_id=person.organization_id,
        person_id=person.id,
        decision=Decision.SHARE,
        categories=[Category.GENERAL.value, Category.HOUSING.value],
        programs=[],
        recipient_ids=[],
        custody_limits=[],
        entitled_categories=[],
        stated=[],
        purpose=sender.actor.purpose.value,
        more_purposes=[],
        method=Method.IN_PERSON,
        language=person.language,
        given_at=at,
        expires_on=at.date() + timedelta(days=730),
        recorded_by_id=sender.actor.id,
    )
    batch.record(sender.actor, "consent.record", Consent, consent, at, decision=consent.decision.value)
    return consent


def _elements(details: dict[str, Any], person: Record, phone: Record | None) -> Iterator[tuple[str, Any]]:
    yield "name", f"{details['given']} {details['family']}"
    yield "age", details["age"]
    yield "area", {"zip": person.zip, "county": person.county_fips}
    yield "household", person.household_size
    if phone:
        contact = {"kind": phone.kind.value, "value": details["shown_phone"], "owner": phone.owner.value}
        yield "contact", contact | {"safety": phone.safety.value, "hours": [0, 24], "no_voicemail": False}
    yield "language", {"code": person.language, "interpreter": False}
