"""Resources that organizations read, kept without a domain behind them, and searches of them."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import orjson
from sqlmodel import Session

from cie.fhir.searching.asking import asked
from cie.fhir.searching.finding import Found, found
from cie.fhir.searching.values import Asker
from cie.fhir.store import EVERYONE, Audience, Content, Stored, keep_all, stored_among, unsealed
from tests.factories import NOON, add

BASE = "https://cie.example.org/fhir"


@dataclass
class Shelf:
    """What one organization reads; `everyone` is what all of them do."""

    session: Session
    organization_id: UUID = field(default_factory=uuid4)
    audience: Audience = field(init=False)

    def __post_init__(self) -> None:
        self.audience = self._audience(self.organization_id)

    def _audience(self, organization_id: UUID) -> Audience:
        known = self.session.get(Audience, organization_id)
        row = known or Audience(organization_id=organization_id, last_at=NOON, added_at=NOON)
        row.built_at = row.built_at or NOON
        return add(self.session, row)

    def put(self, resource_type: str, id_: str, person_id: UUID | None = None, **elements: Any) -> Stored:
        return self._keep(self.audience, Content({"resourceType": resource_type, "id": id_, **elements}, person_id))

    def put_for_everyone(self, resource_type: str, id_: str, **elements: Any) -> Stored:
        return self._keep(self._audience(EVERYONE), Content({"resourceType": resource_type, "id": id_, **elements}))

    def take(self, resource_type: str, id_: str) -> None:
        """The organization reads this no more."""
        key = (resource_type, id_)
        keep_all(self.session, self.audience, [], [key], stored_among(self.session, self.organization_id, [key]))

    def _keep(self, audience: Audience, content: Content) -> Stored:
        rows = stored_among(self.session, audience.organization_id, [content.key])
        keep_all(self.session, audience, [content], [], rows)
        row = unsealed(self.session, audience.organization_id, *content.key)
        assert row
        return row

    def asker(self, **more: Any) -> Asker:
        return Asker(BASE, self.organization_id, **{"may_search": lambda _type: True, **more})

    def search(self, query: str, *, last: list[str] | None = None, **more: Any) -> Found:
        """The page of a search, written as in an address without escapes: `Task?status=requested&_count=2`."""
        resource_type, _, rest = query.partition("?")
        pairs = [(name, text) for name, _, text in (part.partition("=") for part in rest.split("&") if part)]
        may_read = more.pop("may_read", lambda _type: True)
        question = asked(resource_type, pairs, self.asker(**more))
        return found(self.session, self.organization_id, question, last=last, may_read=may_read)

    def ids(self, query: str, **more: Any) -> list[str]:
        return [row.resource_id for row in self.search(query, **more).matches]


def reference(to: str) -> dict[str, str]:
    return {"reference": to}


def concept(*codings: str) -> dict[str, Any]:
    """A CodeableConcept of codings written as `system|code`."""
    pairs = [coding.split("|", 1) for coding in codings]
    return {"coding": [dict(zip(("code", "system"), reversed(pair), strict=False)) for pair in pairs]}


def body_of(row: Stored) -> Any:
    return orjson.loads(row.body)
