"""Two organizations with systems of their own, and what their programs send."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cie.access import Role
from cie.db import transaction
from cie.identity import Client, ClientAuthentication, UserAccount
from cie.participants import Participant
from cie.settings import Settings
from tests.factories import Loop, make_loop, make_staff
from tests.oauth.place import ASSERTION_TYPE, claims_of, new_key, public, register, register_app, signed
from tests.oauth.staff_app import exchange, heard, say
from tests.support.web import make_app, signed_in

EVERYTHING = ("api/*.*",)


@dataclass
class System:
    """The system of one organization, with a token for everything that it may have."""

    app: Any
    owner: Participant
    scopes: tuple[str, ...] = EVERYTHING
    key: Any = field(default_factory=new_key)

    @cached_property
    def client(self) -> Client:
        return register(self.owner, jwks=public(self.key), scopes=self.scopes)[0]

    @cached_property
    def token(self) -> str:
        form = {"grant_type": "client_credentials", "scope": " ".join(self.scopes), **self.proof()}
        answer = self.app.test_client().post("/oauth/token", data=form)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_json()["access_token"]

    def proof(self) -> dict[str, str]:
        """How it shows who it is."""
        return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": signed(self.key, claims_of(self.client))}

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        with_token = {"Authorization": f"Bearer {self.token}", **named}
        return self.app.test_client().open(f"/api/v1{path}", method=method, json=body, headers=with_token)

    def get(self, path: str, **headers: str) -> Any:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("POST", path, {} if body is None else body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self.call("PATCH", path, body, **headers)


@dataclass
class StaffApp(System):
    """An app that signs, with tokens for everything that the member of staff may do who works in it."""

    user: UserAccount | None = None

    @cached_property
    def client(self) -> Client:
        keys = {"authentication": ClientAuthentication.PRIVATE_KEY_JWT, "jwks": public(self.key)}
        return register_app(self.owner, scopes=(*self.scopes, "offline_access"), **keys)[0]

    @cached_property
    def tokens(self) -> dict[str, Any]:
        browser, scope = signed_in(self.app, self.user), " ".join((*self.scopes, "offline_access"))
        _where, said = heard(say(self, self.client, browser=browser, scope=scope))
        answer = exchange(self, self.client, said["code"], **self.proof())
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_json()

    @cached_property
    def token(self) -> str:
        return self.tokens["access_token"]


@dataclass
class Place:
    """A clinic that sends and a pantry that answers, each with a system; `loop` as in other tests."""

    app: Any
    loop: Loop
    clinic: System
    pantry: System
    worker: UserAccount


def make_place(settings: Settings) -> Place:
    app = make_app(settings)
    with transaction() as session:
        loop = make_loop(session)
        worker = make_staff(session, loop.pantry, Role.CASEWORKER, name="Wren Alder")
    return Place(app, loop, System(app, loop.clinic), System(app, loop.pantry), worker)
