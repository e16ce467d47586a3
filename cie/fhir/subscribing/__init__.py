"""Subscriptions: programs are told over FHIR that something they may read has a new version.

Each new version that an organization reads is an event of those of its subscriptions that want to hear of it, with the
next number of each. A notification is rendered when it goes, from what the organization may read then; what was missed
can be asked for by number.
"""

from cie.fhir.subscribing.channels import Caller
from cie.fhir.subscribing.delivery import SubscriptionDeliverer, deliverer_for
from cie.fhir.subscribing.models import Subscription
from cie.fhir.subscribing.noticing import KIND, notice
from cie.fhir.subscribing.registering import change_subscription, look_after_subscriptions, subscribe
from cie.fhir.subscribing.showing import subscription_resource, subscriptions_among
from cie.fhir.subscribing.tending import SubscriptionStanding, standings_of, try_subscription

__all__ = [
    "KIND",
    "Caller",
    "Subscription",
    "SubscriptionDeliverer",
    "SubscriptionStanding",
    "change_subscription",
    "deliverer_for",
    "look_after_subscriptions",
    "notice",
    "standings_of",
    "subscribe",
    "subscription_resource",
    "subscriptions_among",
    "try_subscription",
]
