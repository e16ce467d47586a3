"""The staff of an organization, as its own programs read them."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlmodel import Session

from cie import identity
from cie.events import Event
from cie.fhir.projecting.loop import Sight
from cie.fhir.resources.practitioner import practitioner
from cie.fhir.resources.practitioner_role import practitioner_role
from cie.fhir.store import Content
from cie.identity import UserAccount

_ACCOUNT = "account."
"""How the acts begin that change what colleagues see of an account."""


def staff_touched(session: Session, events: Sequence[Event]) -> list[UserAccount]:
    """The accounts that these events changed."""
    ids = {event.subject_id for event in events if _is_about_account(event)}
    return staff_among(session, {id for id in ids if id is not None})


def _is_about_account(event: Event) -> bool:
    return event.subject_type == UserAccount.__tablename__ and event.action.startswith(_ACCOUNT)


def staff_among(session: Session, user_ids: Collection[UUID]) -> list[UserAccount]:
    """These accounts, in the order of their ids."""
    found = identity.accounts_by_id(session, user_ids)
    return [found[id] for id in sorted(found)]


def sight_of_staff(organization_id: UUID, users: Collection[UserAccount]) -> Sight:
    """What the organization reads of those of these who work there; of those who left that they are not active."""
    own = [user for user in users if user.organization_id == organization_id]
    return Sight([Content(make(user)) for user in own for make in (practitioner, practitioner_role)])
