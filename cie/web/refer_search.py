"""The services that a referral may be sent to: the directory's search, with the one already chosen always in sight.

"Needed today" offers only what is open now and helps the same day; that is never given up to find more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from flask import g
from sqlmodel import Session

from cie import directory
from cie.directory import Hit, Query, Results
from cie.errors import Invalid, NotFound
from cie.referrals import Urgency
from cie.web.directory import relaxed_words
from cie.web.refer_form import Filled
from cie.web.service_views import ServiceView, service_view

KEPT_TODAY = {"open_now", "same_day"}


@dataclass(frozen=True)
class Offered:
    """What section 3 of the form shows; `found` is None before anything was searched for."""

    found: Results | None
    services: list[ServiceView]
    chosen: ServiceView | None
    relaxed: list[str]
    today: bool
    errors: Sequence[Invalid] = ()

    def holds(self, service_id: UUID | None) -> bool:
        """Whether this service stands among those to choose from."""
        return any(view.id == service_id for view in (*self.services, *filter(None, [self.chosen])))


def offered(session: Session, form: Filled) -> Offered:
    """What the form searches for; what is wrong with its search comes as errors."""
    today = form.urgency == Urgency.TODAY.value
    query = _query(form, today)
    try:
        found = _search(session, query) if query.need or query.words else None
    except Invalid as error:
        return Offered(None, [], _chosen(session, form, (), today), [], today, error.errors)
    hits = found.items if found else ()
    return Offered(
        found,
        [service_view(hit, phone_first=today) for hit in hits],
        _chosen(session, form, hits, today),
        [relaxed_words(name, query) for name in (found.relaxed if found else ())],
        today,
    )


def _query(form: Filled, today: bool) -> Query:
    return Query(
        need=form.need if form.need in directory.needs() else "",
        words=form.words.strip(),
        zip=form.zip,
        language=form.language,
        open_now=form.open_now or today,
        has_room=form.has_room,
        same_day=today,
        page=form.page,
    )


def _search(session: Session, query: Query) -> Results:
    found = directory.search(session, query, at=g.now)
    if not query.same_day or not KEPT_TODAY & set(found.relaxed):
        return found
    wider = directory.search(session, replace(query, words="", language="", has_room=False), at=g.now)
    if KEPT_TODAY & set(wider.relaxed):
        return Results((), 0, 1, query.limit)
    given_up = tuple(name for name in ("has_room", "language", "words") if getattr(query, name))
    return replace(wider, relaxed=given_up)


def _chosen(session: Session, form: Filled, hits: Sequence[Hit], today: bool) -> ServiceView | None:
    """The service that was chosen, when the page of results does not hold it and it still fits need and urgency."""
    if form.service_id is None or any(hit.service.id == form.service_id for hit in hits):
        return None
    hit = _hit(session, form.service_id, form.zip)
    if hit is None or (form.need in directory.needs() and form.need not in hit.why.needs):
        return None
    if today and not (hit.service.same_day and hit.opening.open_until):
        return None
    return service_view(hit, phone_first=today)


def _hit(session: Session, service_id: UUID, zip_code: str) -> Hit | None:
    try:
        service = directory.get_service(session, service_id)
    except NotFound:
        return None
    return directory.described(session, [service], zip_code, at=g.now)[0]
