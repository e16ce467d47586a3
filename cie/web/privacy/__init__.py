"""The pages of the privacy officer: incidents, legal demands and what persons ask, with what is due first; and the list
of who got something of a person.
"""

from cie.web.privacy import (
    accounting,
    affected,
    demand_persons,
    demands,
    elsewhere,
    emergencies,
    erasing,
    everything,
    form_builder,
    forms,
    holds,
    incidents,
    overview,
    requests,
    retention,
    suspensions,
)
from cie.web.privacy.blueprint import blueprint

__all__ = [
    "accounting",
    "affected",
    "blueprint",
    "demand_persons",
    "demands",
    "elsewhere",
    "emergencies",
    "erasing",
    "everything",
    "form_builder",
    "forms",
    "holds",
    "incidents",
    "overview",
    "requests",
    "retention",
    "suspensions",
]
