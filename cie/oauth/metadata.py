"""What the server says of itself: RFC 8414 and the SMART configuration, from one description."""

from collections.abc import Sequence
from typing import Any

from cie.access.scopes import every_scope
from cie.oauth.flows import WAYS


def server_metadata(issuer: str, algorithms: Sequence[str]) -> dict[str, Any]:
    """The document of `/.well-known/oauth-authorization-server`."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/oauth/authorize",
        "token_endpoint": f"{issuer}/oauth/token",
        "introspection_endpoint": f"{issuer}/oauth/introspect",
        "revocation_endpoint": f"{issuer}/oauth/revoke",
        "jwks_uri": f"{issuer}/oauth/jwks",
        "scopes_supported": list(every_scope()),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token"],
        "token_endpoint_auth_methods_supported": WAYS,
        "token_endpoint_auth_signing_alg_values_supported": list(algorithms),
        "introspection_endpoint_auth_methods_supported": [way for way in WAYS if way != "none"],
        "introspection_endpoint_auth_signing_alg_values_supported": list(algorithms),
        "revocation_endpoint_auth_methods_supported": WAYS,
        "revocation_endpoint_auth_signing_alg_values_supported": list(algorithms),
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "service_documentation": f"{issuer}/api/docs",
    }


def smart_configuration(issuer: str, algorithms: Sequence[str]) -> dict[str, Any]:
    """The document of `/fhir/.well-known/smart-configuration`: SMART App Launch 2.2, conformance."""
    return {
        **server_metadata(issuer, algorithms),
        "capabilities": [
            "client-public",
            "client-confidential-symmetric",
            "client-confidential-asymmetric",
            "permission-offline",
            "permission-user",
            "permission-v1",
            "permission-v2",
        ],
    }
