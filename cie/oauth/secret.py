"""How an app that keeps a secret shows who it is: RFC 6749, 2.3.1, by HTTP Basic."""

from typing import Any

from authlib.oauth2.rfc6749.util import extract_basic_authorization
from flask import g

from cie import identity
from cie.oauth.assertion import refusal
from cie.oauth.client import KnownClient, registered_client


def client_by_secret(_query: Any, request: Any) -> KnownClient | None:
    """The client whose secret this is; None without one. Raises InvalidClientError for one that may not act now."""
    client_id, secret = extract_basic_authorization(request.headers)
    if not client_id or not secret:
        return None
    client = registered_client(client_id)
    is_right = identity.is_secret_of(client.row if client else None, secret)
    if client is None or (client.barred and not is_right):
        raise refusal("unknown-client")
    g.oauth_client = client
    if client.barred:
        g.oauth_shown = True
        raise refusal(client.barred)
    return client if is_right else None
