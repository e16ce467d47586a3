"""Accounts of staff: adding, inviting, roles, leaving, being away; in the hands of the organization's administrator."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie import events, participants
from cie.access import Actor, ActorKind, Permission, Role, check, is_allowed
from cie.db import current
from cie.errors import Invalid, NotAllowed, NotFound, NotPossibleNow
from cie.identity.models import Invitation, UserAccount
from cie.identity.sign_in import email_key, end_all_sessions
from cie.participants import Participant

INVITATION_LIVES = timedelta(days=7)
_TOKEN_BYTES = 16


class _Staff:
    """The staff of one organization, as the permission table asks for it."""

    def __init__(self, organization_id: UUID) -> None:
        self.organization_id = organization_id


def add_staff(
    session: Session,
    actor: Actor,
    organization_id: UUID,
    *,
    name: str,
    email: str,
    roles: Sequence[Role],
    password_hash: str | None,
    totp_secret: str | None,
    at: datetime,
) -> UserAccount:
    """Make an account. Raises Invalid (no role, e-mail taken), NotAllowed, NotFound."""
    check(actor, Permission.STAFF_MANAGE, _Staff(organization_id))
    participants.get_participant(session, organization_id)
    _check_roles(actor, roles)
    _check_email(session, email)
    user = UserAccount(
        organization_id=organization_id,
        email_key=email_key(email),
        role_codes=sorted(roles),
        password_hash=password_hash,
        created_at=at,
    )
    user.name, user.email, user.totp_secret = name.strip(), email.strip(), totp_secret
    session.add(user)
    session.flush()
    events.record(session, actor, "account.add", user, at=at, organization_id=organization_id, roles=user.role_codes)
    return user


def _check_roles(actor: Actor, roles: Sequence[Role]) -> None:
    if not roles:
        raise Invalid("What they may do: choose at least one", "roles")
    if Role.NETWORK_ADMINISTRATOR in roles and not is_allowed(actor, Permission.NETWORK_MANAGE):
        raise NotAllowed("Only the network names its administrators")


def _check_email(session: Session, email: str) -> None:
    if "@" not in email:
        raise Invalid("Work e-mail: enter an address like name@organization.org", "email")
    query = select(UserAccount).where(col(UserAccount.email_key) == email_key(email))
    if session.execute(query).first():
        raise Invalid("Work e-mail: this address already has an account", "email")


def invite(
    session: Session, actor: Actor, organization_id: UUID, *, name: str, email: str, roles: Sequence[Role], at: datetime
) -> Invitation:
    """Invite a new member of staff; the link works once, for seven days. Raises Invalid, NotAllowed."""
    check(actor, Permission.STAFF_MANAGE, _Staff(organization_id))
    _check_roles(actor, roles)
    _check_email(session, email)
    invitation = Invitation(
        organization_id=organization_id,
        email_key=email_key(email),
        role_codes=sorted(roles),
        invited_by_id=actor.id,
        created_at=at,
        expires_at=at + INVITATION_LIVES,
    )
    invitation.name, invitation.email = name.strip(), email.strip()
    session.add(invitation)
    session.flush()
    events.record(session, actor, "account.invite", invitation, at=at, organization_id=organization_id)
    return invitation


def invitation_token(invitation: Invitation) -> str:
    """The token of an invitation's link: its id with an HMAC, so that nothing secret is kept."""
    return urlsafe_b64encode(invitation.id.bytes + _mac(invitation.id)).decode().rstrip("=")


def _mac(invitation_id: UUID) -> bytes:
    return hmac.digest(current().keyring.derived("invitation"), invitation_id.bytes, "sha256")[:_TOKEN_BYTES]


def invitation_for(session: Session, token: str, *, at: datetime) -> Invitation:
    """The open invitation of a link. Raises NotFound: unknown, used, or too old."""
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        invitation_id = UUID(bytes=raw[:16])
    except ValueError as error:
        raise NotFound("This link no longer works. Ask your administrator for a new one") from error
    invitation = session.get(Invitation, invitation_id)
    genuine = hmac.compare_digest(raw[16:], _mac(invitation_id))
    if invitation is None or not genuine or invitation.used_at or invitation.expires_at <= at:
        raise NotFound("This link no longer works. Ask your administrator for a new one")
    return invitation


def accept_invitation(
    session: Session, token: str, *, name: str, password_hash: str, totp_secret: str, at: datetime
) -> UserAccount:
    """The invited person makes their account. Raises NotFound, Invalid."""
    invitation = invitation_for(session, token, at=at)
    _check_email(session, invitation.email)
    invitation.used_at = at
    user = UserAccount(
        organization_id=invitation.organization_id,
        email_key=invitation.email_key,
        role_codes=invitation.role_codes,
        password_hash=password_hash,
        created_at=at,
    )
    user.name, user.email, user.totp_secret = name.strip(), invitation.email, totp_secret
    session.add_all([invitation, user])
    session.flush()
    holder = Actor(ActorKind.LINK, user.id, user.organization_id)
    events.record(session, holder, "account.add", user, at=at)
    return user


def staff_of(session: Session, actor: Actor) -> Sequence[UserAccount]:
    """The accounts of the caller's organization, in the order in which they were made."""
    query = (
        select(UserAccount)
        .where(col(UserAccount.organization_id) == actor.organization_id)
        .order_by(col(UserAccount.id))
    )
    return session.execute(query).scalars().all()


def get_staff(session: Session, actor: Actor, user_id: UUID) -> UserAccount:
    """A colleague. Raises NotFound."""
    user = session.get(UserAccount, user_id)
    if user is None or user.organization_id != actor.organization_id:
        raise NotFound("There is no such record")
    return user


def set_roles(session: Session, actor: Actor, user_id: UUID, roles: Sequence[Role], *, at: datetime) -> UserAccount:
    """Change what a colleague may do; the last administrator stays one. Raises NotAllowed, NotPossibleNow, Invalid."""
    user = get_staff(session, actor, user_id)
    check(actor, Permission.STAFF_MANAGE, user)
    _check_roles(actor, roles)
    if Role.ORGANIZATION_ADMINISTRATOR not in roles:
        _keep_an_administrator(session, actor, user)
    before, user.role_codes = user.role_codes, sorted(roles)
    session.add(user)
    events.record(session, actor, "account.roles", user, at=at, before=before, after=user.role_codes)
    return user


def _keep_an_administrator(session: Session, actor: Actor, leaving: UserAccount) -> None:
    others = [u for u in staff_of(session, actor) if u.is_active and u.id != leaving.id]
    if not any(Role.ORGANIZATION_ADMINISTRATOR in u.roles for u in others):
        raise NotPossibleNow("Somebody must stay administrator. Name another one first")


def deactivate(session: Session, actor: Actor, user_id: UUID, *, at: datetime) -> UserAccount:
    """A colleague left: the account stops working at once. Raises NotFound, NotAllowed, NotPossibleNow."""
    user = get_staff(session, actor, user_id)
    check(actor, Permission.STAFF_MANAGE, user)
    _keep_an_administrator(session, actor, user)
    user.is_active = False
    session.add(user)
    end_all_sessions(session, user.id, at=at)
    events.record(session, actor, "account.end", user, at=at)
    return user


def set_away(session: Session, actor: Actor, until: datetime | None, *, at: datetime) -> UserAccount:
    """The caller is away until then, so that colleagues know to take over."""
    user = get_staff(session, actor, actor.id or UUID(int=0))
    user.away_until = until
    session.add(user)
    events.record(session, actor, "account.away", user, at=at)
    return user


def change_password(session: Session, actor: Actor, password_hash: str, *, keep: UUID, at: datetime) -> UserAccount:
    """A new password; every other session ends."""
    user = get_staff(session, actor, actor.id or UUID(int=0))
    user.password_hash = password_hash
    session.add(user)
    end_all_sessions(session, user.id, but=keep, at=at)
    events.record(session, actor, "account.password", user, at=at)
    return user


def set_preferences(session: Session, actor: Actor, *, language: str, keys_on: bool, at: datetime) -> UserAccount:
    """The caller's own language and keyboard keys."""
    user = get_staff(session, actor, actor.id or UUID(int=0))
    user.language, user.keys_on = language, keys_on
    session.add(user)
    events.record(session, actor, "account.preferences", user, at=at)
    return user


def organization_of(session: Session, user: UserAccount) -> Participant:
    """The organization that a member of staff works for."""
    return participants.get_participant(session, user.organization_id)
