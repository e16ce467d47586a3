"""The JSON API of counties and plans: OpenAPI from the schemas, problem+json for what is wrong.

Every view parses, opens the transaction, calls one verb of the domain, and renders; the callers are programs with a
token, and what a token opens is said beside the view.
"""

from cie.api.document import PARTS, install
from cie.api.exported import RENDERERS
from cie.api.problems import refused

__all__ = ["PARTS", "RENDERERS", "install", "refused"]
