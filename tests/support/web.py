"""A signed-in browser for tests of views: the real app over the real database, without a server."""

import hashlib
import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cie.app import compose, create_app
from cie.db import transaction
from cie.identity.models import UserAccount, UserSession
from cie.settings import Settings


def make_app(settings: Settings) -> Flask:
    """The app of these settings, newly composed; its routes and templates are kept from test to test."""
    app = _app_of(settings)
    app.extensions["cie"] = compose(settings)
    return app


@lru_cache(maxsize=4)
def _app_of(settings: Settings) -> Flask:
    return create_app(settings, compose(settings))


class Browser:
    """Follows forms as a person does: reads the token of the page it is on and posts it along."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, headers={"Accept-Language": "en"})

    def post(self, path: str, *, page: str | None = None, **fields: Any) -> TestResponse:
        """Post a form that stands on `page` (by default the address it posts to, else the help page)."""
        token = self._token(page or path) or self._token("/help")
        return self.client.post(path, data={"csrf_token": token, **fields}, headers={"Accept-Language": "en"})

    def _token(self, path: str) -> str | None:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get(path).get_data(as_text=True))
        return found.group(1) if found else None


def signed_in(app: Flask, user: UserAccount) -> Browser:
    """A browser in which this member of staff has signed in with both factors."""
    now = datetime.now(UTC)
    token = f"token-{user.id}"
    with transaction() as session:
        session.add(
            UserSession(
                user_id=user.id,
                organization_id=user.organization_id,
                token_hash=hashlib.sha256(token.encode()).digest(),
                created_at=now,
                last_seen_at=now,
                second_factor_at=now,
            )
        )
    browser = Browser(app)
    browser.client.set_cookie("cie-session", token)
    return browser
