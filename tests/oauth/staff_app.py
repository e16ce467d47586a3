"""An app in which staff work: what it asks, what the member of staff says, and what it does with the answer."""

from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from cie.identity import ClientAuthentication
from tests.oauth.place import CALLBACK, register_app

VERIFIER = "v" * 64
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
SCOPE = "user/Task.rs offline_access"


def asked(app, **changed):
    """What an app asks for at the authorization endpoint; None leaves a value out."""
    values = {
        "response_type": "code",
        "client_id": str(app.id),
        "redirect_uri": CALLBACK,
        "scope": SCOPE,
        "state": "s-1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changed,
    }
    return {name: value for name, value in values.items() if value is not None}


def page(place, app, browser=None, **changed):
    """The page on which the member of staff is asked."""
    browser = browser or place.staff
    return browser.client.get("/oauth/authorize", query_string=asked(app, **changed))


def say(place, app, answer="yes", browser=None, **changed):
    """What the app hears when the member of staff answers."""
    browser = browser or place.staff
    return browser.post("/oauth/authorize", page="/help", answer=answer, **asked(app, **changed))


def heard(answer):
    """Where an answer leads, and the values that it takes there, each once."""
    assert answer.status_code == 302, answer.get_data(as_text=True)
    parts = urlsplit(answer.location)
    return f"{parts.scheme}://{parts.netloc}{parts.path}", {
        name: value for name, (value,) in parse_qs(parts.query).items()
    }


def code(place, app, **changed):
    """The code that an app gets when the member of staff says yes."""
    return heard(say(place, app, **changed))[1]["code"]


def exchange(place, app, given, verifier=VERIFIER, redirect_uri=CALLBACK, **more):
    """What an app hears when it exchanges a code; None leaves a value out."""
    form = {"grant_type": "authorization_code", "code": given, "redirect_uri": redirect_uri, "code_verifier": verifier}
    form |= {"client_id": str(app.id), **more}
    return place.app.test_client().post("/oauth/token", data={k: v for k, v in form.items() if v is not None})


def renew(place, app, token, **more):
    """What an app hears when it brings a refresh token."""
    form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": str(app.id), **more}
    return place.app.test_client().post("/oauth/token", data=form)


@dataclass(frozen=True)
class Confidential:
    """An app that keeps a secret, with a refresh token of its own, and what it sends with them."""

    place: Any
    id: UUID
    secret: str
    refresh_token: str

    def introspect(self, token):
        return self._post("/oauth/introspect", token=token)

    def revoke(self, token):
        return self._post("/oauth/revoke", token=token)

    def renew(self, token):
        return self._post("/oauth/token", grant_type="refresh_token", refresh_token=token)

    def _post(self, path, **form):
        return self.place.app.test_client().post(path, data=form, headers=shown(self.id, self.secret))


def confidential(place, owner=None, browser=None):
    """An app of the county, or of another owner, that a member of staff allowed to work on."""
    app, secret = register_app(owner or place.county, authentication=ClientAuthentication.SECRET)
    given = heard(say(place, app, browser=browser))[1]["code"]
    form = {"grant_type": "authorization_code", "code": given, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    answer = place.app.test_client().post("/oauth/token", data=form, headers=shown(app.id, secret))
    return Confidential(place, app.id, secret, answer.get_json()["refresh_token"])


def shown(client_id, secret):
    """How a client shows its secret."""
    return {"Authorization": "Basic " + b64encode(f"{client_id}:{secret}".encode()).decode()}
