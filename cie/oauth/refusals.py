"""Which refusals of programs are recorded: all of those in which one client can be named.

So it is with a client that showed who it is, or tried to in its own way; with an app that came with a code or a refresh
token that we gave it, dead or not; and with an access token that we signed. What comes from strangers leaves no row,
since they would fill the audit with it: nobody to name; an app that shows nothing, in whose name anybody may ask, also
through the browser of a member of staff, by a link; a statement or a secret in the name of a client that may not act,
unless it is its own. How much is kept of one client is bounded in `identity`.
"""

from uuid import UUID

from flask import Flask, Response, g, request

from cie import identity
from cie.db import reading, transaction
from cie.identity import Client, ClientAuthentication, ClientRow
from cie.oauth.client import KnownClient
from cie.oauth.unit import session

RECORDED = frozenset({"structure", "scope", "forbidden", "invalid"})
"""Codes of errors at the API. What the gate refuses, it records itself; that a record is not there says nothing."""


def note_refusal(answer: Response) -> None:
    """Why a known client got nothing at the authorization server."""
    client: KnownClient | None = g.get("oauth_client")
    is_its_own = g.get("oauth_shown", False)
    shows_nothing = client is not None and client.row.authentication is ClientAuthentication.NONE
    if client is None or (shows_nothing and not is_its_own and not g.get("oauth_named")):
        return
    if _is_kept(client.row, is_its_own=is_its_own):
        why: str = g.get("oauth_why") or (answer.get_json() or {}).get("error", "")
        identity.note_refusal(session(), client.row, why, is_its_own=is_its_own, at=g.now)


def note_dead_token(token_id: UUID) -> None:
    """Somebody came with a token of ours that was ended before its time."""
    with reading() as read:
        dead = identity.dead_token(read, token_id, at=g.now)
    if dead is not None:
        with transaction() as change:
            identity.note_dead_token(change, dead, at=g.now)


def note_refused_uses(app: Flask) -> None:
    """Record what a live token was refused at the API. `g.refused_as` is the code of the error."""

    @app.after_request
    def note(answer: Response) -> Response:
        why, token = g.get("refused_as"), g.get("token")
        if token is not None and why in RECORDED and _is_kept(token.client, is_its_own=True):
            with transaction() as change:
                about = {"at": g.now, "route": request.endpoint or ""}
                identity.note_refusal(change, token.client, why, is_its_own=True, **about)
        return answer


def _is_kept(client: Client | ClientRow, *, is_its_own: bool) -> bool:
    """Whether there is room for one more. Asked first, so that what is not kept writes nothing."""
    with reading() as read:
        return identity.refusals_left(read, client, is_its_own=is_its_own, at=g.now) > 0
