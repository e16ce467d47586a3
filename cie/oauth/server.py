"""The server of the library, put together: who may ask, in which ways, and where tokens are kept."""

import logging
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from authlib.common.urls import add_params_to_uri
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.integrations.flask_oauth2.requests import FlaskOAuth2Payload, FlaskOAuth2Request
from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError, UnsupportedGrantTypeError
from flask import Flask, Request, Response, current_app, g
from flask import request as flask_request
from werkzeug.datastructures import MultiDict

from cie import identity
from cie.oauth.assertion import REFUSED, ClientAssertion
from cie.oauth.client import FetchedKeys, KnownClient, query_client
from cie.oauth.endpoints import Introspection, Revocation
from cie.oauth.flows import Backend, Code, OnlyS256, Renewal
from cie.oauth.known_providers import KnownProviders
from cie.oauth.refusals import note_refused_uses
from cie.oauth.secret import client_by_secret
from cie.oauth.token import AccessTokens, issuer
from cie.oauth.unit import session
from cie.oauth.uses import note_uses


class _Payload(FlaskOAuth2Payload):  # type: ignore[misc]  # the library has no types
    @cached_property
    def data(self) -> "MultiDict[str, str]":
        return _filled(self._request.values)


class Asked(FlaskOAuth2Request):  # type: ignore[misc]  # the library has no types
    """A request as the library reads it: a value without content counts as not sent (RFC 6749, 3.1 and 3.2)."""

    def __init__(self, request: Request) -> None:
        super().__init__(request)
        self.payload = _Payload(request)

    @cached_property
    def form(self) -> "MultiDict[str, str]":
        return _filled(self._request.form)


def _filled(values: Any) -> "MultiDict[str, str]":
    return MultiDict((name, value) for name, value in values.items(multi=True) if value)


class ClientRefused(InvalidClientError):  # type: ignore[misc]  # the library has no types
    """The client did not show who it is, said alike whatever the reason; where HTTP asks for it with a challenge."""

    def __init__(self, *, with_challenge: bool) -> None:
        super().__init__(description=REFUSED, status_code=401 if with_challenge else 400)

    def get_headers(self) -> list[tuple[str, str]]:
        headers = [each for each in super().get_headers() if each[0] != "WWW-Authenticate"]
        challenge = ("WWW-Authenticate", f'Basic realm="{issuer()}", charset="UTF-8"')
        return [*headers, challenge] if self.status_code == 401 else headers


class NoSuchWay(UnsupportedGrantTypeError):  # type: ignore[misc]  # the library has no types
    """A grant type that there is not, without saying it again: RFC 6749, 5.2, lets few letters stand there."""

    def get_error_description(self) -> str:
        return "There is no such way to a token"


class Server(AuthorizationServer):  # type: ignore[misc]  # the library has no types
    """The library's server, stricter where RFC 6749 says MUST and the library does not."""

    def create_oauth2_request(self, _request: Any) -> Asked:
        return Asked(flask_request)

    def authenticate_client(self, request: Asked, methods: Sequence[str], endpoint: str = "token") -> KnownClient:
        """The client, in the one way in which it shows who it is. Raises ClientRefused, InvalidRequestError."""
        has_header = "Authorization" in request.headers
        if has_header and "client_assertion" in request.form:
            raise InvalidRequestError("Show in one way only who you are")
        signs = "private_key_jwt" if "client_assertion" in request.form else "none"
        way = "client_secret_basic" if has_header else signs
        try:
            client: KnownClient = super().authenticate_client(request, [m for m in methods if m == way], endpoint)
        except (InvalidClientError, ValueError) as error:
            raise ClientRefused(with_challenge=has_header or endpoint == Introspection.ENDPOINT_NAME) from error
        g.oauth_shown = way != "none"
        return client

    def get_token_grant(self, request: Asked) -> Any:
        try:
            return super().get_token_grant(request)
        except UnsupportedGrantTypeError as error:
            raise NoSuchWay(error.grant_type) from error

    def handle_response(self, status_code: int, payload: Any, headers: Any) -> Response:
        """An answer. What leads to an app names us, errors too, so that it cannot mix up two servers (RFC 9207)."""
        answer: Response = super().handle_response(status_code, payload, headers)
        if answer.location:
            answer.location = add_params_to_uri(answer.location, {"iss": issuer()})
        return answer


def install(app: Flask) -> None:
    """Make the server of this app."""
    # the library tells its tokens at the lowest level
    logging.getLogger("authlib").setLevel(logging.INFO)
    server = Server(app, query_client=query_client, save_token=_keep)
    server.register_token_generator("default", AccessTokens())
    server.register_client_auth_method(ClientAssertion.CLIENT_AUTH_METHOD, ClientAssertion())
    server.register_client_auth_method("client_secret_basic", client_by_secret)
    server.register_grant(Backend)
    server.register_grant(Code, [OnlyS256(required=True)])
    server.register_grant(Renewal)
    server.register_endpoint(Introspection)
    server.register_endpoint(Revocation)
    note_refused_uses(app)
    note_uses(app)
    app.extensions["cie-oauth"] = server
    app.extensions["cie-client-keys"] = FetchedKeys()
    may_be_private = app.extensions["cie-settings"].may_reach_private
    app.extensions["cie-known-providers"] = KnownProviders(may_be_private=may_be_private)


def server() -> Server:
    """The server of this app."""
    found: Server = current_app.extensions["cie-oauth"]
    return found


def _keep(token: dict[str, Any], request: Any) -> None:
    identity.issue_token(
        session(),
        request.client.row,
        token_id=g.oauth_token_id,
        scopes=token["scope"].split(),
        purpose=g.oauth_purpose,
        grant=g.get("oauth_grant"),
        at=g.now,
    )
    token["purpose"] = g.oauth_purpose.value
    if token.get("refresh_token", "") is None:
        del token["refresh_token"]
