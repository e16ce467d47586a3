"""The resource directory: organizations, services and places as HSDS 3.1, needs, search, capacity."""

from cie.directory.capacity import DECAYS_AFTER, Room, learn_from_decline, learn_waitlist, room, say_capacity
from cie.directory.describing import Conditions, Hit, Why, described
from cie.directory.details import ServiceDetails, get_service_details, places_of
from cie.directory.hours import Opening, opening
from cie.directory.listing import (
    ListedOrganization,
    ListedPlace,
    ListedService,
    listed_organizations,
    listed_places,
    listed_services,
)
from cie.directory.loading import load_directory
from cie.directory.matching import Query
from cie.directory.models import (
    Address,
    CapacityStatus,
    Category,
    Location,
    Organization,
    Schedule,
    Service,
    ServiceStatus,
)
from cie.directory.needs import NeedTerm, need, needs
from cie.directory.programs import loosens, program_of, program_of_files, programs_run, set_program, strictest_program
from cie.directory.search import PAGE_SIZE, Results, search
from cie.directory.services import get_service, needs_met_by, organization_of, require_open, services_asked_of
from cie.directory.stewardship import (
    Correction,
    confirm_capacity,
    correct_service,
    get_own_service,
    raises,
    set_sensitivity,
)

__all__ = [
    "DECAYS_AFTER",
    "PAGE_SIZE",
    "Address",
    "CapacityStatus",
    "Category",
    "Conditions",
    "Correction",
    "Hit",
    "ListedOrganization",
    "ListedPlace",
    "ListedService",
    "Location",
    "NeedTerm",
    "Opening",
    "Organization",
    "Query",
    "Results",
    "Room",
    "Schedule",
    "Service",
    "ServiceDetails",
    "ServiceStatus",
    "Why",
    "confirm_capacity",
    "correct_service",
    "described",
    "get_own_service",
    "get_service",
    "get_service_details",
    "learn_from_decline",
    "learn_waitlist",
    "listed_organizations",
    "listed_places",
    "listed_services",
    "load_directory",
    "loosens",
    "need",
    "needs",
    "needs_met_by",
    "opening",
    "organization_of",
    "places_of",
    "program_of",
    "program_of_files",
    "programs_run",
    "raises",
    "require_open",
    "room",
    "say_capacity",
    "search",
    "services_asked_of",
    "set_program",
    "set_sensitivity",
    "strictest_program",
]
