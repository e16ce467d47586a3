"""The accounting of one person: what the organization that serves them gave to whom, when, why and by what right.

45 CFR 164.528. It holds every release, also what 164.528(a)(1) would let us leave out (treatment, payment, operations,
what the person allowed), and what was given by hand because of a legal demand. Releases that ended stay in it; what an
agency keeps out of it for a time (`suspending`) is missing from what the person gets, without a trace. What went is
named by its elements; their values stay sealed. A masked receiver has no name here, as on every page and paper that
tells of a release: who finds the list would learn where the person is safe (34 USC 12291(b)(2)).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col

from cie import calendar, consent, directory, events, participants, people
from cie.access import Actor, Permission, check
from cie.consent import Consent, Release
from cie.consent.law import RuleText, texts
from cie.directory import Address
from cie.errors import Invalid
from cie.people import Person
from cie.privacy import deadlines
from cie.privacy.demand_persons import demands_answered_about
from cie.privacy.history import write_down, wrong_day
from cie.privacy.models import LegalDemand, PersonRequest, RequestKind, Step
from cie.privacy.queries import Standing, cases
from cie.privacy.suspending import kept_out

Row = Release | LegalDemand


@dataclass(frozen=True)
class Span:
    """The days from the first to the last, both included; days of California."""

    first_on: date
    last_on: date

    @property
    def start(self) -> datetime:
        return calendar.instant(self.first_on, time())

    @property
    def end(self) -> datetime:
        """The first instant after it."""
        return calendar.instant(self.last_on + timedelta(days=1), time())


def widest_span(last_on: date, today: date, code: str = deadlines.ACCOUNTING_SPAN) -> Span:
    """The longest span that ends on a day, as the law has it today."""
    rule = deadlines.figure(code, today)
    return Span(rule.span_before(last_on) if rule else last_on, last_on)


def span_between(first_on: date | None, last_on: date | None, *, at: datetime) -> Span:
    """The days that were asked for; where none are, the longest span until today.

    Raises Invalid: the days are in the wrong order, still to come, or further apart than the law looks back.
    """
    today = calendar.local_day(at)
    widest = widest_span(last_on or today, today)
    span = Span(first_on or widest.first_on, widest.last_on)
    faults = wrong_day("Last day", "last_on", last_on, at=at)
    if span.last_on < span.first_on:
        faults.append(Invalid("Last day: choose a day that is not before the first", "last_on"))
    elif span.first_on < widest.first_on:
        years = span.last_on.year - widest.first_on.year
        faults.append(Invalid("First day: the list goes back %(years)s years at most", "first_on", years=years))
    if faults:
        raise Invalid.all(faults)
    return span


@dataclass(frozen=True)
class Accounting:
    """All that left of one person in a span, newest first.

    `every` row is for the officer's own eyes; `rows` are what the person is given. `kept_out`: the last day of each row
    that an agency keeps out of that.
    """

    person: Person
    span: Span
    every: Sequence[Row]
    kept_out: Mapping[UUID, date] = field(default_factory=dict)

    @property
    def rows(self) -> Sequence[Row]:
        """What the person is given."""
        return [row for row in self.every if row.id not in self.kept_out]


@dataclass(frozen=True)
class Receiver:
    """Who got it. `place`: where they are, when it is known."""

    name: str
    place: Address | None = None


@dataclass(frozen=True)
class Disclosed:
    """One time that something left: a release, or by hand because of a demand. `receiver` is None for a masked one."""

    on: date
    receiver: Receiver | None
    release: Release | None = None
    elements: Sequence[str] = ()
    consents: Sequence[Consent] = ()
    demand: LegalDemand | None = None


def accounting_of(session: Session, actor: Actor, person_id: UUID, span: Span, *, at: datetime) -> Accounting:
    """What left of a person in these days. Raises NotAllowed; NotFound, also to who may not know of the person."""
    check(actor, Permission.PRIVACY_CASE_MANAGE)
    person = people.person_or_erased(session, actor, person_id)
    demands = [each for each in demands_answered_about(session, person) if _is_in(span, each.released_on)]
    rows: list[Row] = [*releases_in(session, person, span), *demands]
    out = kept_out(session, person, demands, today=calendar.local_day(at))
    return Accounting(person, span, sorted(rows, key=lambda row: (_day_of(row), row.id), reverse=True), out)


def releases_in(session: Session, person: Person, span: Span) -> Sequence[Release]:
    """What the organization that serves a person let others read in these days, newest first."""
    query = consent.receipts_query(person.organization_id, person.id)
    within = (col(Release.released_at) >= span.start, col(Release.released_at) < span.end)
    return session.execute(query.where(*within)).scalars().all()


def _is_in(span: Span, day: date | None) -> bool:
    return day is not None and span.first_on <= day <= span.last_on


def _day_of(row: Row) -> date:
    if isinstance(row, Release):
        return calendar.local_day(row.released_at)
    return row.released_on or row.received_on


def disclosed(session: Session, person: Person, rows: Sequence[Row]) -> list[Disclosed]:
    """These rows of an accounting with all that the person is told of them."""
    releases = [row for row in rows if isinstance(row, Release)]
    codes = consent.element_codes(session, [row.id for row in releases])
    return described(session, person, rows, codes)


def described(
    session: Session, person: Person, rows: Sequence[Row], codes: Mapping[UUID, Sequence[str]]
) -> list[Disclosed]:
    """The same of releases whose elements are known."""
    releases = [row for row in rows if isinstance(row, Release)]
    receivers = _receivers(session, releases)
    given = {str(c.id): c for c in consent.consents_of(session, person.organization_id, person.id)}
    return [
        _of_release(row, receivers.get(row.recipient_id), codes[row.id], given)
        if isinstance(row, Release)
        else Disclosed(_day_of(row), Receiver(row.given_to or row.asker), demand=row)
        for row in rows
    ]


def _receivers(session: Session, releases: Sequence[Release]) -> dict[UUID, Receiver]:
    """Those that may be named, with where they are."""
    ids = {row.recipient_id for row in releases if not row.masked}
    names, places = participants.names_of(session, ids), directory.places_of(session, ids)
    return {id_: Receiver(name, places.get(id_)) for id_, name in names.items()}


def _of_release(
    row: Release, receiver: Receiver | None, elements: Sequence[str], given: Mapping[str, Consent]
) -> Disclosed:
    return Disclosed(
        _day_of(row),
        None if row.masked else receiver,
        row,
        elements,
        [given[c] for c in row.consent_ids if c in given],
    )


def rules_of(basis: str) -> list[RuleText]:
    """The rules of a basis in words, in its order; several may stand together as one."""
    codes = dict.fromkeys(code for part in basis.split(",") for code in part.split("+"))
    return [texts()[code] for code in codes if code in texts()]


def take_accounting(
    session: Session, actor: Actor, person_id: UUID, span: Span, *, form: str, at: datetime
) -> Accounting:
    """The list is taken out as a file, and that is kept: 45 CFR 164.528(d). `form` is the kind of file.

    It also stands in what the person asked, while that is open. Raises NotFound, NotAllowed.
    """
    found = accounting_of(session, actor, person_id, span, at=at)
    days = {"first_on": span.first_on.isoformat(), "last_on": span.last_on.isoformat()}
    _note_taken(session, actor, found.person, "accounting.download", len(found.rows), at=at, format=form, **days)
    return found


def note_list(session: Session, actor: Actor, person: Person, count: int, *, at: datetime) -> None:
    """The list of 42 CFR 2.24 was made for a person."""
    _note_taken(session, actor, person, "accounting.part2-list", count, at=at)


def _note_taken(
    session: Session, actor: Actor, person: Person, action: str, count: int, *, at: datetime, **codes: Any
) -> None:
    events.record(session, actor, action, person, at=at, count=count, **codes)
    for request in open_accounting_requests(session, actor, person.id, today=calendar.local_day(at)):
        write_down(session, actor, request, Step.LIST_DOWNLOADED, at=at)


def open_accounting_requests(
    session: Session, actor: Actor, person_id: UUID, *, today: date
) -> Sequence[PersonRequest]:
    """What a person asked of this kind that still waits for its answer, due soonest first. Raises NotAllowed."""
    kind = RequestKind.ACCOUNTING.value
    query = cases(actor, PersonRequest, Standing.OPEN, kind=kind, person_id=person_id, today=today)
    return session.execute(query).scalars().all()
