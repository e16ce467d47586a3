"""The authorization server: tokens for systems and for apps that staff use, and what each of them may do.

Also the other way round: staff who sign in at their own organization's OpenID provider.

OAuth 2.0 with SMART App Launch 2.2 (backend services, and apps with a code and PKCE), on Authlib. What it stores is in
`identity`; which scopes there are, in `access.scopes`.
"""

from cie.oauth.bearer import BearerRefused, bearer, refused
from cie.oauth.keys import use_token_keys
from cie.oauth.server import install
from cie.oauth.sign_in import blueprint as organization_sign_in
from cie.oauth.sign_in import end_sessions
from cie.oauth.views import FOR_MACHINES as ENDPOINTS
from cie.oauth.views import blueprint

FOR_MACHINES = (*ENDPOINTS, end_sessions)

__all__ = [
    "FOR_MACHINES",
    "BearerRefused",
    "bearer",
    "blueprint",
    "install",
    "organization_sign_in",
    "refused",
    "use_token_keys",
]
