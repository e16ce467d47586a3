"""The privacy officer's cases: incidents, legal demands, what persons ask of their record; with clocks and history.

A case keeps what happened and what was decided. It releases nothing and changes no record; its figures are data.
"""

from cie.privacy.affected import (
    add_all_read_by,
    add_person,
    add_referral,
    affected_query,
    count_affected,
    count_listed,
    get_group,
    groups_of,
    note_download,
    sole_persons,
    take_back,
    why_listed,
)
from cie.privacy.dates import Dates, dates_of
from cie.privacy.deadlines import Basis, Figure, figure
from cie.privacy.demands import MOVES, Demanded, decide_demand, give_to_counsel, open_demand
from cie.privacy.history import Case, get_case, history_of, note
from cie.privacy.incidents import Happening, close_incident, open_incident, tell_attorney_general, tell_residents
from cie.privacy.models import (
    AffectedGroup,
    CaseEntry,
    ChosenBy,
    DemandKind,
    DemandState,
    Incident,
    IncidentState,
    LegalDemand,
    PersonRequest,
    RequestKind,
    RequestState,
    Step,
)
from cie.privacy.queries import EXACT_TO, Counts, Standing, cases, overview
from cie.privacy.requests import DECISIONS, Asked, decide_request, extend, extension_days, open_request

__all__ = [
    "DECISIONS",
    "EXACT_TO",
    "MOVES",
    "AffectedGroup",
    "Asked",
    "Basis",
    "Case",
    "CaseEntry",
    "ChosenBy",
    "Counts",
    "Dates",
    "DemandKind",
    "DemandState",
    "Demanded",
    "Figure",
    "Happening",
    "Incident",
    "IncidentState",
    "LegalDemand",
    "PersonRequest",
    "RequestKind",
    "RequestState",
    "Standing",
    "Step",
    "add_all_read_by",
    "add_person",
    "add_referral",
    "affected_query",
    "cases",
    "close_incident",
    "count_affected",
    "count_listed",
    "dates_of",
    "decide_demand",
    "decide_request",
    "extend",
    "extension_days",
    "figure",
    "get_case",
    "get_group",
    "give_to_counsel",
    "groups_of",
    "history_of",
    "note",
    "note_download",
    "open_demand",
    "open_incident",
    "open_request",
    "overview",
    "sole_persons",
    "take_back",
    "tell_attorney_general",
    "tell_residents",
    "why_listed",
]
