"""An OpenID provider as a process of its own: sign-in form, codes with PKCE, tokens, userinfo, signing out.

`python -m tests.support.provider PORT`. One process serves many issuers, one for each realm of its address. A realm is
made, filled with people and told to misbehave by its own address for tests, `/REALM/test`: the values of `knobs`.
It is written from the specifications (OpenID Connect Core, Discovery, RP-Initiated and Back-Channel Logout) and shares
no code with what it tests; joserfc signs.
"""

import hmac
import json
import secrets
import subprocess
import sys
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
from flask import Flask, Response, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from werkzeug.serving import make_server

from tests.support.exchange import free_port

PATIENCE_SECONDS = 30
CLIENT_ID, CLIENT_SECRET = "exchange-1", "a-secret.of~ours"
PASSWORD = "fern kettle ninth boat"
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
MAIN = ("email", "email_verified", "name", "groups")

FIRST_KEY = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"})
"""Shared by all realms until they rotate, so that a signature alone does not tell them apart."""


@dataclass
class Realm:
    """One provider: its keys, people, codes that wait, and how it misbehaves."""

    issuer: str
    keys: list[Any] = field(default_factory=lambda: [FIRST_KEY])
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: dict[str, dict[str, Any]] = field(default_factory=dict)
    knobs: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    secret: str | None = CLIENT_SECRET


realms: dict[str, Realm] = {}
app = Flask(__name__)


def here(name: str) -> Realm:
    realm = realms.setdefault(name, Realm(f"http://{request.host}/{name}"))
    realm.asked[request.endpoint or ""] = realm.asked.get(request.endpoint or "", 0) + 1
    return realm


@app.before_request
def be_down() -> Response | None:
    realm = realms.get(request.path.split("/")[1])
    is_for_tests = request.path.endswith("/test")
    if realm and not is_for_tests and request.endpoint in realm.knobs.get("down", ()):
        return Response("out of order", 503)
    return None


@app.route("/<name>/test", methods=["GET", "POST"])
def test(name: str) -> Any:
    """What tests change and read: knobs, people, a new key, a logout token."""
    realm = here(name)
    said = request.get_json() if request.method == "POST" else {}
    realm.knobs.update(said.get("knobs", {}))
    realm.people.update(said.get("people", {}))
    if "secret" in said:
        realm.secret = said["secret"]
    if said.get("rotate"):
        realm.keys = [_new_key(said["rotate"], f"k{len(realm.asked)}{secrets.token_hex(4)}")]
    answer = {"issuer": realm.issuer, "asked": realm.asked}
    if "logout" in said:
        answer["logout_token"] = _logout_token(realm, said["logout"])
    return jsonify(answer)


def _new_key(kind: str, kid: str) -> Any:
    more: Any = {"kid": kid, "use": "sig"}
    return ECKey.generate_key("P-256", more) if kind == "EC" else RSAKey.generate_key(2048, more)


@app.get("/<name>/.well-known/openid-configuration")
def discovery(name: str) -> Any:
    realm = here(name)
    said = {
        "issuer": realm.issuer,
        "authorization_endpoint": f"{realm.issuer}/authorize",
        "token_endpoint": f"{realm.issuer}/token",
        "userinfo_endpoint": f"{realm.issuer}/userinfo",
        "jwks_uri": f"{realm.issuer}/jwks",
        "end_session_endpoint": f"{realm.issuer}/end_session",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
        "authorization_response_iss_parameter_supported": True,
        "code_challenge_methods_supported": ["S256"],
        **realm.knobs.get("discovery", {}),
    }
    return jsonify({key: value for key, value in said.items() if value is not None})


@app.get("/<name>/jwks")
def jwks(name: str) -> Any:
    return jsonify(keys=[key.as_dict(private=False) for key in here(name).keys])


FORM = """<!doctype html><html lang="en"><title>Sign in</title><h1>Sign in at work</h1><form method="post">{hidden}
<label>User <input name="user"></label> <label>Password <input name="password" type="password"></label>
<button>Sign in</button></form>"""


@app.get("/<name>/authorize")
def ask(name: str) -> Any:
    """The form; who is signed in already goes on, unless they must show again who they are."""
    realm, asked = here(name), request.args.to_dict()
    assert asked["response_type"] == "code" and "openid" in asked["scope"].split()
    assert asked["client_id"] == CLIENT_ID and asked["code_challenge_method"] == "S256"
    known = request.cookies.get(f"sso-{name}")
    if known in realm.people and asked.get("prompt") != "login":
        return _sent_back(realm, known, asked)
    hidden = "".join(f'<input type="hidden" name="{escape(k)}" value="{escape(v)}">' for k, v in asked.items())
    return FORM.format(hidden=hidden)


@app.post("/<name>/authorize")
def sign_in(name: str) -> Any:
    realm, asked = here(name), request.form.to_dict()
    user = asked.pop("user")
    if realm.people.get(user, {}).get("password", PASSWORD) != asked.pop("password") or user not in realm.people:
        back = {"error": "access_denied", "state": asked["state"], "iss": realm.issuer}
        return redirect(f"{asked['redirect_uri']}?{urlencode(back)}")
    answer = _sent_back(realm, user, asked)
    answer.set_cookie(f"sso-{name}", user)
    return answer


def _sent_back(realm: Realm, user: str, asked: dict[str, str]) -> Any:
    code = secrets.token_urlsafe(24)
    realm.codes[code] = {**asked, "user": user, "at": int(time.time())}
    back = {"code": code, "state": asked["state"], "iss": realm.knobs.get("iss", realm.issuer)}
    return redirect(f"{asked['redirect_uri']}?{urlencode({k: v for k, v in back.items() if v is not None})}")


@app.post("/<name>/token")
def token(name: str) -> Any:
    realm, form = here(name), request.form
    if not _is_client(realm):
        return jsonify(error="invalid_client"), 401
    asked = realm.codes.pop(form.get("code", ""), None)
    verifier = form.get("code_verifier", "")
    challenge = _encoded(sha256(verifier.encode()).digest())
    if not asked or asked["code_challenge"] != challenge or asked["redirect_uri"] != form.get("redirect_uri"):
        return jsonify(error="invalid_grant", error_description="It is gone: \u201c\u00e1\u201d"), 400
    access_token = secrets.token_urlsafe(24)
    realm.tokens[access_token] = realm.people[asked["user"]]
    answer = {"access_token": access_token, "token_type": "Bearer", "expires_in": 300}
    answer["id_token"] = _id_token(realm, asked, access_token)
    return jsonify({**answer, **realm.knobs.get("token", {})})


def _is_client(realm: Realm) -> bool:
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    if realm.secret is None:
        return scheme == "" and request.form.get("client_id") == CLIENT_ID
    given = b64decode(rest).decode() if scheme == "Basic" else ""
    return hmac.compare_digest(given, f"{CLIENT_ID}:{realm.secret}")


def _id_token(realm: Realm, asked: dict[str, Any], access_token: str) -> str:
    person, now = realm.people[asked["user"]], int(time.time())
    half = sha256(access_token.encode()).digest()[:16]
    said = {
        "iss": realm.issuer,
        "sub": person["sub"],
        "aud": CLIENT_ID,
        "iat": now,
        "exp": now + 300,
        "auth_time": asked["at"],
        "nonce": asked["nonce"],
        "amr": ["pwd", "otp", "mfa"],
        "sid": f"sid-{person['sub']}",
        "at_hash": _encoded(half),
    }
    if not realm.knobs.get("lean"):
        said |= {name: person[name] for name in MAIN if name in person}
    return _signed(realm, {**said, **realm.knobs.get("claims", {})}, "JWT")


def _signed(realm: Realm, said: dict[str, Any], kind: str) -> str:
    """Signed as the knobs say: not at all, with the public key as if it were a secret, or with a key of nobody."""
    claims = {name: value for name, value in said.items() if value is not None}
    how, key = realm.knobs.get("sign", ""), realm.keys[0]
    header = {"typ": kind, "kid": key.kid}
    if how == "none":
        return _by_hand({**header, "alg": "none"}, claims, None)
    if how == "public key":
        return _by_hand({**header, "alg": "HS256"}, claims, key.as_pem(private=False))
    if how == "another key":
        key = _new_key("RSA", key.kid)
    alg = "ES256" if isinstance(key, ECKey) else "RS256"
    return jwt.encode({**header, "alg": alg}, claims, key, algorithms=[alg])


def _by_hand(header: dict[str, Any], claims: dict[str, Any], secret: bytes | None) -> str:
    """A token that the library would not write: HS256 with this secret, or without a signature."""
    signed = ".".join(_encoded(json.dumps(part).encode()) for part in (header, claims))
    return f"{signed}.{_encoded(hmac.digest(secret, signed.encode(), 'sha256')) if secret else ''}"


def _encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def _logout_token(realm: Realm, changed: dict[str, Any]) -> str:
    now = int(time.time())
    said = {
        "iss": realm.issuer,
        "aud": CLIENT_ID,
        "iat": now,
        "exp": now + 120,
        "jti": secrets.token_urlsafe(12),
        "events": {LOGOUT_EVENT: {}},
    }
    return _signed(realm, {**said, **changed}, "logout+jwt")


@app.get("/<name>/userinfo")
def userinfo(name: str) -> Any:
    realm = here(name)
    person = realm.tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
    if person is None:
        return jsonify(error="invalid_token"), 401
    said = {"sub": person["sub"], **{each: person[each] for each in MAIN if each in person}}
    return jsonify({**said, **realm.knobs.get("userinfo", {})})


@app.get("/<name>/end_session")
def end_session(name: str) -> Any:
    here(name)
    assert request.args["client_id"] == CLIENT_ID
    answer = redirect(request.args["post_logout_redirect_uri"])
    answer.delete_cookie(f"sso-{name}")
    return answer


@dataclass
class Provider:
    """One realm of the running process, as tests use it."""

    issuer: str

    def tell(self, **said: Any) -> dict[str, Any]:
        answer = requests.post(f"{self.issuer}/test", json=said, timeout=10)
        answer.raise_for_status()
        return dict(answer.json())

    def knobs(self, **knobs: Any) -> None:
        self.tell(knobs=knobs)

    def person(self, user: str, **said: Any) -> None:
        """Somebody who can sign in there."""
        self.tell(people={user: {"sub": f"sub-{user}", "email_verified": True, "name": user.title(), **said}})

    def asked(self, endpoint: str) -> int:
        return int(self.tell()["asked"].get(endpoint, 0))

    def answer_to(self, address: str, user: str, password: str = PASSWORD, agent: Any = None) -> str:
        """Sign in there as a person does; the address to which the browser is sent back."""
        agent = agent or requests.Session()
        page = agent.get(address, allow_redirects=False, timeout=10)
        if page.status_code == 200:
            asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
            form = {**asked, "user": user, "password": password}
            page = agent.post(address.partition("?")[0], data=form, allow_redirects=False, timeout=10)
        assert page.status_code == 302, page.text
        return str(page.headers["Location"])


@dataclass(frozen=True)
class Providers:
    """The running process."""

    url: str

    def new(self) -> Provider:
        """A provider that nobody used before."""
        return Provider(f"{self.url}/{secrets.token_hex(6)}")


@contextmanager
def running_providers() -> Iterator[Providers]:
    """Start the process, and end it."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "tests.support.provider", str(port)], stderr=subprocess.DEVNULL)
    try:
        _wait_until_ready(process, f"http://127.0.0.1:{port}")
        yield Providers(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_SECONDS)


def _wait_until_ready(process: "subprocess.Popen[bytes]", url: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        assert process.poll() is None and time.monotonic() < deadline, "the provider did not start"
        try:
            requests.get(f"{url}/ready/jwks", timeout=2)
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return


if __name__ == "__main__":
    make_server("127.0.0.1", int(sys.argv[1]), app, threaded=True).serve_forever()
