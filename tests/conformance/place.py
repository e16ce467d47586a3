"""A running exchange with a program of the side that asks and one of the side that is asked."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import requests
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from cie.conformance import Options, Run, run_suite
from cie.conformance.rows import Verdict
from tests.conformance.proxy import Spoil, proxy
from tests.conformance.spoiling import sound
from tests.support.exchange import Exchange

SCOPE = "system/*.cruds"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASKS, IS_ASKED = "Blue Kite Clinic", "Lantern Pantry"


@dataclass
class Program:
    """A program of one organization, registered as an operator does it."""

    url: str
    organization: str
    client_id: str
    key: Any

    def token(self) -> str:
        claims = {"iss": self.client_id, "sub": self.client_id, "aud": f"{self.url}/oauth/token"}
        claims |= {"exp": time.time() + 240, "jti": str(uuid4())}
        signed = jwt.encode({"alg": "ES384", "kid": "suite"}, claims, self.key, algorithms=["ES384"])
        form = {"grant_type": "client_credentials", "scope": SCOPE, "client_assertion_type": ASSERTION}
        answer = requests.post(f"{self.url}/oauth/token", {**form, "client_assertion": signed}, timeout=30)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])


@dataclass
class Place:
    """The exchange, and both sides. `value_sets`: the licensed ones, where there are any."""

    exchange: Exchange
    asks: Program
    is_asked: Program
    value_sets: Path | None = None

    @property
    def base_url(self) -> str:
        return f"{self.exchange.url}/fhir"

    def run(self, spoil: Spoil = sound) -> Run:
        """A run of the suite through a proxy that spoils what passes."""
        options = Options(owner=f"Organization/{self.is_asked.organization}", owner_token=self.is_asked.token())
        with proxy(self.base_url, spoil) as base_url:
            return run_suite(base_url, self.asks.token(), options, self.value_sets)


def make_place(exchange: Exchange, folder: Path, value_sets: Path | None) -> Place:
    listed = exchange.cie("organization", "list").splitlines()
    ids = [next(line.split()[0] for line in listed if name in line) for name in (ASKS, IS_ASKED)]
    asks, is_asked = (_program(exchange, folder, id) for id in ids)
    return Place(exchange, asks, is_asked, value_sets)


def _program(exchange: Exchange, folder: Path, organization: str) -> Program:
    key, file = ECKey.generate_key("P-384", {"kid": "suite"}), folder / "jwks.json"
    file.write_text(json.dumps(KeySet([key]).as_dict(private=False)))
    asked = ("--jwks", str(file), "--scope", SCOPE, "--organization", organization)
    program = Program(exchange.url, organization, exchange.cie("client", "add", *asked).split()[-1], key)
    _wait_until_prepared(program)
    return program


def _wait_until_prepared(program: Program) -> None:
    """What an organization may read is made in the background when its first program comes."""
    deadline, headers = time.monotonic() + 60, {"Authorization": f"Bearer {program.token()}"}
    while requests.get(f"{program.url}/fhir/Task", headers=headers, timeout=30).status_code == 503:
        assert time.monotonic() < deadline, "what is read was not prepared"
        time.sleep(0.2)


def red(run: Run) -> set[str]:
    """The keys of the rows that failed."""
    return {each.row.key for each in run.results if each.verdict is Verdict.FAIL}
