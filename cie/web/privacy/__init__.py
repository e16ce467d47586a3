"""The pages of the privacy officer: incidents, legal demands and what persons ask, with what is due first."""

from cie.web.privacy import affected, demands, incidents, overview, requests
from cie.web.privacy.blueprint import blueprint

__all__ = ["affected", "blueprint", "demands", "incidents", "overview", "requests"]
