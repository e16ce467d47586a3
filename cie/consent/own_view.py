"""What a person reads of their own permissions and releases on a page that somebody else may find.

All that could tell of a protected service is absent, not masked: no row, no count, no gap (34 USC 12291(b)(2)).
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlmodel import Session, col

from cie import people
from cie.access import Actor, Permission, check
from cie.consent.ending import other_side, releases_under
from cie.consent.models import Consent, Decision, Release
from cie.consent.records import consents_of, with_replaced
from cie.consent.releases import receipts_query
from cie.directory.models import Category
from cie.errors import NotFound
from cie.participants import Participant, ParticipantKind


def own_consents(session: Session, actor: Actor) -> list[Consent]:
    """What the caller said about sharing, newest first. Raises NotFound."""
    person = people.own_record(session, actor)
    records = consents_of(session, person.organization_id, person.id)
    protected = _protected(session)
    return [record for record in records if _may_be_shown(record, protected)]


def _protected(session: Session) -> set[str]:
    query = select(col(Participant.id)).where(col(Participant.kind) == ParticipantKind.VICTIM_SERVICES)
    return {str(found) for found in session.execute(query).scalars()}


def _may_be_shown(record: Consent, protected: Collection[str]) -> bool:
    """It names no protected service, and is about more than safety from violence."""
    is_about_safety_alone = record.categories == [Category.VICTIM_SERVICES.value]
    return not is_about_safety_alone and not set(record.recipient_ids) & set(protected)


def shown_categories(record: Consent) -> list[str]:
    """The kinds of data that the record names on such a page."""
    return [code for code in record.categories if code != Category.VICTIM_SERVICES.value]


def own_yes(session: Session, actor: Actor, consent_id: UUID) -> Consent:
    """One permission of the caller that they can take back by themselves. Raises NotFound.

    A no stays until they say otherwise to staff: nobody opens by a link what they closed.
    """
    found = (record for record in own_consents(session, actor) if record.id == consent_id)
    record = next(found, None)
    if record is None or record.decision is not Decision.SHARE:
        raise NotFound("There is no such record")
    check(actor, Permission.CONSENT_WRITE, record)
    return record


def own_receipts_query(session: Session, actor: Actor) -> Select[Release]:
    """What others could read of the caller, newest first. Raises NotFound."""
    person = people.own_record(session, actor)
    protected = select(col(Participant.id)).where(col(Participant.kind) == ParticipantKind.VICTIM_SERVICES)
    return receipts_query(person.organization_id, person.id).where(
        col(Release.masked).is_(False), col(Release.recipient_id).not_in(protected)
    )


def own_releases_under(session: Session, actor: Actor, record: Consent) -> tuple[Sequence[Release], Sequence[Release]]:
    """What was released because of one permission of the caller: all of it, and what can still be read."""
    ids = {str(each.id) for each in with_replaced(session, record)}
    every = session.execute(own_receipts_query(session, actor)).scalars().all()
    protected = _protected(session)
    live = [
        row
        for row in releases_under(session, record)
        if not row.masked and str(other_side(row, record.organization_id)) not in protected
    ]
    return [row for row in every if ids & set(row.consent_ids)], live
