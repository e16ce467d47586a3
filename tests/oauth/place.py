"""An organization with programs of its own, and what such a program sends to get a token."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from cie import identity
from cie.access import SYSTEM, Role
from cie.db import transaction
from cie.identity import Client, ClientAuthentication, ClientKind, Registration, UserAccount
from cie.participants import Participant
from cie.settings import Settings
from tests.factories import make_participant, make_staff
from tests.support.web import Browser, make_app, signed_in

TOKEN_URL = "http://127.0.0.1:8000/oauth/token"
ISSUER = "http://127.0.0.1:8000"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
CALLBACK = "https://app.example.org/callback"
REFUSED = {"error": "invalid_client", "error_description": "The client could not be authenticated"}
READS = ("api/referrals.read", "api/people.read", "system/Task.rs")


def new_key(kid: str = "one", kind: str = "EC") -> Any:
    """A key pair for ES384 or RS384."""
    more = {"kid": kid}
    return ECKey.generate_key("P-384", more) if kind == "EC" else RSAKey.generate_key(2048, more)


def public(*keys: Any) -> dict[str, Any]:
    return KeySet(list(keys)).as_dict(private=False)


def claims_of(client: Client, **changed: Any) -> dict[str, Any]:
    """The claims of a good assertion; None leaves one out."""
    now = int(datetime.now(UTC).timestamp())
    good = {"iss": str(client.id), "sub": str(client.id), "aud": TOKEN_URL, "exp": now + 240, "jti": str(uuid4())}
    return {name: value for name, value in {**good, **changed}.items() if value is not None}


def signed(key: Any, claims: dict[str, Any], alg: str | None = None, **header: Any) -> str:
    algorithm = alg or ("RS384" if isinstance(key, RSAKey) else "ES384")
    return jwt.encode({"alg": algorithm, "kid": key.kid, **header}, claims, key, algorithms=[algorithm])


@dataclass
class Place:
    """A county with a system; everything is kept in a database that commits."""

    app: Any
    county: Participant
    user: UserAccount
    admin: UserAccount
    key: Any
    client: Client

    def ask(self, assertion: str | None = None, scope: str = "api/referrals.read", **more: Any) -> Any:
        """Ask for a token as a system does; a value of None is not sent."""
        form = {
            "grant_type": "client_credentials",
            "scope": scope,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion or signed(self.key, claims_of(self.client)),
            **more,
        }
        form = {name: value for name, value in form.items() if value is not None}
        return self.app.test_client().post("/oauth/token", data=form)

    def token(self, **more: Any) -> str:
        answer = self.ask(**more)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_json()["access_token"]

    def proof(self) -> dict[str, str]:
        """How the system shows who it is at the other addresses."""
        assertion = signed(self.key, claims_of(self.client))
        return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}

    def introspect(self, token: str) -> dict[str, Any]:
        answer = self.app.test_client().post("/oauth/introspect", data={"token": token, **self.proof()})
        assert answer.status_code == 200
        return answer.get_json()

    def call(self, token: str, path: str = "/api/v1/me", **more: Any) -> Any:
        """Use a token at the API."""
        return self.app.test_client().get(path, headers={"Authorization": f"Bearer {token}"}, **more)

    @cached_property
    def staff(self) -> Browser:
        """The browser of the caseworker."""
        return signed_in(self.app, self.user)


def register(county: Participant, **said: Any) -> tuple[Client, str | None]:
    """A program of this organization; by default a system that signs."""
    values = {"name": "County data hub", "kind": ClientKind.SYSTEM, "scopes": READS, "may_be_local": True, **said}
    with transaction() as session:
        return identity.register_client(session, SYSTEM, county.id, Registration(**values), at=datetime.now(UTC))


def register_app(county: Participant, **said: Any) -> tuple[Client, str | None]:
    """An app that staff use; by default a public one that may work on."""
    values = {
        "name": "Rounds",
        "kind": ClientKind.STAFF_APP,
        "scopes": ("user/Task.rs", "user/Patient.rs", "offline_access"),
        "authentication": ClientAuthentication.NONE,
        "redirect_uris": [CALLBACK],
        **said,
    }
    return register(county, **values)


def suspend(client: Client) -> None:
    """It is held back."""
    with transaction() as session:
        identity.suspend_client(session, SYSTEM, client.id, at=datetime.now(UTC))


def make_place(settings: Settings) -> Place:
    app = make_app(settings)
    with transaction() as session:
        county = make_participant(session, name="Tule County")
        user = make_staff(session, county, Role.CASEWORKER, name="Wren Alder")
        admin = make_staff(session, county, Role.ORGANIZATION_ADMINISTRATOR, name="Robin Oak")
    key = new_key()
    client, _no_secret = register(county, jwks=public(key))
    return Place(app, county, user, admin, key, client)
