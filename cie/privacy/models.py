"""Tables of the privacy officer's cases: incidents, legal demands, what persons asked for, and the history of each.

Free words and the names of those who ask are sealed; kinds, states and days are in clear.
"""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from cie.db import Sealed, Table, at_field, code_field, id_field, sealed_field


class IncidentState(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    RESIDENTS_TOLD = "residents-told"
    CLOSED = "closed"


class Incident(Table, table=True):
    """Personal data may have reached somebody who should not have it. `due_on`: the next day that the law sets.

    `elsewhere`: how many people may be affected whom the exchange does not know.
    """

    __tablename__ = "incident"
    __table_args__ = (Index("ix_incident_due", "organization_id", "closed_at", "due_on"),)

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    state: IncidentState = code_field(IncidentState, default=IncidentState.OPEN)
    discovered_on: date
    occurred_from: date | None = None
    occurred_until: date | None = None
    what_sealed: bytes | None = sealed_field()
    found_by_sealed: bytes | None = sealed_field()
    elsewhere: int = 0
    residents_told_on: date | None = None
    attorney_general_told_on: date | None = None
    due_on: date | None = None
    opened_at: datetime = at_field()
    opened_by_id: UUID | None = None
    closed_at: datetime | None = at_field(optional=True)

    what = Sealed[str]("what_sealed")
    found_by = Sealed[str]("found_by_sealed")


class ChosenBy(StrEnum):
    """How persons came onto the list of those affected."""

    PERSON = "person"
    REFERRAL = "referral"
    READER = "reader"


class AffectedGroup(Table, table=True):
    """One choice of persons who may be affected: one person, those of a referral, or all whom a colleague read.

    `first_on` and `last_on`: the days between which the colleague read them. Taken back, it stays, with the reason.
    """

    __tablename__ = "affected_group"
    __table_args__ = (Index("ix_affected_group_incident", "organization_id", "incident_id"),)

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    incident_id: UUID = Field(foreign_key="incident.id")
    chosen_by: ChosenBy = code_field(ChosenBy)
    referral_id: UUID | None = None
    reader_id: UUID | None = None
    first_on: date | None = None
    last_on: date | None = None
    count: int = 0
    added_at: datetime = at_field()
    added_by_id: UUID | None = None
    taken_back_at: datetime | None = at_field(optional=True)
    reason_sealed: bytes | None = sealed_field()

    reason = Sealed[str | None]("reason_sealed")


class AffectedPerson(Table, table=True):
    """A person of one such choice."""

    __tablename__ = "affected_person"
    __table_args__ = (Index("ix_affected_person_organization", "organization_id", "person_id"),)

    group_id: UUID = Field(foreign_key="affected_group.id", primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", primary_key=True)
    organization_id: UUID


class DemandKind(StrEnum):
    """What kind of legal demand it is."""

    SUBPOENA = "subpoena"
    COURT_ORDER = "court-order"
    SEARCH_WARRANT = "search-warrant"
    IMMIGRATION_ENFORCEMENT = "immigration-enforcement"
    OTHER = "other"


class DemandState(StrEnum):
    """Where a legal demand stands. "Answered outside": whatever was given was given by hand, not by the exchange."""

    RECEIVED = "received"
    WITH_COUNSEL = "with-counsel"
    ANSWERED_OUTSIDE = "answered-outside"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class LegalDemand(Table, table=True):
    """Somebody demands records by law. The case keeps what was asked and decided; it never releases anything.

    `released_on`, `given` and `given_to`: when what was given by hand and to whom, when it was answered outside; the
    persons whom it is about read that in their accounting, so it stands apart from the decision, which counsel may see.
    """

    __tablename__ = "legal_demand"
    __table_args__ = (Index("ix_legal_demand_due", "organization_id", "closed_at", "due_on"),)

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    kind: DemandKind = code_field(DemandKind)
    state: DemandState = code_field(DemandState, default=DemandState.RECEIVED)
    received_on: date
    due_on: date | None = None
    asker_sealed: bytes | None = sealed_field()
    court_sealed: bytes | None = sealed_field()
    case_number_sealed: bytes | None = sealed_field()
    scope_sealed: bytes | None = sealed_field()
    counsel_sealed: bytes | None = sealed_field()
    decision_sealed: bytes | None = sealed_field()
    released_on: date | None = None
    given_sealed: bytes | None = sealed_field()
    given_to_sealed: bytes | None = sealed_field()
    opened_at: datetime = at_field()
    opened_by_id: UUID | None = None
    closed_at: datetime | None = at_field(optional=True)

    asker = Sealed[str]("asker_sealed")
    court = Sealed[str | None]("court_sealed")
    case_number = Sealed[str | None]("case_number_sealed")
    scope = Sealed[str]("scope_sealed")
    counsel = Sealed[str | None]("counsel_sealed")
    decision = Sealed[str | None]("decision_sealed")
    given = Sealed[str | None]("given_sealed")
    given_to = Sealed[str | None]("given_to_sealed")


class LegalDemandPerson(Table, table=True):
    """A person whom a legal demand is about. Taken off, the row stays."""

    __tablename__ = "legal_demand_person"
    __table_args__ = (Index("ix_legal_demand_person_organization", "organization_id", "person_id"),)

    demand_id: UUID = Field(foreign_key="legal_demand.id", primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", primary_key=True)
    organization_id: UUID
    added_at: datetime = at_field()
    added_by_id: UUID | None = None
    taken_off_at: datetime | None = at_field(optional=True)


class RequestKind(StrEnum):
    """What a person asks of their own record."""

    ACCESS = "access"
    CORRECTION = "correction"
    AMENDMENT = "amendment"
    DELETION = "deletion"
    ACCOUNTING = "accounting"
    RESTRICTION = "restriction"


class RequestState(StrEnum):
    """Where a person's request stands."""

    OPEN = "open"
    GRANTED = "granted"
    PARTLY_GRANTED = "partly-granted"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"


class PersonRequest(Table, table=True):
    """A person asked something of their record. The case keeps the question and the answer; it changes no record.

    `law` is where the days come from, as it stood on the day of the request. `asker` asks in the person's name.
    """

    __tablename__ = "person_request"
    __table_args__ = (
        Index("ix_person_request_due", "organization_id", "closed_at", "due_on"),
        Index("ix_person_request_person", "organization_id", "person_id"),
    )

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    person_id: UUID = Field(foreign_key="person.id")
    kind: RequestKind = code_field(RequestKind)
    state: RequestState = code_field(RequestState, default=RequestState.OPEN)
    received_on: date
    due_on: date | None = None
    law: str = Field(default="", max_length=200)
    extended_at: datetime | None = at_field(optional=True)
    asked_sealed: bytes | None = sealed_field()
    asker_sealed: bytes | None = sealed_field()
    extension_reason_sealed: bytes | None = sealed_field()
    decision_sealed: bytes | None = sealed_field()
    opened_at: datetime = at_field()
    opened_by_id: UUID | None = None
    closed_at: datetime | None = at_field(optional=True)

    asked = Sealed[str]("asked_sealed")
    asker = Sealed[str | None]("asker_sealed")
    extension_reason = Sealed[str | None]("extension_reason_sealed")
    decision = Sealed[str | None]("decision_sealed")


class Step(StrEnum):
    """What was done in a case."""

    OPENED = "opened"
    NOTE = "note"
    LIST_GREW = "list-grew"
    LIST_TAKEN_BACK = "list-taken-back"
    LIST_DOWNLOADED = "list-downloaded"
    RESIDENTS_TOLD = "residents-told"
    ATTORNEY_GENERAL_TOLD = "attorney-general-told"
    WITH_COUNSEL = "with-counsel"
    EXTENDED = "extended"
    ANSWERED_OUTSIDE = "answered-outside"
    REFUSED = "refused"
    GRANTED = "granted"
    PARTLY_GRANTED = "partly-granted"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"
    KEPT_OUT = "kept-out"
    KEPT_OUT_ENDED = "kept-out-ended"


class CaseEntry(Table, table=True):
    """One thing that was done in a case. Append-only. `on_day`: the day it is about; `count`: how many persons."""

    __tablename__ = "privacy_case_entry"
    __table_args__ = (Index("ix_privacy_case_entry_case", "organization_id", "case_id"),)

    id: UUID = id_field()
    organization_id: UUID = Field(foreign_key="participant.id")
    case_type: str = Field(max_length=40)
    case_id: UUID
    step: Step = code_field(Step)
    on_day: date | None = None
    count: int | None = None
    words_sealed: bytes | None = sealed_field()
    at: datetime = at_field()
    by_id: UUID | None = None

    words = Sealed[str | None]("words_sealed")
