"""The end of all that a victim service keeps, at once: its key is destroyed, and nothing that it sealed opens again.

For the organization alone, when it leaves or when its records are in danger: 34 USC 12291(b)(2), 28 CFR 94.115.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlmodel import Session, col

from cie import consent, participants, referrals
from cie.access import SYSTEM, Actor, Door, Permission, check
from cie.consent import Release
from cie.db import OrganizationKey, wait_for_others
from cie.errors import Invalid, NotFound, NotPossibleNow
from cie.participants import Participant
from cie.people import Person
from cie.privacy.models import Incident, LegalDemand, PersonRequest
from cie.referrals import Referral, ReferralStatus, ReferralTask
from cie.referrals.states import OPEN
from cie.retention.holds import holds
from cie.retention.tables import RULES
from cie.retention.tombstones import KeyStone


def what_is_open(session: Session, actor: Actor, *, at: datetime) -> bool:
    """Whether a hold, a case or a referral still needs the records of the caller's organization. Raises NotAllowed."""
    check(actor, Permission.PRIVACY_CASE_MANAGE)
    own = actor.organization
    needs: list[Select[Any]] = [
        holds(actor, at=at),
        select(Referral).where(col(Referral.organization_id) == own, col(Referral.status) == ReferralStatus.ACTIVE),
        select(ReferralTask).where(col(ReferralTask.performer_id) == own, col(ReferralTask.status).in_(OPEN)),
        *(
            select(case).where(col(case.organization_id) == own, col(case.closed_at).is_(None))
            for case in (Incident, LegalDemand, PersonRequest)
        ),
    ]
    return any(session.execute(query.limit(1)).first() for query in needs)


def own_place(session: Session, actor: Actor) -> Participant:
    """The caller's organization, when its records stand apart. Raises NotFound for all others; NotAllowed."""
    check(actor, Permission.PRIVACY_CASE_MANAGE)
    place = participants.get_participant(session, actor.organization)
    if place.kind not in participants.STAND_APART:
        raise NotFound("There is no such record")
    return place


def destroy_everything(session: Session, actor: Actor, *, name: str, at: datetime) -> None:
    """Make everything that the caller's organization sealed unreadable for good; `name` is typed, so that it is meant.

    What others sent it stays theirs. Raises NotFound (another kind of organization), NotAllowed, Invalid (the name),
    NotPossibleNow (something is open, or it was destroyed before).
    """
    wait_for_others(session)
    place = own_place(session, actor)
    if name.strip() != place.name:
        raise Invalid("Name of your organization: type it exactly as it stands above", "name")
    if what_is_open(session, actor, at=at):
        raise NotPossibleNow("An open referral, case or hold still needs these records. Close it first")
    _take_all(session, actor, place, at=at)


def destroy_again(session: Session, stone: KeyStone, *, at: datetime) -> bool:
    """Destroy the key once more in a copy of the database that still has it; False when this copy has none to destroy.

    Whoever put the copy back asks for it, so that loops, holds and cases of that time do not stand in the way.
    """
    wait_for_others(session)
    own = col(OrganizationKey.organization_id) == stone.organization_id
    key = session.execute(select(OrganizationKey).where(own)).scalar_one_or_none()
    if key is None or key.destroyed_at is not None:
        return False
    operator = replace(SYSTEM, organization_id=stone.organization_id, door=Door.COMMAND)
    for person in session.execute(_with_loops(stone.organization_id)).scalars().all():
        referrals.end_loops_of(session, operator, person, at=at)
    _take_all(session, operator, session.get_one(Participant, stone.organization_id), at=at)
    key.destroyed_at = stone.destroyed_at
    return True


def _with_loops(organization_id: UUID) -> Select[Person]:
    """The organization's own persons for whom it asks, or is about to."""
    theirs = select(col(Referral.person_id)).where(
        col(Referral.organization_id) == organization_id,
        col(Referral.status).in_([ReferralStatus.ACTIVE, ReferralStatus.DRAFT]),
    )
    return select(Person).where(col(Person.id).in_(theirs)).order_by(col(Person.id))


def _take_all(session: Session, actor: Actor, place: Participant, *, at: datetime) -> None:
    live = select(Release).where(col(Release.organization_id) == place.id, col(Release.ended_at).is_(None))
    consent.end_releases(session, actor, session.execute(live).scalars().all(), at=at)
    # ZIP, county, language and household stand in clear: together they can tell who somebody is
    served = update(Person).where(col(Person.organization_id) == place.id).values(RULES["person"].sets)
    session.execute(served.execution_options(synchronize_session=False))
    participants.destroy_key(session, actor, place.id, at=at)
