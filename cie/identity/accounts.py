"""Accounts of staff: adding, roles, leaving, being away; in the hands of the organization's administrator."""

import re
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, String, cast, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from cie import events, participants
from cie.access import Actor, ActorKind, Permission, Role, check, is_allowed
from cie.errors import Invalid, NotAllowed, NotFound, NotPossibleNow
from cie.identity.models import Invitation, UserAccount
from cie.identity.sessions import end_all_sessions
from cie.identity.throttling import email_key
from cie.participants import Participant

# the longest address of RFC 5321, and a name that fits a line
LONGEST_EMAIL, LONGEST_NAME = 254, 120
EMAIL_TAKEN = "Work email: this address already has an account"


class StaffOf:
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
    """Make an account. Raises Invalid (no name, no role, e-mail wrong or taken), NotAllowed, NotFound."""
    check(actor, Permission.STAFF_MANAGE, StaffOf(organization_id))
    participants.get_participant(session, organization_id)
    check_new_staff(session, actor, name=name, email=email, roles=roles)
    user = UserAccount(organization_id=organization_id, email_key=email_key(email), created_at=at)
    user.role_codes, user.password_hash = sorted(set(roles)), password_hash
    user.name, user.email, user.totp_secret = name.strip(), email.strip(), totp_secret
    keep_account(session, user)
    events.record(session, actor, "account.add", user, at=at, organization_id=organization_id, roles=user.role_codes)
    return user


def keep_account(session: Session, user: UserAccount) -> None:
    """Write a new account. Raises Invalid when another request took its e-mail a moment ago."""
    session.add(user)
    try:
        session.flush()
    except IntegrityError as error:
        raise Invalid(EMAIL_TAKEN, "email") from error


def check_new_staff(session: Session, actor: Actor, *, name: str, email: str, roles: Sequence[Role]) -> None:
    """Refuse a member of staff without name or role, or whose e-mail is none or taken. Raises Invalid, NotAllowed."""
    check_name(name)
    _check_roles(actor, roles)
    check_email(session, email)


def check_name(name: str) -> None:
    """Raises Invalid for a name that is empty or too long."""
    if not name.strip():
        raise Invalid("Name: enter the name that colleagues know", "name")
    if len(name.strip()) > LONGEST_NAME:
        raise Invalid("Name: use at most %(most)s characters", "name", most=LONGEST_NAME)


def check_email(session: Session, email: str) -> None:
    """Raises Invalid for what is no address, or has an account."""
    if len(email.strip()) > LONGEST_EMAIL or not re.fullmatch(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", email.strip()):
        raise Invalid("Work email: enter an address like name@organization.org", "email")
    if session.execute(select(UserAccount).where(col(UserAccount.email_key) == email_key(email))).first():
        raise Invalid(EMAIL_TAKEN, "email")


def _check_roles(actor: Actor, roles: Collection[Role], before: Collection[Role] = ()) -> None:
    if not roles:
        raise Invalid("What they may do: choose at least one", "roles")
    if Role.NETWORK_ADMINISTRATOR in set(roles) ^ set(before) and not is_allowed(actor, Permission.NETWORK_MANAGE):
        raise NotAllowed("Only the network names its administrators")


def staff_in(session: Session, organization_id: UUID) -> Sequence[UserAccount]:
    """The accounts of one organization, in the order in which they were made."""
    query = select(UserAccount).where(col(UserAccount.organization_id) == organization_id).order_by(col(UserAccount.id))
    return session.execute(query).scalars().all()


def accounts_by_id(session: Session, ids: Collection[UUID]) -> dict[UUID, UserAccount]:
    """The accounts behind ids that a record names, whoever they work for, so that a page can name who did something."""
    if not ids:
        return {}
    query = select(UserAccount).where(col(UserAccount.id).in_(ids))
    return {user.id: user for user in session.execute(query).scalars()}


def staff_of(session: Session, actor: Actor) -> Sequence[UserAccount]:
    """The accounts of the caller's own organization."""
    return staff_in(session, actor.organization)


def colleagues_by_id(session: Session, actor: Actor, user_ids: Collection[UUID | None]) -> dict[UUID, UserAccount]:
    """Those of these accounts that belong to the caller's own organization; None is nobody."""
    wanted = [id_ for id_ in user_ids if id_ is not None]
    if not wanted:
        return {}
    query = select(UserAccount).where(
        col(UserAccount.organization_id) == actor.organization, col(UserAccount.id).in_(wanted)
    )
    return {user.id: user for user in session.execute(query).scalars()}


def get_staff(session: Session, actor: Actor, user_id: UUID) -> UserAccount:
    """A colleague; for the system itself, anybody. Raises NotFound."""
    user = session.get(UserAccount, user_id)
    if user is None or (actor.kind != ActorKind.SYSTEM and user.organization_id != actor.organization_id):
        raise NotFound("There is no such record")
    return user


def own_account(session: Session, actor: Actor) -> UserAccount:
    """The account of the caller. Raises NotAllowed (no member of staff), NotFound."""
    check(actor, Permission.OWN_ACCOUNT)
    if actor.id is None:
        raise NotFound("There is no such record")
    return get_staff(session, actor, actor.id)


def set_roles(session: Session, actor: Actor, user_id: UUID, roles: Sequence[Role], *, at: datetime) -> UserAccount:
    """Change what a colleague may do; the last administrator stays one. Raises NotAllowed, NotPossibleNow, Invalid."""
    user = get_staff(session, actor, user_id)
    check(actor, Permission.STAFF_MANAGE, user)
    _check_roles(actor, roles, user.roles)
    _keep_administrators(session, user, user.roles - set(roles))
    before, user.role_codes = user.role_codes, sorted(set(roles))
    session.add(user)
    events.record(session, actor, "account.roles", user, at=at, before=before, after=user.role_codes)
    return user


def has_administrator(session: Session, organization_id: UUID) -> bool:
    """Whether somebody can invite the staff of an organization."""
    staff = staff_in(session, organization_id)
    return any(user.is_active and Role.ORGANIZATION_ADMINISTRATOR in user.roles for user in staff)


def _keep_administrators(session: Session, user: UserAccount, losing: Collection[Role]) -> None:
    """Each organization keeps an administrator, and so does the network. Raises NotPossibleNow.

    All who hold the role are locked in one order, so that two administrators cannot remove each other at once.
    """
    for role in sorted({Role.ORGANIZATION_ADMINISTRATOR, Role.NETWORK_ADMINISTRATOR} & set(losing)):
        holders = select(col(UserAccount.id)).where(
            col(UserAccount.is_active), cast(col(UserAccount.role_codes), String).contains(f'"{role.value}"')
        )
        if role == Role.ORGANIZATION_ADMINISTRATOR:
            holders = holders.where(col(UserAccount.organization_id) == user.organization_id)
        found = session.execute(holders.order_by(col(UserAccount.id)).with_for_update()).scalars().all()
        if user.is_active and not set(found) - {user.id}:
            raise NotPossibleNow("Somebody must stay administrator. Name another one first")


def deactivate(session: Session, actor: Actor, user_id: UUID, *, at: datetime) -> UserAccount:
    """A colleague left: the account, its sessions and its open invitations stop working at once.

    Raises NotFound, NotAllowed, NotPossibleNow (the last administrator, or the one on call).
    """
    user = get_staff(session, actor, user_id)
    check(actor, Permission.STAFF_MANAGE, user)
    _keep_administrators(session, user, user.roles)
    if organization_of(session, user).on_call_user_id == user.id:
        raise NotPossibleNow("This person is on call for urgent messages. Name somebody else first")
    user.is_active = False
    session.add(user)
    end_all_sessions(session, user.id, at=at)
    _end_invitations_by(session, user, at)
    events.record(session, actor, "account.end", user, at=at)
    return user


def close_organization(session: Session, actor: Actor, organization_id: UUID, *, at: datetime) -> Participant:
    """An organization leaves: nothing goes to it or from it, its staff are signed out and cannot come back.

    Raises NotFound, NotAllowed, NotPossibleNow (the caller's own).
    """
    participant = participants.set_active(session, actor, organization_id, False, at=at)
    for user in staff_in(session, organization_id):
        end_all_sessions(session, user.id, at=at)
    _end_invitations(session, col(Invitation.organization_id) == organization_id, at)
    return participant


def _end_invitations_by(session: Session, user: UserAccount, at: datetime) -> None:
    _end_invitations(session, col(Invitation.invited_by_id) == user.id, at)


def _end_invitations(session: Session, which: ColumnElement[bool], at: datetime) -> None:
    query = select(Invitation).where(which, col(Invitation.used_at).is_(None), col(Invitation.expires_at) > at)
    for invitation in session.execute(query).scalars():
        invitation.expires_at = at
        session.add(invitation)


def set_away(
    session: Session, actor: Actor, until: datetime | None, *, user_id: UUID | None = None, at: datetime
) -> UserAccount:
    """Somebody is away until then, so that colleagues know to take over; None: they are back.

    The caller says so of themselves or, as administrator, of a colleague. Raises NotFound, NotAllowed, Invalid.
    """
    user = own_account(session, actor) if user_id is None else get_staff(session, actor, user_id)
    if user.id != actor.id:
        check(actor, Permission.STAFF_MANAGE, user)
    if until is not None and until <= at:
        raise Invalid("Away until: choose a day that is still to come", "until")
    user.away_until = until
    session.add(user)
    events.record(session, actor, "account.away", user, at=at)
    return user


def name_on_call(session: Session, actor: Actor, user_id: UUID, *, phone: str, at: datetime) -> Participant:
    """A colleague is told at once when somebody may be in danger. Raises NotFound, NotAllowed, Invalid."""
    user = get_staff(session, actor, user_id)
    if not user.is_active:
        raise Invalid("Who is on call: choose somebody who works here", "user_id")
    return participants.set_on_call(session, actor, user.organization_id, user_id=user.id, phone=phone, at=at)


def organization_of(session: Session, user: UserAccount) -> Participant:
    """The organization that a member of staff works for."""
    return participants.get_participant(session, user.organization_id)
