"""Invitations: a link by which somebody makes an account, or sets up their sign-in again, once, within seven days."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, select
from sqlmodel import Session, col

from cie import events, participants
from cie.access import Actor, ActorKind, Door, Permission, Role, check
from cie.db import current
from cie.errors import NotFound, NotPossibleNow
from cie.identity.accounts import (
    StaffOf,
    check_email,
    check_name,
    check_new_staff,
    get_staff,
    has_administrator,
    keep_account,
)
from cie.identity.models import Invitation, UserAccount
from cie.identity.second_factor import derived_secret, first_step
from cie.identity.sessions import end_all_sessions
from cie.identity.throttling import email_key

INVITATION_LIVES = timedelta(days=7)
NO_LONGER = "This link no longer works. Ask your administrator for a new one"
_ID_BYTES, _MAC_BYTES = 16, 16


def invite(
    session: Session, actor: Actor, organization_id: UUID, *, name: str, email: str, roles: Sequence[Role], at: datetime
) -> Invitation:
    """Invite a new member of staff; asked again, the same invitation gets a new link and the old one stops working.

    Raises Invalid (no name, no role, e-mail wrong or taken), NotAllowed, NotFound, NotPossibleNow (it left).
    """
    check(actor, Permission.STAFF_MANAGE, StaffOf(organization_id))
    return _invite(session, actor, organization_id, name=name, email=email, roles=roles, at=at)


def invite_first_administrator(
    session: Session, actor: Actor, organization_id: UUID, *, name: str, email: str, at: datetime
) -> Invitation:
    """The network invites whoever will invite the others of an organization that has no administrator.

    Raises NotFound, NotAllowed, NotPossibleNow (it has one), Invalid (no name, e-mail wrong or taken).
    """
    check(actor, Permission.NETWORK_MANAGE)
    if has_administrator(session, organization_id):
        raise NotPossibleNow("This organization has an administrator, who invites its staff")
    roles = [Role.ORGANIZATION_ADMINISTRATOR]
    return _invite(session, actor, organization_id, name=name, email=email, roles=roles, at=at)


def _invite(
    session: Session, actor: Actor, organization_id: UUID, *, name: str, email: str, roles: Sequence[Role], at: datetime
) -> Invitation:
    if not participants.get_participant(session, organization_id).is_active:
        raise NotPossibleNow("This organization does not take part any more")
    check_new_staff(session, actor, name=name, email=email, roles=roles)
    invitation = _link(session, organization_id, email, at)
    invitation.role_codes, invitation.name = sorted(set(roles)), name.strip()
    return _given(session, actor, invitation, "account.invite", at)


def invite_again(session: Session, actor: Actor, user_id: UUID, *, at: datetime) -> Invitation:
    """A colleague lost password or phone: a link with which they set both up again. Until then the old ones work.

    Raises NotFound, NotAllowed, NotPossibleNow (the account has ended, or it is the caller's own).
    """
    user = get_staff(session, actor, user_id)
    check(actor, Permission.STAFF_MANAGE, user)
    if Role.NETWORK_ADMINISTRATOR in user.roles:
        check(actor, Permission.NETWORK_MANAGE)
    if not user.is_active or user.id == actor.id:
        raise NotPossibleNow("This is for a colleague who still works here")
    invitation = _link(session, user.organization_id, user.email, at)
    invitation.role_codes, invitation.name, invitation.user_id = user.role_codes, user.name, user.id
    return _given(session, actor, invitation, "account.invite-again", at)


def _link(session: Session, organization_id: UUID, email: str, at: datetime) -> Invitation:
    found = _open_one(session, organization_id, email, at)
    if found is None:
        found = Invitation(organization_id=organization_id, email_key=email_key(email), created_at=at, expires_at=at)
        found.generation, found.email = 0, email.strip()
    return found


def _given(session: Session, actor: Actor, invitation: Invitation, action: str, at: datetime) -> Invitation:
    """The invitation with a new link; the one before stops working."""
    invitation.generation += 1
    invitation.invited_by_id, invitation.expires_at = actor.id, at + INVITATION_LIVES
    session.add(invitation)
    session.flush()
    events.record(session, actor, action, invitation, at=at, organization_id=invitation.organization_id)
    return invitation


def _open(organization_id: UUID, at: datetime) -> Select[Invitation]:
    return select(Invitation).where(
        col(Invitation.organization_id) == organization_id,
        col(Invitation.used_at).is_(None),
        col(Invitation.expires_at) > at,
    )


def _open_one(session: Session, organization_id: UUID, email: str, at: datetime) -> Invitation | None:
    query = _open(organization_id, at).where(col(Invitation.email_key) == email_key(email)).with_for_update()
    return session.execute(query).scalars().first()


def open_invitations(session: Session, actor: Actor, *, at: datetime) -> Sequence[Invitation]:
    """The invitations of the caller's organization that still work, oldest first. Raises NotAllowed."""
    check(actor, Permission.STAFF_MANAGE, StaffOf(actor.organization))
    return session.execute(_open(actor.organization, at).order_by(col(Invitation.id))).scalars().all()


def withdraw_invitation(session: Session, actor: Actor, invitation_id: UUID, *, at: datetime) -> Invitation:
    """The link of an invitation stops working. Raises NotFound, NotAllowed, NotPossibleNow (used)."""
    invitation = session.get(Invitation, invitation_id)
    if invitation is None:
        raise NotFound("There is no such record")
    check(actor, Permission.STAFF_MANAGE, invitation)
    if invitation.used_at is not None:
        raise NotPossibleNow("This invitation was already used")
    invitation.expires_at = min(invitation.expires_at, at)
    session.add(invitation)
    events.record(session, actor, "account.withdraw", invitation, at=at)
    return invitation


def invitation_token(invitation: Invitation) -> str:
    """The token of an invitation's link: its id with an HMAC of id and generation, so that nothing secret is kept."""
    return urlsafe_b64encode(invitation.id.bytes + _mac(invitation)).decode().rstrip("=")


def invitation_secret(invitation: Invitation) -> str:
    """The phone app secret that the page of an invitation offers, the same each time it is opened."""
    return derived_secret(b"invitation" + invitation.id.bytes + invitation.generation.to_bytes(4, "big"))


def _mac(invitation: Invitation) -> bytes:
    said = invitation.id.bytes + invitation.generation.to_bytes(4, "big")
    return hmac.digest(current().keyring.derived("invitation"), said, "sha256")[:_MAC_BYTES]


def invitation_for(session: Session, token: str, *, at: datetime, for_use: bool = False) -> Invitation:
    """The open invitation of a link. Raises NotFound: unknown, used, withdrawn, replaced or too old."""
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        invitation_id = UUID(bytes=raw[:_ID_BYTES])
    except ValueError as error:
        raise NotFound(NO_LONGER) from error
    invitation = session.get(Invitation, invitation_id, with_for_update=for_use, populate_existing=for_use)
    if invitation is None or not hmac.compare_digest(raw[_ID_BYTES:], _mac(invitation)):
        raise NotFound(NO_LONGER)
    if invitation.used_at or invitation.expires_at <= at:
        raise NotFound(NO_LONGER)
    return invitation


def accept_invitation(
    session: Session, token: str, *, name: str, password_hash: str, totp_secret: str, code: str, at: datetime
) -> UserAccount:
    """The invited person sets their account up, new or again; `code` shows that their phone app knows `totp_secret`.

    The password was checked and hashed before, with no transaction open. Raises NotFound, Invalid.
    """
    invitation = invitation_for(session, token, at=at, for_use=True)
    check_name(name)
    user = _invited(session, invitation, at)
    user.password_hash, user.name, user.totp_secret = password_hash, name.strip(), totp_secret
    user.totp_step = first_step(totp_secret, code, at=at)
    invitation.used_at = at
    session.add(invitation)
    keep_account(session, user)
    holder = Actor(ActorKind.LINK, user.id, user.organization_id, door=Door.LINK)
    action = "account.renew" if invitation.user_id else "account.add"
    events.record(session, holder, action, user, at=at, invitation_id=str(invitation.id), roles=user.role_codes)
    return user


def _invited(session: Session, invitation: Invitation, at: datetime) -> UserAccount:
    """The new account; for a colleague who lost password or phone, theirs, signed out everywhere."""
    if invitation.user_id is None:
        check_email(session, invitation.email)
        user = UserAccount(organization_id=invitation.organization_id, email_key=invitation.email_key, created_at=at)
        user.role_codes, user.email = invitation.role_codes, invitation.email
        return user
    user = session.get_one(UserAccount, invitation.user_id, with_for_update=True)
    if not user.is_active:
        raise NotFound(NO_LONGER)
    end_all_sessions(session, user.id, at=at)
    return user
