"""The addresses of the authorization server. They translate; what is decided, the library and the domain decide."""

from typing import Any
from urllib.parse import urlsplit

from authlib.oauth2 import OAuth2Error
from flask import Blueprint, Response, current_app, g, jsonify, make_response, render_template, request

from cie import identity, participants
from cie.access import Permission
from cie.access.scopes import OFFLINE, sights_of
from cie.db import reading
from cie.errors import NotFound
from cie.http import public, requires
from cie.oauth.client import KnownClient
from cie.oauth.flows import choose_purpose
from cie.oauth.keys import published_keys
from cie.oauth.metadata import server_metadata, smart_configuration
from cie.oauth.refusals import note_refusal
from cie.oauth.server import server
from cie.oauth.signature import ALGORITHMS
from cie.oauth.token import issuer
from cie.oauth.unit import Unit

blueprint = Blueprint("oauth", __name__)
LARGEST_BODY_BYTES = 64 * 1024
UNKNOWN = "This app asks in a way that we do not know. Tell those who run it"


@blueprint.post("/oauth/token")
@public
def token() -> Response:
    """A token for a client that shows who it is."""
    return _answered(_token)


def _token() -> Response:
    if not request.form.get("grant_type"):
        return _invalid("Say with grant_type how you ask")
    answer: Response = server().create_token_response()
    return answer


@blueprint.post("/oauth/introspect")
@public
def introspect() -> Response:
    """What a token is worth."""
    return _answered(lambda: server().create_endpoint_response("introspection"))


@blueprint.post("/oauth/revoke")
@public
def revoke() -> Response:
    """A token is given back."""
    return _answered(lambda: server().create_endpoint_response("revocation"))


FOR_MACHINES = (token, introspect, revoke)
"""Views that no browser posts to: they know their callers by what these bring along, not by a form."""


def _answered(ask: Any) -> Response:
    """The answer of the library, when the request is one that it may read: each value once, and in the body alone."""
    request.max_content_length = LARGEST_BODY_BYTES
    if request.args or _comes_twice():
        return _invalid("Send each value once, in the body")
    with Unit():
        try:
            answer: Response = ask()
        except ValueError:
            # the library puts what was sent into its words, and refuses letters that may not stand there
            return _invalid("This cannot be read")
        if answer.status_code >= 400:
            note_refusal(answer)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _comes_twice() -> bool:
    """No value may: RFC 6749, 3.1 and 3.2."""
    return any(len(request.values.getlist(name)) > 1 for name in request.values)


def _invalid(words: str) -> Response:
    answer = jsonify(error="invalid_request", error_description=words)
    answer.status_code = 400
    return answer


@blueprint.get("/oauth/jwks")
@public
def jwks() -> Response:
    """The keys with which tokens can be checked."""
    answer = jsonify(published_keys(g.now).as_dict(private=False))
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer


@blueprint.get("/.well-known/oauth-authorization-server")
@public
def metadata() -> Response:
    """What this server can do: RFC 8414."""
    return jsonify(server_metadata(issuer(), ALGORITHMS))


@blueprint.get("/fhir/.well-known/smart-configuration")
@public
def smart() -> Response:
    """What this server can do, as SMART App Launch says it."""
    return jsonify(smart_configuration(issuer(), ALGORITHMS))


@blueprint.get("/oauth/authorize")
@requires(Permission.OWN_ACCOUNT)
def authorize() -> Response:
    """Ask the member of staff whether an app may work in their name, and say what it will see."""
    return _asked(lambda grant: _page(grant))


@blueprint.post("/oauth/authorize")
@requires(Permission.OWN_ACCOUNT)
def create_authorization() -> Response:
    """They said yes or no; the app hears it at the address that it registered."""
    yes = request.form.get("answer") == "yes"
    return _asked(lambda grant: server().create_authorization_response(grant_user=yes or None, grant=grant))


def _asked(go_on: Any) -> Response:
    """Go on with a request of an app that can be trusted so far; else a page, and never a way to another site."""
    if _comes_twice():
        raise NotFound(UNKNOWN)
    g.oauth_asked_in = g.actor.organization_id
    with Unit():
        try:
            answer: Response = go_on(server().get_consent_grant(end_user=g.actor))
        except OAuth2Error as error:
            if error.redirect_uri is None:
                raise NotFound(UNKNOWN) from error
            answer = server().handle_error_response(None, error)
        except ValueError as error:
            raise NotFound(UNKNOWN) from error
    return answer


def _page(grant: Any) -> Response:
    client: KnownClient = grant.client
    scopes = grant.request.scope.split()
    with reading() as read:
        organization = participants.get_participant(read, client.row.organization_id).name
    answer = make_response(
        render_template(
            "oauth/allow.html",
            app=client.row.name,
            organization=organization,
            areas=sights_of(scopes),
            works_on=OFFLINE in scopes,
            days=identity.GRANT_LIVES.days,
            purpose=choose_purpose(client, grant.request.payload.data.get("purpose")),
            asked={name: request.args[name] for name in request.args},
            place=urlsplit(grant.redirect_uri).netloc,
        )
    )
    # the answer leads to the app, which the general rule for forms would not let it
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(grant.redirect_uri))
    rule = current_app.extensions["cie-page-policy"]
    answer.headers["Content-Security-Policy"] = rule.replace("form-action 'self'", f"form-action 'self' {origin}")
    return answer
