"""A newer version of an organization's own key, and its end."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie import events
from cie.access import Actor, Permission, check
from cie.db import OrganizationKey, current
from cie.errors import NotPossibleNow
from cie.participants.keys import fresh_key
from cie.participants.models import Participant
from cie.participants.organizations import get_participant


def renew_key(session: Session, actor: Actor, organization_id: UUID, *, at: datetime) -> OrganizationKey:
    """Make a newer version of an organization's key, used from the end of the transaction; older ones still open.

    `db.reseal_all` then seals with it what older ones sealed. The secret of the match keys stays.
    Raises NotFound, NotAllowed; NotPossibleNow when it has no key, or it was destroyed.
    """
    check(actor, Permission.NETWORK_MANAGE)
    participant, key = get_participant(session, organization_id), _locked(session, organization_id)
    kept = key.keys or {}
    key.version, key.made_at = key.version + 1, at
    key.keys = {**kept, "keys": [[key.version, fresh_key()], *kept["keys"]]}
    return _settled(session, actor, participant, key, "participant.key", at=at)


def destroy_key(session: Session, actor: Actor, organization_id: UUID, *, at: datetime) -> OrganizationKey:
    """Make everything that was sealed under the organization's own key unreadable, for good and for everybody.

    It is the last step of a purge, for the organization alone to take. Copies of the database that were made before
    hold the key still, sealed with the data key of that time: they become unreadable when that is destroyed too.
    Other processes stop within `own_keys.FRESH_SECONDS`. Whoever asks for what it sealed is told that there is no such
    record. Raises NotFound, NotAllowed; NotPossibleNow when it has no key, or it was destroyed.
    """
    participant = get_participant(session, organization_id)
    check(actor, Permission.ORGANIZATION_MANAGE, participant)
    key = _locked(session, organization_id)
    key.keys, key.destroyed_at = None, at
    return _settled(session, actor, participant, key, "participant.key-destroy", at=at)


def _locked(session: Session, organization_id: UUID) -> OrganizationKey:
    """The organization's key, held until the end. Raises NotPossibleNow."""
    query = select(OrganizationKey).where(col(OrganizationKey.organization_id) == organization_id)
    key: OrganizationKey | None = session.execute(query.with_for_update()).scalar_one_or_none()
    if key is None:
        raise NotPossibleNow("This organization has no key of its own")
    if key.destroyed_at is not None:
        raise NotPossibleNow("The key of this organization was destroyed")
    return key


def _settled(
    session: Session, actor: Actor, participant: Participant, key: OrganizationKey, action: str, *, at: datetime
) -> OrganizationKey:
    session.add(key)
    session.flush()
    current().own_keys.forget_when_settled(session, participant.id)
    events.record(session, actor, action, participant, at=at, organization_id=participant.id, version=key.version)
    return key
