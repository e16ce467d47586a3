"""Who is signed in: the session cookie, the member of staff behind it, and what was typed before a sign-out."""

from contextlib import suppress
from uuid import UUID

from flask import g, request
from sqlmodel import Session

from cie import identity, people, privacy
from cie.access import Actor, Permission, is_allowed
from cie.db import reading, transaction
from cie.errors import Busy
from cie.http import session_cookie
from cie.identity import SessionState, SignedIn, UserSession
from cie.participants import Participant
from cie.web.form_owner import is_form_of, owner_of_form
from cie.web.forms import own_page
from cie.web.page import Me

HANDED_OVER = frozenset({"signing.screen", "signing.create_signature", "signing.create_refusal"})
"""What a screen shows that was handed to a person, for what they sign alone."""
TAKE_BACK = frozenset(
    {
        "handing_over.take_back",
        "handing_over.create_taking_back",
        "organization_sign_in.begin_proof",
        "organization_sign_in.come_back",
    }
)
"""How its worker takes it back."""


def identify() -> Actor | None:
    """The member of staff who is signed in in this browser; `g.me` shows them on pages."""
    token = request.cookies.get(session_cookie())
    if not token:
        return None
    with reading() as session:
        signed_in = identity.session_for(session, token, at=g.now)
        if signed_in is None:
            return None
        organization = identity.organization_of(session, signed_in.user)
        user = signed_in.user
        kept = request.method == "GET" and identity.has_form(session, user.id, request.path, at=g.now)
        me = Me(
            user.id,
            user.name,
            organization.id,
            organization.name,
            user.roles,
            user.language,
            user.keys_on,
            _alerts_for(session, organization, identity.actor_for(user)),
            _emergencies_for(session, identity.actor_for(user)),
        )
    g.signed_in = signed_in
    if signed_in.state != SessionState.ACTIVE or _is_with_somebody_else(signed_in.session):
        return None
    g.me = me
    _keep_alive(signed_in, kept)
    return identity.actor_for(user)


def _is_with_somebody_else(row: UserSession) -> bool:
    """Whether the screen was handed to a person for another page than this: for them nobody is signed in here."""
    if row.handed_over_for is None or request.endpoint in TAKE_BACK:
        return False
    wanted = (request.view_args or {}).get("signing_id")
    return request.endpoint not in HANDED_OVER or wanted != row.handed_over_for


def is_handed_over() -> bool:
    """Whether the screen is with somebody who reads and signs, so that staff must take it back first."""
    signed_in: SignedIn | None = getattr(g, "signed_in", None)
    if signed_in is None or signed_in.state != SessionState.ACTIVE:
        return False
    return signed_in.session.handed_over_for is not None


def _alerts_for(session: Session, organization: Participant, actor: Actor) -> tuple[UUID, ...]:
    """The open alerts, for the person on call alone: every page of theirs begins with them."""
    if organization.on_call_user_id != actor.id or not is_allowed(actor, Permission.DANGER_READ):
        return ()
    return tuple(alert.id for alert in people.open_alerts(session, actor))


def _emergencies_for(session: Session, actor: Actor) -> int:
    """What waits for a privacy officer: every page of theirs begins with it."""
    if not is_allowed(actor, Permission.PRIVACY_CASE_MANAGE):
        return 0
    return privacy.count_waiting_emergencies(session, actor)


def _keep_alive(signed_in: SignedIn, kept: bool) -> None:
    """Note that the session is in use, and bring back what was typed into this page before a sign-out.

    When nothing can be saved now, the next request does it: pages that only show something go on.
    """
    if not kept and not identity.needs_touch(signed_in.session, g.now):
        return
    with suppress(Busy), transaction() as session:
        identity.touch(session, signed_in.session.id, at=g.now)
        if kept:
            g.kept_form = identity.take_form(session, signed_in.user.id, request.path, at=g.now)


def keep_for_later() -> bool:
    """Keep what was posted after the session ended, for whom the form was drawn; whether there was anything to keep."""
    user_id = _who_typed() if request.method == "POST" else None
    if user_id is None:
        return False
    with transaction() as session:
        fields = {name: request.form.getlist(name) for name in request.form if name != "page_path"}
        path = own_page().partition("?")[0]
        identity.keep_form(session, user_id, path, fields, at=g.now)
    return True


def _who_typed() -> UUID | None:
    """Whose form it is, also when they signed out in another window; None for one that is not ours."""
    owner = owner_of_form()
    if owner is not None:
        return owner
    signed_in: SignedIn | None = getattr(g, "signed_in", None)
    return signed_in.user.id if signed_in and is_form_of(signed_in.user.id) else None
