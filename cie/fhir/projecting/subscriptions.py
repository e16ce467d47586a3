"""The subscriptions of an organization, as its programs read them."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlmodel import Session

from cie.events import Event
from cie.fhir.projecting.loop import Sight
from cie.fhir.store import Content
from cie.fhir.subscribing import Subscription, subscription_resource, subscriptions_among


def subscriptions_touched(events: Sequence[Event]) -> dict[UUID, set[UUID]]:
    """The subscriptions that these events changed, by the organization that has them."""
    found: dict[UUID, set[UUID]] = {}
    for event in events:
        if event.subject_type == Subscription.__tablename__ and event.subject_id is not None:
            found.setdefault(event.organization_id, set()).add(event.subject_id)
    return found


def sight_of_subscriptions(session: Session, organization_id: UUID, ids: Collection[UUID]) -> Sight:
    """What the organization reads of these."""
    return Sight([Content(subscription_resource(each)) for each in subscriptions_among(session, organization_id, ids)])
