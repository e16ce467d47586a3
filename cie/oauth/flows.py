"""The three ways to a token: a system by itself, a code that a member of staff let an app have, and its renewal."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError, InvalidScopeError, grants
from authlib.oauth2.rfc7636 import CodeChallenge
from flask import g

from cie import identity
from cie.access import Purpose
from cie.identity import Grant
from cie.oauth.client import KnownClient
from cie.oauth.unit import session

WAYS = ["private_key_jwt", "client_secret_basic", "none"]


def choose_purpose(client: KnownClient, wanted: str | None) -> Purpose:
    """The purpose for which data will be used: one of the client's, the first when it names none.

    Raises InvalidRequestError for one that it may not have.
    """
    allowed = client.row.purposes
    if wanted is not None and wanted not in allowed:
        raise InvalidRequestError("This purpose is not one of the client")
    return Purpose(wanted or allowed[0])


class Backend(grants.ClientCredentialsGrant):  # type: ignore[misc]  # the library has no types
    """A system, authenticated by its own key."""

    TOKEN_ENDPOINT_AUTH_METHODS = ["private_key_jwt"]

    def validate_requested_scope(self) -> None:
        super().validate_requested_scope()
        if self.client.get_allowed_scope(self.request.payload.scope) is None:
            raise InvalidScopeError("None of these scopes is for this client")
        g.oauth_purpose = choose_purpose(self.client, self.request.form.get("purpose"))


class AllowedCode:
    """A grant as the library reads it, while its code is exchanged or its token renewed."""

    code_challenge_method = "S256"

    def __init__(self, grant: Grant) -> None:
        self.grant = grant
        self.code_challenge = grant.code_challenge

    def get_redirect_uri(self) -> str:
        return self.grant.redirect_uri

    def get_scope(self) -> str:
        return " ".join(self.grant.scopes)

    def check_client(self, client: KnownClient) -> bool:
        return self.grant.client_id == client.row.id


class Code(grants.AuthorizationCodeGrant):  # type: ignore[misc]  # the library has no types
    """An app in which staff work: confidential ones show who they are, public ones only know their verifier."""

    TOKEN_ENDPOINT_AUTH_METHODS = WAYS

    def validate_requested_scope(self) -> None:
        super().validate_requested_scope()
        choose_purpose(self.request.client, self.request.payload.data.get("purpose"))

    def generate_authorization_code(self) -> str:
        return identity.code_of(g.oauth_grant)

    def save_authorization_code(self, code: str, request: Any) -> None:
        """Nothing of a code is kept; its grant was written when the member of staff said yes."""

    def create_authorization_response(self, redirect_uri: str, grant_user: Any) -> Any:
        if grant_user:
            client: KnownClient = self.request.client
            g.oauth_grant = identity.allow_app(
                session(),
                g.actor,
                client.row,
                scopes=self.request.scope.split(),
                purpose=choose_purpose(client, self.request.payload.data.get("purpose")),
                # what stood in the request must come again with the code: RFC 6749, 4.1.3
                redirect_uri=self.request.payload.redirect_uri or "",
                code_challenge=self.request.payload.data["code_challenge"],
                at=g.now,
            )
        return super().create_authorization_response(redirect_uri, grant_user)

    def query_authorization_code(self, code: str, client: KnownClient) -> AllowedCode | None:
        return _allowed(identity.grant_of_code(session(), client.row, code, at=g.now), client, code)

    def delete_authorization_code(self, authorization_code: AllowedCode) -> None:
        """A code is used from the moment it is looked up, whatever came of it."""

    def authenticate_user(self, authorization_code: AllowedCode) -> Any:
        return _user_behind(authorization_code.grant)


class Renewal(grants.RefreshTokenGrant):  # type: ignore[misc]  # the library has no types
    """The next refresh token for the one before; one that comes twice ends everything."""

    TOKEN_ENDPOINT_AUTH_METHODS = WAYS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> AllowedCode | None:
        client: KnownClient = self.request.client
        grant = identity.grant_of_refresh_token(session(), client.row, refresh_token, at=g.now)
        return _allowed(grant, client, refresh_token)

    def authenticate_user(self, credential: AllowedCode) -> Any:
        user = _user_behind(credential.grant)
        if user is None:
            raise InvalidGrantError
        return user

    def issue_token(self, user: Any, refresh_token: AllowedCode) -> Any:
        identity.renew_refresh_token(session(), refresh_token.grant)
        return super().issue_token(user, refresh_token)

    def revoke_old_credential(self, credential: AllowedCode) -> None:
        """The number of the grant went on already."""


def _allowed(grant: Grant | None, client: KnownClient, text: str) -> AllowedCode | None:
    """The grant of a code or refresh token, which names its app also when that shows nothing else.

    `g.oauth_named`: it was given to this client, be it dead by now; `g.oauth_shown`: and it counts.
    """
    if grant is None:
        g.oauth_named = identity.was_given_to(session(), client.row, text)
        return None
    g.oauth_shown = True
    return AllowedCode(grant)


def _user_behind(grant: Grant) -> Any:
    """The member of staff who allowed it; what is written next is of this grant."""
    g.oauth_grant, g.oauth_purpose = grant, Purpose(grant.purpose)
    return identity.user_of(session(), grant)


class OnlyS256(CodeChallenge):  # type: ignore[misc]  # the library has no types
    """PKCE for every app, confidential ones too, and never in the plain form (RFC 9700, 2.1.1)."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        asked = grant.request.payload.data
        if not asked.get("code_challenge") or asked.get("code_challenge_method") != "S256":
            raise InvalidRequestError("A code_challenge with the method S256 is needed")
        super().validate_code_challenge(grant, redirect_uri)
