"""What a person reads of their own permissions and releases, on a page that others may find or open for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select
from sqlmodel import Session, col

from cie import people
from cie.access import Actor, ActorKind, Permission, check
from cie.consent.ending import other_side, releases_under
from cie.consent.models import Consent, Decision, Release
from cie.consent.own_sight import Sight, sight_of, whole_in
from cie.consent.records import consents_of, with_replaced
from cie.consent.releases import receipts_query
from cie.errors import NotFound
from cie.people import Person, ProxyScope


@dataclass(frozen=True)
class OwnConsent:
    """One record of what was said, with the kinds of data and the places (by id) that it names on this page."""

    record: Consent
    kinds: list[str]
    places: list[str]


def own_consents(session: Session, actor: Actor, *, at: datetime) -> list[OwnConsent]:
    """What was said about sharing the caller's data, newest first; to a proxy, that of whom they stand for.

    Raises NotFound.
    """
    people.require_scope(session, actor, ProxyScope.SEE_PERMISSIONS)
    person, records = _records(session, actor)
    sight = sight_of(session, actor, person, records, at=at)
    shown = [record for record in records if sight.shows(record)]
    return [OwnConsent(record, sight.kinds_of(record), sight.places_of(record)) for record in shown]


def _records(session: Session, actor: Actor) -> tuple[Person, Sequence[Consent]]:
    person = people.own_record(session, actor)
    return person, consents_of(session, person.organization_id, person.id)


def own_yes(session: Session, actor: Actor, consent_id: UUID, *, at: datetime) -> OwnConsent:
    """One permission that the caller can take back by themselves. Raises NotFound.

    A no stays until they say otherwise to staff: nobody opens by a link what they closed.
    """
    people.require_scope(session, actor, ProxyScope.TAKE_BACK)
    found = next((each for each in own_consents(session, actor, at=at) if each.record.id == consent_id), None)
    if found is None or found.record.decision is not Decision.SHARE:
        raise NotFound("There is no such record")
    check(actor, Permission.CONSENT_WRITE, found.record)
    return found


def own_receipts_query(session: Session, actor: Actor, *, at: datetime) -> Select[Release]:
    """What others could read of the caller, or of whom they stand for, newest first. Raises NotFound."""
    people.require_scope(session, actor, ProxyScope.SEE_SHARED)
    person, records = _records(session, actor)
    sight = sight_of(session, actor, person, records, at=at)
    query = receipts_query(person.organization_id, person.id)
    if not sight.shows_masked:
        hidden = [UUID(code) for code in sight.protected]
        query = query.where(col(Release.masked).is_(False), col(Release.recipient_id).not_in(hidden))
    if actor.kind is not ActorKind.PROXY:
        return query
    rows = [row for row in session.execute(query).scalars() if _is_shown(sight, row, person)]
    return query.where(col(Release.id).in_([row.id for row in whole_in(session, sight, rows)]))


def own_releases_under(
    session: Session, actor: Actor, record: Consent, *, at: datetime
) -> tuple[Sequence[Release], Sequence[Release]]:
    """What was released because of one permission of the caller: all of it, and what can still be read."""
    person, records = _records(session, actor)
    sight = sight_of(session, actor, person, records, at=at)
    ids = {str(each.id) for each in with_replaced(session, record)}
    every = session.execute(own_receipts_query(session, actor, at=at)).scalars().all()
    live = [row for row in releases_under(session, record) if _is_shown(sight, row, person)]
    return [row for row in every if ids & set(row.consent_ids)], whole_in(session, sight, live)


def _is_shown(sight: Sight, row: Release, person: Person) -> bool:
    return sight.rests_on_shown(row, str(other_side(row, person.organization_id)))
