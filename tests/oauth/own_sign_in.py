"""An organization whose staff sign in at a provider of its own, and a browser that goes there and comes back."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from sqlmodel import select
from werkzeug.test import TestResponse

from cie import identity
from cie.access import Actor, ActorKind, Role
from cie.db import reading, transaction
from cie.events import AuditEntry
from cie.identity import IdentityProvider, ProviderTerms, UserAccount
from cie.participants import Participant
from cie.settings import Settings
from tests.factories import make_participant, make_staff
from tests.support.provider import CLIENT_ID, CLIENT_SECRET, Provider
from tests.support.sign_in import make_member
from tests.support.web import Browser, make_app

DOMAIN = "tule.example.org"
OURS = "http://127.0.0.1:8000"


@dataclass
class OwnSignIn:
    """The county, its administrator, a member of staff with password and phone app, and the provider."""

    app: Any
    county: Participant
    admin: UserAccount
    wren: UserAccount
    provider: Provider

    def set(self, **terms: Any) -> IdentityProvider:
        """The administrator says at which provider staff sign in."""
        values: dict[str, Any] = {
            "issuer": self.provider.issuer,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "domains": [DOMAIN],
            "may_be_local": True,
            **terms,
        }
        actor = Actor(ActorKind.STAFF, self.admin.id, self.county.id, self.admin.roles)
        with transaction() as session:
            return identity.set_provider(session, actor, ProviderTerms(**values), at=datetime.now(UTC))

    def begin(self, browser: Browser, email: str = f"wren@{DOMAIN}", **more: str) -> str:
        """Type the work e-mail; the address at the provider to which the page leads on."""
        page = browser.post("/sign-in/organization", email=email, **more)
        assert page.status_code == 200 and "Refresh" in page.headers, page.text
        return page.headers["Refresh"].removeprefix("0; url=")

    def return_address(self, browser: Browser, user: str = "wren", **more: str) -> str:
        """Sign in there; where the provider sends the browser back to, not yet opened."""
        back = self.provider.answer_to(self.begin(browser, **more), user)
        assert back.startswith(f"{OURS}/sign-in/organization/return?")
        return back.removeprefix(OURS)

    def come(self, browser: Browser | None = None, user: str = "wren", **more: str) -> TestResponse:
        """The whole way there and back."""
        browser = browser or Browser(self.app)
        return browser.get(self.return_address(browser, user, **more))


def make_own_sign_in(settings: Settings, provider: Provider) -> OwnSignIn:
    app = make_app(settings)
    with transaction() as session:
        county = make_participant(session, name="Tule County")
        admin = make_staff(session, county, Role.ORGANIZATION_ADMINISTRATOR, name="Robin Oak", email=f"robin@{DOMAIN}")
        wren = make_member(session, county, Role.CASEWORKER, name="Wren Alder", email=f"wren@{DOMAIN}")
    provider.person("wren", email=f"wren@{DOMAIN}")
    return OwnSignIn(app, county, admin, wren, provider)


def changed(address: str, **values: str | None) -> str:
    """The same address with other values."""
    parts = urlsplit(address)
    known = {name: found[0] for name, found in parse_qs(parts.query).items()} | values
    return f"{parts.path}?{urlencode({name: value for name, value in known.items() if value is not None})}"


def is_signed_in(browser: Browser) -> bool:
    return browser.get("/settings").status_code == 200


def why_refused() -> list[str]:
    """What the audit says of those who were not let in, oldest first."""
    with reading() as session:
        rows = session.exec(select(AuditEntry).order_by(AuditEntry.id)).all()
        return [json.loads(row.codes)["why"] for row in rows if row.action in ("provider.refuse", "provider.turn-away")]


def accounts() -> list[UserAccount]:
    with reading() as session:
        return list(session.exec(select(UserAccount).order_by(UserAccount.id)).all())
