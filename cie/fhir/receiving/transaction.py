"""One transaction in which a program's entries are done: what they came to, and what they mean by their references."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlmodel import Session

from cie import events
from cie.access import Actor
from cie.fhir.checking import mistyped_in
from cie.fhir.projecting.sent import Sent, remember
from cie.fhir.receiving.entries import Entry, Outcome
from cie.fhir.receiving.profiles import told_as
from cie.fhir.receiving.references import id_in, key_in, references_in, with_references
from cie.fhir.refusals import Fault, NotTaken
from cie.fhir.store import Key, Stored, unsealed, unsealed_among
from cie.fhir.subscribing import Caller

Resource = dict[str, Any]
UNKNOWN = "There is no such resource here. Send it first, or in the same transaction"


@dataclass
class Doing:
    """One transaction as it goes on: who does it, where, and what each entry came to so far."""

    session: Session
    actor: Actor
    base: str
    at: datetime
    caller: Caller = field(default_factory=Caller)
    """What they may hear of, and where."""
    known: dict[str, str] = field(default_factory=dict)
    """By the fullUrl of an entry, the reference to what it came to."""
    sent: dict[Key, Entry] = field(default_factory=dict)
    """The entries that have an id so far."""
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    readable: set[Key] = field(default_factory=set)
    """What the caller is known to be able to read."""

    @property
    def organization_id(self) -> UUID:
        return self.actor.organization

    def made(self, number: int, entry: Entry, id: str, status: int = 201, person_id: UUID | None = None) -> None:
        """An entry came to this resource."""
        self.outcomes[number] = Outcome(entry.resource_type, id, status, person_id)
        self.name(entry, id)

    def name(self, entry: Entry, id: str) -> None:
        """Other entries may mean this resource by the fullUrl of its entry."""
        self.sent[entry.resource_type, id] = entry
        if entry.full_url:
            self.known[entry.full_url] = f"{entry.resource_type}/{id}"

    def resolved(self, resource: Resource) -> Resource:
        """The resource with references to what the entries before came to."""
        found: Resource = with_references(resource, lambda literal: self.known.get(literal, literal))
        return found

    def remember(self, entry: Entry, id: str, *, is_kept: bool = False) -> None:
        """Keep what was sent with its resource."""
        body = {**self.resolved(entry.resource), "id": id}
        person_id = self.person_in(body) if is_kept else None
        sent = Sent(self.organization_id, body, entry.if_match, is_kept, person_id)
        remember(self.session, sent)

    def require_known(self, entry: Entry) -> None:
        """Refuse references to what the caller cannot read here, somebody else's alike as nothing.

        And those within a Bundle to what is of the wrong type, which shows only now. Raises NotTaken.
        """
        body, place = self.resolved(entry.resource), entry.place
        found = [
            (path, reference["reference"], key_in(reference, self.base))
            for path, reference in references_in(body, body["resourceType"])
        ]
        unknown = self._unknown({key for _path, _literal, key in found if key})
        faults = [
            Fault("not-found", UNKNOWN, path_at(place, f"{path}.reference"))
            for path, literal, key in found
            if literal.startswith("urn:uuid:") or key in unknown
        ]
        if body != entry.resource:
            wrong = mistyped_in(body, told_as(body))
            faults += [Fault(each.code, each.words, path_at(place, each.place)) for each in wrong]
        if faults:
            raise NotTaken(faults)

    def _unknown(self, keys: set[Key]) -> set[Key]:
        """Those that neither came in this transaction nor can be read by the caller."""
        others = keys - {tuple(reference.split("/")) for reference in self.known.values()} - self.readable
        self.readable |= unsealed_among(self.session, self.organization_id, others).keys()
        return others - self.readable

    def consents_of(self, request: Resource) -> list[Resource]:
        """The Consents that a request brings along, sent with it or before.

        One that the exchange tells of is none of these: the record behind it says itself whom it is for.
        """
        keys = [key_in(each, self.base) for each in request.get("supportingInfo", [])]
        found = [self.body(key) for key in keys if key and key[0] == "Consent" and self.was_sent(key)]
        return [body for body in found if body]

    def was_sent(self, key: Key) -> bool:
        """Whether a program of the caller sent it, now or before; the exchange tells of the rest itself."""
        if key in self.sent:
            return True
        row = unsealed(self.session, self.organization_id, *key)
        return row is not None and row.is_kept

    def body(self, key: Key) -> Resource | None:
        """What a resource says: one that came in this Bundle, or one that the caller can read."""
        if key in self.sent:
            return self.resolved(self.sent[key].resource)
        row = unsealed(self.session, self.organization_id, *key)
        return body_in(row) if row else None

    def person_in(self, body: Resource) -> UUID | None:
        """The person whom a resource is about."""
        about = next((body[name] for name in ("subject", "patient", "for") if name in body), None)
        return id_in(about, self.base, "Patient")


def path_at(place: str, path: str) -> str:
    """A place within a resource that may stand in a Bundle."""
    return f"{place}.resource.{path.partition('.')[2]}".rstrip(".") if place else path


def body_in(row: Stored) -> Resource:
    """What a stored resource says."""
    found: Resource = orjson.loads(row.body or b"{}")
    return found


@dataclass(frozen=True)
class _Received:
    """What the audit names: a resource by its id, and whom it is about."""

    id: UUID | None
    person_id: UUID | None
    referral_id: UUID | None = None
    __tablename__ = "fhir_resource"


def tell(doing: Doing, entry: Entry, id: str, action: str) -> None:
    """Note in the audit that a resource was received; it is kept at the end of the transaction."""
    about = UUID(id)
    person_id = about if entry.resource_type == "Patient" else doing.person_in(doing.resolved(entry.resource))
    loop = about if entry.resource_type == "ServiceRequest" else None
    if entry.resource_type == "Task":
        loop = id_in(doing.resolved(entry.resource).get("focus"), doing.base, "ServiceRequest")
    received = _Received(about, person_id, loop)
    events.record(doing.session, doing.actor, action, received, at=doing.at, type=entry.resource_type)
