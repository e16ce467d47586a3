"""Where a text leaves the exchange: the Twilio account, or the sandbox that speaks the same interface.

This is the only module that knows the provider's library. Nothing here writes a number or a body to a log or
into an exception: the library's own logging is silenced, and its exceptions, whose words hold the address that
was called, are replaced and not chained.
"""

import ipaddress
import logging
import ssl
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit, urlunsplit

import requests
from twilio.base.exceptions import TwilioException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from urllib3.exceptions import NewConnectionError
from urllib3.util import Timeout

CONNECT_SECONDS = 3.0
TOTAL_SECONDS = 10.0
CLOCK_DIFFERENCE = timedelta(minutes=1)
"""How far the provider's clock may be from ours when a text is looked up."""
NEWEST_LOOKED_AT = 200

_Answer = TypeVar("_Answer")


class RefusalKind(StrEnum):
    """What a refusal asks us to do."""

    OPTED_OUT = "opted-out"
    BAD_NUMBER = "bad-number"
    LANDLINE = "landline"
    UNREACHABLE = "unreachable"
    FILTERED = "filtered"
    RATE = "rate"
    HALT = "halt"
    REFUSED = "refused"


@dataclass(frozen=True)
class Refusal:
    """One of the provider's codes, read. `permanent`: the same text to the same number will never go."""

    kind: RefusalKind
    permanent: bool


REFUSALS: dict[int, Refusal] = {
    20003: Refusal(RefusalKind.HALT, permanent=False),
    20429: Refusal(RefusalKind.RATE, permanent=False),
    21211: Refusal(RefusalKind.BAD_NUMBER, permanent=True),
    21604: Refusal(RefusalKind.BAD_NUMBER, permanent=True),
    21610: Refusal(RefusalKind.OPTED_OUT, permanent=True),
    21614: Refusal(RefusalKind.BAD_NUMBER, permanent=True),
    21617: Refusal(RefusalKind.REFUSED, permanent=True),
    30003: Refusal(RefusalKind.UNREACHABLE, permanent=False),
    30004: Refusal(RefusalKind.OPTED_OUT, permanent=True),
    30005: Refusal(RefusalKind.BAD_NUMBER, permanent=True),
    30006: Refusal(RefusalKind.LANDLINE, permanent=True),
    30007: Refusal(RefusalKind.FILTERED, permanent=False),
    30008: Refusal(RefusalKind.UNREACHABLE, permanent=False),
    30034: Refusal(RefusalKind.HALT, permanent=False),
}
"""Twilio's codes, whether it answers them at once or reports them later in a status callback."""


def refusal_for(code: int, status: int = 400) -> Refusal:
    """What a code asks of us; codes not in the table go by the class of the HTTP status they came with."""
    if code in REFUSALS:
        return REFUSALS[code]
    if status in (401, 403):
        return Refusal(RefusalKind.HALT, permanent=False)
    if status == 429:
        return Refusal(RefusalKind.RATE, permanent=False)
    return Refusal(RefusalKind.REFUSED, permanent=True)


class GatewayError(Exception):
    """The gateway did not take the text, or we cannot tell whether it did."""


class GatewayRefused(GatewayError):
    """The gateway answered no, so the text was not sent. `kind` says what to do about it."""

    def __init__(self, code: int, permanent: bool, kind: RefusalKind = RefusalKind.REFUSED) -> None:
        super().__init__(f"The text gateway refused with code {code} ({kind})")
        self.code = code
        self.permanent = permanent
        self.kind = kind


class GatewayUncertain(GatewayError):
    """The answer was lost: the text may have been sent, so look it up before sending it again."""


class GatewayDown(GatewayError):
    """No connection was made, so the text was certainly not sent."""


@dataclass(frozen=True)
class Sent:
    """What the gateway keeps of a text it took. `status` is Twilio's word, `error_code` its later refusal."""

    sid: str
    status: str
    error_code: int | None = None


class TextGateway(Protocol):
    """Whatever can send a text and say afterwards whether it did."""

    def send(self, to: str, body: str, *, status_callback: str) -> Sent:
        """Hand over one text. Raises GatewayRefused, GatewayUncertain, GatewayDown."""
        ...

    def find(self, to: str, body: str, *, since: datetime, known: Collection[str] = ()) -> Sent | None:
        """The newest text with exactly this number and body that was handed over since an instant.

        Those whose ids are `known` are other texts in the same words.
        """
        ...


class TwilioGateway:
    """Sends through one Twilio messaging service, with the provider's own client. Safe to share by threads."""

    def __init__(self, client: Client, messaging_service_sid: str) -> None:
        self._client = client
        self._service = messaging_service_sid

    def send(self, to: str, body: str, *, status_callback: str) -> Sent:
        """Hand over one text to an E.164 number. Raises GatewayRefused, GatewayUncertain, GatewayDown."""
        return _answered(
            lambda: _sent(
                self._client.messages.create(
                    to=to,
                    body=body,
                    messaging_service_sid=self._service,
                    status_callback=status_callback,
                )
            )
        )

    def find(self, to: str, body: str, *, since: datetime, known: Collection[str] = ()) -> Sent | None:
        """The newest text with exactly this number and body that was handed over since an aware instant.

        Those whose ids are `known` are other texts in the same words. A text that still waits has no date of
        sending, so dates of creation are compared here instead of filtering there. Raises what `send` raises; then
        nothing more is known than before.
        """
        earliest = since - CLOCK_DIFFERENCE

        def newest() -> Sent | None:
            listed = self._client.messages.list(to=to, limit=NEWEST_LOOKED_AT, page_size=NEWEST_LOOKED_AT)
            same = [m for m in listed if m.body == body and m.direction != "inbound" and m.sid not in known]
            recent = [m for m in same if m.date_created >= earliest]
            return _sent(max(recent, key=lambda m: m.date_created)) if recent else None

        return _answered(newest)


def gateway_from(
    *,
    account_sid: str,
    auth_token: str,
    messaging_service_sid: str,
    base_url: str | None = None,
    total_seconds: float = TOTAL_SECONDS,
) -> TwilioGateway:
    """The gateway of one account; with `base_url` its requests go to the sandbox there and nowhere else.

    Raises ValueError when `base_url` is not a loopback address.
    """
    if base_url is not None and not is_loopback(base_url):
        raise ValueError("The sandbox must be on a loopback address")
    client = Client(
        account_sid,
        auth_token,
        http_client=_QuietHttpClient(base_url, total_seconds),
        # The client would otherwise take a region from the environment; an empty mapping counts as none given.
        environment={"TWILIO_REGION": ""},
    )
    return TwilioGateway(client, messaging_service_sid)


def signature_is_valid(auth_token: str, url: str, params: Mapping[str, Any], signature: str) -> bool:
    """A webhook was signed with our token for this public address and these form values."""
    return bool(RequestValidator(auth_token).validate(url, params, signature))


def is_loopback(url: str) -> bool:
    """The address is plain http on this machine: localhost by name, or a loopback number."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
        return parts.scheme == "http" and (host == "localhost" or ipaddress.ip_address(host).is_loopback)
    except ValueError:
        return False


class _QuietHttpClient(TwilioHttpClient):  # type: ignore[misc]  # the library has no types
    """The provider's HTTP client, without its logging, with a limit in all, and led to the sandbox if given."""

    def __init__(self, base_url: str | None, total_seconds: float) -> None:
        super().__init__()
        self._base = urlsplit(base_url) if base_url else None
        self.timeout = Timeout(connect=min(CONNECT_SECONDS, total_seconds), total=total_seconds)
        # A proxy named in the environment would carry sandbox texts off this machine.
        self.session.trust_env = self._base is None
        logging.getLogger("urllib3.connectionpool").addFilter(_hides_messages)

    def request(self, method: str, url: str, *args: Any, **values: Any) -> Response:
        """Send one request, to the same path and query on the sandbox when there is one."""
        if self._base is not None:
            url = urlunsplit(urlsplit(url)._replace(scheme=self._base.scheme, netloc=self._base.netloc))
        return super().request(method, url, *args, **values)

    def log_request(self, kwargs: dict[str, Any]) -> None:
        """Write nothing: the query holds a number, the form a number and a body."""

    def log_response(self, status_code: int, response: requests.Response) -> None:
        """Write nothing."""


def _hides_messages(record: logging.LogRecord) -> bool:
    """A line about our requests never reaches a log: the address of a look-up holds the number."""
    return "/Messages" not in record.getMessage()


def _sent(message: Any) -> Sent:
    if not message.sid:
        raise ValueError("answer without sid")
    return Sent(message.sid, message.status, message.error_code)


def _answered(ask: Callable[[], _Answer]) -> _Answer:
    """What the provider answered, or our own error in place of its.

    Ours is raised outside the handler, so that no report of it shows the number in the original's words.
    """
    try:
        return ask()
    except (requests.RequestException, TwilioException, ValueError, AttributeError) as error:
        failure = _failure(error)
    raise failure


def _failure(error: Exception) -> GatewayError:
    status = getattr(error, "status", None)
    if status is not None and 400 <= status < 500 and status != 408:
        code = int(getattr(error, "code", None) or status)
        refusal = refusal_for(code, status)
        return GatewayRefused(code, refusal.permanent, refusal.kind)
    if _never_connected(error):
        return GatewayDown("The text gateway cannot be reached; the text was not sent")
    return GatewayUncertain("The text gateway gave no answer; the text may have been sent")


def _never_connected(error: Exception) -> bool:
    """The request cannot have left: no connection, no proxy, or a certificate that was not trusted."""
    if isinstance(error, (requests.exceptions.ConnectTimeout, requests.exceptions.ProxyError)):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    cause = getattr(reason, "args", (None,))[0] if reason else None
    return isinstance(reason, NewConnectionError) or isinstance(cause, ssl.SSLCertVerificationError)
