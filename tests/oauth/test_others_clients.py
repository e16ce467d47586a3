"""Clients that others wrote, over HTTP, against an exchange that runs: they get tokens and use the API."""

import json
import subprocess
import sys
import time
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from fhirclient.client import FHIRClient
from oauthlib.oauth2 import BackendApplicationClient
from requests_oauthlib import OAuth2Session as RequestsSession

from tests.api.test_docs import programs_of
from tests.oauth.place import ASSERTION_TYPE, new_key, public
from tests.support.exchange import running_exchange

SCOPE = "api/referrals.read api/people.read"


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    with running_exchange(tmp_path_factory.mktemp("others")) as running:
        yield running


@pytest.fixture(scope="module")
def clinic(exchange):
    """The id of an organization of the demo."""
    (line,) = [line for line in exchange.cie("organization", "list").splitlines() if "Blue Kite Clinic" in line]
    return line.split()[0]


@pytest.fixture(scope="module")
def registered(exchange, clinic):
    """A client that an operator registered with the public part of its key."""
    key = new_key(kind="RSA")
    path = exchange.folder / "jwks.json"
    path.write_text(json.dumps(public(key)))
    said = exchange.cie("client", "add", "--jwks", str(path), "--scope", SCOPE, "--organization", clinic)
    return SimpleNamespace(id=said.split()[-1], key=key, pem=key.as_pem(private=True).decode())


def run(code, folder):
    """What a program prints, which must end well."""
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def signing(exchange, registered):
    """How Authlib signs. It would let a statement count for an hour; SMART wants five minutes at most."""
    claims = {"exp": int(time.time()) + 240}
    return PrivateKeyJWT(f"{exchange.url}/oauth/token", claims, {"kid": registered.key.kid}, alg="RS384")


class TestAuthlib:
    def test_it_signs_gets_a_token_and_reads(self, exchange, registered):
        session = AuthlibSession(registered.id, registered.pem, "private_key_jwt", scope=SCOPE)
        session.register_client_auth_method(signing(exchange, registered))

        token = session.fetch_token(f"{exchange.url}/oauth/token", grant_type="client_credentials")

        assert token["scope"] == SCOPE
        assert session.get(f"{exchange.url}/api/v1/me").json()["client_id"] == registered.id


class TestThePage:
    """What `/api/docs` says to type, typed by somebody who knows nothing else."""

    BEGIN = "Make a key pair"
    THEN = (
        "Get a token", "See who you are", "Post something", "Add the person", "Record what they say",
        "Choose a service", "Look at what they would see", "Send it", "Hear what became of it",
    )  # fmt: skip

    def test_its_programs_send_a_referral(self, exchange, clinic, tmp_path):
        programs = programs_of(requests.get(f"{exchange.url}/api/docs", timeout=30).text)
        run(programs[self.BEGIN], tmp_path)
        keys = str(tmp_path / "public.json")
        added = exchange.cie("client", "add", "--jwks", keys, "--scope", "api/*.*", "--organization", clinic)

        code = "\n".join(programs[name] for name in self.THEN).replace("your client id", added.split()[-1])
        said = run(code, tmp_path)

        assert "You will still get help if you say no" in said
        assert "name Bracken Thorn" in said
        assert said.splitlines()[-1].endswith(" requested")


class TestFhirclient:
    """It reads `/fhir/metadata`, and knows the addresses from the `oauth-uris` extension alone."""

    def client(self, exchange, registered, **more):
        return FHIRClient({"app_id": registered.id, "api_base": f"{exchange.url}/fhir", "scope": SCOPE, **more})

    def test_it_finds_the_smart_endpoints(self, exchange, registered):
        client = self.client(exchange, registered, redirect_uri="https://app.example.org/callback")

        assert client.prepare() is False, "it has no token yet, and knows that it needs one"
        asks = urlsplit(client.authorize_url)
        assert f"{asks.scheme}://{asks.netloc}{asks.path}" == f"{exchange.url}/oauth/authorize"
        assert parse_qs(asks.query)["code_challenge_method"] == ["S256"]
        assert client.server.state["auth"]["token_uri"] == f"{exchange.url}/oauth/token"
        assert client.server.state["auth"]["registration_uri"] is None

    def test_it_gets_a_token_there_that_opens_the_api(self, exchange, registered):
        who = SimpleNamespace(client_id=registered.id, client_secret=registered.pem)
        assertion = signing(exchange, registered).sign(who, f"{exchange.url}/oauth/token")
        client = self.client(exchange, registered, jwt_token=assertion)
        client.wants_patient = False

        client.prepare()
        client.authorize()

        assert client.ready
        assert client.server.request_json(f"{exchange.url}/api/v1/me")["client_id"] == registered.id


class TestRequestsOauthlib:
    def test_it_gets_a_token_and_reads(self, exchange, registered, monkeypatch):
        monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
        session = RequestsSession(client=BackendApplicationClient(registered.id, scope=SCOPE.split()))
        who = SimpleNamespace(client_id=registered.id, client_secret=registered.pem)
        assertion = signing(exchange, registered).sign(who, f"{exchange.url}/oauth/token")

        session.fetch_token(
            f"{exchange.url}/oauth/token",
            client_assertion_type=ASSERTION_TYPE,
            client_assertion=assertion,
            include_client_id=True,
        )

        answer = session.get(f"{exchange.url}/api/v1/me")
        assert answer.status_code == 200
        assert answer.json()["scopes"] == SCOPE.split()
