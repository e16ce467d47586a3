"""Invitations: a link by which a new member of staff makes their account, once, within seven days."""

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
from cie.identity.accounts import StaffOf, check_email, check_name, check_new_staff, keep_account
from cie.identity.models import Invitation, UserAccount
from cie.identity.second_factor import first_step
from cie.identity.throttling import email_key

INVITATION_LIVES = timedelta(days=7)
NO_LONGER = "This link no longer works. Ask your administrator for a new one"
_ID_BYTES, _MAC_BYTES = 16, 16


def invite(
    session: Session, actor: Actor, organization_id: UUID, *, name: str, email: str, roles: Sequence[Role], at: datetime
) -> Invitation:
    """Invite a new member of staff; asked again, the same invitation gets a new link and the old one stops working.

    Raises Invalid (no name, no role, e-mail wrong or taken), NotAllowed, NotFound.
    """
    check(actor, Permission.STAFF_MANAGE, StaffOf(organization_id))
    participants.get_participant(session, organization_id)
    check_new_staff(session, actor, name=name, email=email, roles=roles)
    invitation = _open_one(session, organization_id, email, at) or Invitation(
        organization_id=organization_id, email_key=email_key(email), generation=0, created_at=at, expires_at=at
    )
    invitation.generation += 1
    invitation.role_codes, invitation.invited_by_id = sorted(set(roles)), actor.id
    invitation.name, invitation.email, invitation.expires_at = name.strip(), email.strip(), at + INVITATION_LIVES
    session.add(invitation)
    session.flush()
    events.record(session, actor, "account.invite", invitation, at=at, organization_id=organization_id)
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
    """The invited person makes their account; `code` shows that their phone app knows `totp_secret`.

    The password was checked and hashed before, with no transaction open. Raises NotFound, Invalid.
    """
    invitation = invitation_for(session, token, at=at, for_use=True)
    check_name(name)
    check_email(session, invitation.email)
    user = UserAccount(organization_id=invitation.organization_id, email_key=invitation.email_key, created_at=at)
    user.role_codes, user.password_hash = invitation.role_codes, password_hash
    user.name, user.email, user.totp_secret = name.strip(), invitation.email, totp_secret
    user.totp_step = first_step(totp_secret, code, at=at)
    invitation.used_at = at
    session.add(invitation)
    keep_account(session, user)
    holder = Actor(ActorKind.LINK, user.id, user.organization_id, door=Door.LINK)
    events.record(session, holder, "account.add", user, at=at, invitation_id=str(invitation.id), roles=user.role_codes)
    return user
