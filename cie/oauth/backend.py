"""A program of somebody else's, as SMART Backend Services has it: a key of its own, and a token for what it signed.

For those who play such a program: the demo and its story.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import requests
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from cie.errors import NotPossibleNow

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIVES_SECONDS, TIMEOUT_SECONDS = 240, 20


@dataclass
class BackendProgram:
    """A program with a key; once it is registered, its id is known."""

    base_url: str
    scope: str
    client_id: str = ""
    key: Any = field(default_factory=lambda: ECKey.generate_key("P-384", {"kid": "one"}))

    @property
    def key_set(self) -> dict[str, Any]:
        """Its public key, to register it with."""
        return dict(KeySet([self.key]).as_dict(private=False))

    def form(self) -> dict[str, str]:
        """With what it asks for a token for its scope."""
        return {
            "grant_type": "client_credentials",
            "scope": self.scope,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self._assertion(),
        }

    def token(self) -> str:
        """A token for its scope. Raises NotPossibleNow."""
        answer = requests.post(f"{self.base_url}/oauth/token", data=self.form(), timeout=TIMEOUT_SECONDS)
        if answer.status_code != 200:
            raise NotPossibleNow(f"the program got no token ({answer.status_code})")
        return str(answer.json()["access_token"])

    def _assertion(self) -> str:
        expires = int(datetime.now(UTC).timestamp()) + LIVES_SECONDS
        claims: dict[str, Any] = {"iss": self.client_id, "sub": self.client_id, "aud": f"{self.base_url}/oauth/token"}
        claims |= {"exp": expires, "jti": str(uuid4())}
        return jwt.encode({"alg": "ES384", "kid": self.key.kid}, claims, self.key, algorithms=["ES384"])
