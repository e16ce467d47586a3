"""A client that speaks FHIR over HTTP and keeps every exchange, without the token that opened it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import orjson
import requests

from cie.fhir.formats import Unreadable, read_json, read_xml, write_json, write_xml

JSON, XML = "application/fhir+json", "application/fhir+xml"
PATIENCE_SECONDS = 30
SHORTEST_SECRET = 16
"""What is shorter is no secret but a word, given to a server that asks for none; it may stand in any answer."""
Resource = dict[str, Any]


@dataclass(frozen=True)
class Exchange:
    """One request and what came back; `status` 0 when nothing did."""

    number: int
    method: str
    url: str
    sent_headers: Mapping[str, str]
    sent: str
    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def title(self) -> str:
        return f"{self.method} {self.url} {self.status or 'no answer'}"


@dataclass(frozen=True)
class Answer:
    """What came back, read as FHIR. `fault`: why it cannot be read, if it cannot; `resource` is then empty."""

    exchange: Exchange
    resource: Resource = field(default_factory=dict)
    fault: str = ""

    @property
    def status(self) -> int:
        return self.exchange.status

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300

    @property
    def media_type(self) -> str:
        return self.header("content-type").partition(";")[0].strip().lower()

    def header(self, name: str) -> str:
        return self.exchange.headers.get(name.lower(), "")

    @property
    def entries(self) -> list[Resource]:
        found = self.resource.get("entry", [])
        return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []

    def found(self, mode: str = "match") -> list[Resource]:
        """The resources of a search: the matches, or those that came along (`include`)."""
        return [each["resource"] for each in self.entries if "resource" in each and self._mode(each) == mode]

    def _mode(self, entry: Resource) -> str:
        """Why an entry is there; where the server leaves that open, a match is of the type that was searched."""
        said = entry.get("search", {}).get("mode")
        asked = self.exchange.url.partition("?")[0].removesuffix("/_search").rpartition("/")[2]
        return str(said or ("match" if entry["resource"].get("resourceType") == asked else "include"))

    @property
    def words(self) -> str:
        """How the server says no, in its own words."""
        issues = self.resource.get("issue", []) if self.resource.get("resourceType") == "OperationOutcome" else []
        said = [each.get("details", {}).get("text") or each.get("diagnostics") or each.get("code") for each in issues]
        return f"{self.status}" + (f" ({'; '.join(filter(None, said))})" if any(said) else "")


class Session:
    """All that passes between the suite and one server."""

    def __init__(self, base_url: str, token: str = "") -> None:
        self.base_url = base_url.rstrip("/")
        self.exchanges: list[Exchange] = []
        self.recalled: list[Exchange] = []
        """What the row that runs now has to show."""
        self.resources: dict[str, dict[bytes, Exchange]] = {}
        """By type, the texts of the resources that the server showed, each with the exchange that showed it first."""
        self._token = token
        self._http = requests.Session()

    def get(self, path: str, *, accept: str = JSON, **headers: str) -> Answer:
        return self.call("GET", path, None, accept=accept, **headers)

    def post(self, path: str, resource: Resource, *, kind: str = JSON, **headers: str) -> Answer:
        return self.call("POST", path, resource, kind=kind, **headers)

    def put(self, path: str, resource: Resource, **headers: str) -> Answer:
        return self.call("PUT", path, resource, **headers)

    def call(
        self,
        method: str,
        path: str,
        resource: Resource | None = None,
        *,
        accept: str = JSON,
        kind: str = JSON,
        token: str | None = None,
        **headers: str,
    ) -> Answer:
        """Send one request. `path`: behind the base, or a whole address. `token`: another one, or none when empty."""
        url = path if path.startswith(("http://", "https://")) else f"{self.base_url}/{path}".rstrip("/")
        named = {"Accept": accept, **{name.replace("_", "-"): value for name, value in headers.items()}}
        body = b"" if resource is None else write_xml(resource) if kind == XML else write_json(resource)
        if resource is not None:
            named["Content-Type"] = kind
        secret = self._token if token is None else token
        return self._read(self._exchange(method, url, named, body, secret))

    def form(self, path: str, fields: Mapping[str, str]) -> Answer:
        """Send a form, as a search by POST does."""
        named = {"Accept": JSON, "Content-Type": "application/x-www-form-urlencoded"}
        return self._read(
            self._exchange("POST", f"{self.base_url}/{path}", named, urlencode(fields).encode(), self._token)
        )

    def text(self, path: str, body: str) -> Answer:
        """Send what may not be FHIR at all."""
        named = {"Accept": JSON, "Content-Type": JSON}
        return self._read(self._exchange("POST", f"{self.base_url}/{path}", named, body.encode(), self._token))

    def as_other(self, token: str) -> "Session":
        """The same server with the token of the other side; what passes is kept here too."""
        other = Session(self.base_url, token)
        other.exchanges, other.recalled, other.resources = self.exchanges, self.recalled, self.resources
        return other

    def show(self, exchange: Exchange) -> None:
        """An exchange of before shows what the row that runs now says."""
        if exchange not in self.recalled:
            self.recalled.append(exchange)

    def _exchange(self, method: str, url: str, named: dict[str, str], body: bytes, secret: str) -> Exchange:
        opened = {**named, "Authorization": f"Bearer {secret}"} if secret else named
        status, headers, said = 0, {}, ""
        try:
            # a redirect is an answer like any other, and the token does not follow it
            answer = self._http.request(
                method, url, data=body or None, headers=opened, timeout=PATIENCE_SECONDS, allow_redirects=False
            )
            status, said = answer.status_code, answer.content.decode("utf-8", "replace")
            headers = {name.lower(): value for name, value in answer.headers.items()}
        except requests.RequestException as error:
            said = type(error).__name__
        if len(secret) >= SHORTEST_SECRET:
            said = said.replace(secret, "[left out]")
        found = Exchange(len(self.exchanges), method, url, named, body.decode(), status, headers, said)
        self.exchanges.append(found)
        self.recalled.append(found)
        return found

    def _read(self, exchange: Exchange) -> Answer:
        answer = Answer(exchange)
        if not exchange.body or not exchange.status:
            return answer
        is_xml, fault = "xml" in answer.media_type, ""
        try:
            found = (read_xml if is_xml else read_json)(exchange.body.encode())
        except Unreadable as error:
            found, fault = {} if is_xml else _rough(exchange.body), error.message
        if not is_xml:
            self._note(_rough(exchange.body), exchange)
        return Answer(exchange, found, fault)

    def _note(self, resource: Resource, exchange: Exchange) -> None:
        """Keep the resources in an answer, those in Bundles too, as they were said."""
        for entry in resource.get("entry", []) if resource.get("resourceType") == "Bundle" else []:
            if isinstance(entry, dict) and isinstance(entry.get("resource"), dict):
                self._note(entry["resource"], exchange)
        kind = resource.get("resourceType")
        if isinstance(kind, str) and "id" in resource:
            self.resources.setdefault(kind, {}).setdefault(orjson.dumps(resource), exchange)


def _rough(body: str) -> Resource:
    """What can be made of JSON that is not FHIR, so that rows about other things can go on."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
