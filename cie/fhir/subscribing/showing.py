"""A subscription as a resource: what its program said, without the headers, and how it stands."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie.fhir.subscribing.models import Subscription
from cie.fhir.subscribing.wishes import BACKPORT

PROFILE = f"{BACKPORT}backport-subscription"
_NOT_SAID = frozenset({"id", "meta", "status", "error"})


def subscription_resource(subscription: Subscription) -> dict[str, Any]:
    """The Subscription as the organization reads it; secrets that go along with notifications come back to nobody."""
    said = subscription.said
    kept = {name: part for name, part in said.get("meta", {}).items() if name in ("tag", "security")}
    profiles = dict.fromkeys([PROFILE, *said.get("meta", {}).get("profile", [])])
    return {
        "resourceType": "Subscription",
        "id": str(subscription.id),
        "meta": {"profile": list(profiles), **kept},
        "status": subscription.status.value,
        **({"error": subscription.fault} if subscription.fault else {}),
        **{name: part for name, part in said.items() if name not in _NOT_SAID},
    }


def subscriptions_among(session: Session, organization_id: UUID, ids: Collection[UUID]) -> list[Subscription]:
    """These subscriptions of one organization, in the order of their ids."""
    if not ids:
        return []
    mine = (col(Subscription.organization_id) == organization_id, col(Subscription.id).in_(ids))
    return list(session.execute(select(Subscription).where(*mine).order_by(col(Subscription.id))).scalars())
