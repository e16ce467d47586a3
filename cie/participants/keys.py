"""The key of an organization's own: for victim services, whose records are sealed apart from all others.

34 U.S.C. 12291(b)(2), 45 CFR 1370.4 and 28 CFR 94.115 let nothing that identifies those it serves leave a victim
service, not even hashed. With a key of its own, nothing that is kept of them equals anything kept of others, and the
organization can make all of it unreadable at once.
"""

import os
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from cie import events
from cie.access import Actor
from cie.db import OrganizationKey, current, keyring_from
from cie.participants.models import Participant, ParticipantKind

KEY_BYTES = 32
STAND_APART = frozenset({ParticipantKind.VICTIM_SERVICES})
"""The kinds of organizations that have a key of their own."""


def give_key(session: Session, actor: Actor, participant: Participant, *, at: datetime) -> OrganizationKey | None:
    """Make the key of an organization that joins, if its kind has one; what it keeps from now on is sealed under it."""
    if participant.kind not in STAND_APART:
        return None
    key = OrganizationKey(organization_id=participant.id, made_at=at)
    key.keys = {"secret": fresh_key(), "keys": [[key.version, fresh_key()]]}
    session.add(key)
    session.flush()
    current().own_keys.keep_until_settled(session, participant.id, keyring_from(key.keys))
    events.record(session, actor, "participant.key", participant, at=at, organization_id=participant.id, version=1)
    return key


def without_key(session: Session) -> Sequence[Participant]:
    """The organizations that stand apart and joined before there were keys of their own."""
    query = select(Participant).where(
        col(Participant.kind).in_(STAND_APART),
        col(Participant.id).not_in(select(col(OrganizationKey.organization_id))),
    )
    return session.execute(query.order_by(col(Participant.id))).scalars().all()


def organization_keys(session: Session) -> Sequence[OrganizationKey]:
    """All keys of organizations, destroyed ones too, in the order in which they were first made."""
    return session.execute(select(OrganizationKey).order_by(col(OrganizationKey.id))).scalars().all()


def fresh_key() -> str:
    """A key drawn at random, as text."""
    return urlsafe_b64encode(os.urandom(KEY_BYTES)).decode()
