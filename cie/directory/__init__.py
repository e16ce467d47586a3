"""The resource directory: organizations, services and places as HSDS 3.1, needs, search, capacity."""

from cie.directory.capacity import Room, learn_from_decline, learn_waitlist, room, say_capacity
from cie.directory.models import CapacityStatus, Category, Organization, Service, ServiceStatus
from cie.directory.needs import NeedTerm, need, needs
from cie.directory.services import get_service, organization_of, require_open

__all__ = [
    "CapacityStatus",
    "Category",
    "NeedTerm",
    "Organization",
    "Room",
    "Service",
    "ServiceStatus",
    "get_service",
    "learn_from_decline",
    "learn_waitlist",
    "need",
    "needs",
    "organization_of",
    "require_open",
    "room",
    "say_capacity",
]
