"""The persons served: names, birth dates, addresses, contact points, identifiers, and finding them again.

A person row belongs to exactly one organization; nobody else reads it except through a release of `consent`.
"""

from cie.people.alerts import close_alert, open_alerts, raise_alert
from cie.people.models import (
    AlertSource,
    ContactKind,
    ContactOwner,
    ContactPoint,
    ContactState,
    DangerAlert,
    Person,
    PersonIdentifier,
    Safety,
)
from cie.people.records import contact_points, get_person, may_be_texted, set_language, texting_point

__all__ = [
    "AlertSource",
    "ContactKind",
    "ContactOwner",
    "ContactPoint",
    "ContactState",
    "DangerAlert",
    "Person",
    "PersonIdentifier",
    "Safety",
    "close_alert",
    "contact_points",
    "get_person",
    "may_be_texted",
    "open_alerts",
    "raise_alert",
    "set_language",
    "texting_point",
]
