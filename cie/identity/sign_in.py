"""Signing in with two factors, and the sessions of browsers.

Attempts are counted apart for each account and source, so that a stranger who guesses neither locks a worker out of
the browser that they always use nor keeps the server busy.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import pyotp
from sqlalchemy import select
from sqlmodel import Session, col

from cie import events
from cie.access import Actor, ActorKind, Door
from cie.db import match_key
from cie.errors import Invalid, NotFound
from cie.identity.models import RecoveryCode, UserAccount, UserSession

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
FRESH = timedelta(minutes=10)
TOUCH_EVERY = timedelta(minutes=1)
WINDOW = timedelta(minutes=15)
TRIES_ACCOUNT_AND_SOURCE = 6
TRIES_SOURCE = 60
TRIES_CODE = 6
WRONG = "E-mail or password: these do not belong together. Check both"
WRONG_CODE = "Code: this one does not work. Use the newest one of your app"


class SessionState(StrEnum):
    """What a session cookie is worth."""

    ACTIVE = "active"
    EXPIRED = "expired"


@dataclass(frozen=True)
class SignedIn:
    """A session, the member of staff behind it, and whether it still counts."""

    session: UserSession
    user: UserAccount
    state: SessionState


def email_key(email: str) -> bytes:
    """What an e-mail address is looked up by."""
    return match_key("email:" + email.strip().casefold())


def account_for(session: Session, email: str) -> UserAccount | None:
    """The active account of an e-mail address."""
    query = select(UserAccount).where(col(UserAccount.email_key) == email_key(email), col(UserAccount.is_active))
    return session.execute(query).scalar_one_or_none()


def count_password_try(session: Session, email: str, source: str, *, at: datetime) -> None:
    """Count a try before the password is looked at. `source` is the address or the known browser. Raises TooMany."""
    account_and_source = f"password:{email.strip().casefold()}:{source}"
    events.count_attempt(session, account_and_source, limit=TRIES_ACCOUNT_AND_SOURCE, window=WINDOW, at=at)
    events.count_attempt(session, f"password:{source}", limit=TRIES_SOURCE, window=WINDOW, at=at)


def password_was_right(session: Session, user: UserAccount, source: str, *, at: datetime) -> None:
    """Forget the tries of this account from this source."""
    events.forget_attempts(session, f"password:{user.email.strip().casefold()}:{source}")
    events.record(session, actor_for(user), "sign-in.password", user, at=at)


def check_code(session: Session, user: UserAccount, code: str, *, at: datetime) -> None:
    """Accept a code of the phone app, each time step once, or an unused recovery code.

    Raises Invalid, TooMany.
    """
    events.count_attempt(session, f"code:{user.id}", limit=TRIES_CODE, window=WINDOW, at=at)
    given = "".join(code.split()).replace("-", "").lower()
    if not (_totp_is_right(user, given, at) or _recovery_is_right(session, user, given, at)):
        raise Invalid(WRONG_CODE, "code")
    events.forget_attempts(session, f"code:{user.id}")
    session.add(user)


def _totp_is_right(user: UserAccount, given: str, at: datetime) -> bool:
    if not user.totp_secret:
        return False
    totp = pyotp.TOTP(user.totp_secret)
    for step in (-1, 0, 1):
        number = int(at.timestamp()) // totp.interval + step
        if number > user.totp_step and hmac.compare_digest(totp.generate_otp(number), given):
            user.totp_step = number
            return True
    return False


def _recovery_is_right(session: Session, user: UserAccount, given: str, at: datetime) -> bool:
    query = select(RecoveryCode).where(
        col(RecoveryCode.user_id) == user.id,
        col(RecoveryCode.code_hash) == _digest(given),
        col(RecoveryCode.used_at).is_(None),
    )
    found = session.execute(query.with_for_update()).scalar_one_or_none()
    if found is None:
        return False
    found.used_at = at
    session.add(found)
    return True


def new_recovery_codes(session: Session, user: UserAccount, *, at: datetime, count: int = 10) -> list[str]:
    """Ten codes for one sign-in each, shown once; those of before stop working."""
    old = select(RecoveryCode).where(col(RecoveryCode.user_id) == user.id, col(RecoveryCode.used_at).is_(None))
    for row in session.execute(old).scalars():
        row.used_at = at
        session.add(row)
    codes = [secrets.token_hex(5) for _n in range(count)]
    session.add_all([RecoveryCode(user_id=user.id, code_hash=_digest(code)) for code in codes])
    events.record(session, actor_for(user), "account.recovery-codes", user, at=at)
    return codes


def start_session(session: Session, user: UserAccount, *, browser: str, at: datetime) -> tuple[UserSession, str]:
    """Sign the browser in; returns the row and the token for its cookie, which is kept nowhere."""
    token = secrets.token_urlsafe(32)
    row = UserSession(
        user_id=user.id,
        organization_id=user.organization_id,
        token_hash=_digest(token),
        created_at=at,
        last_seen_at=at,
        second_factor_at=at,
        browser=browser[:80],
    )
    session.add(row)
    session.flush()
    events.record(session, actor_for(user), "sign-in", row, at=at)
    return row, token


def session_for(session: Session, token: str, *, at: datetime) -> SignedIn | None:
    """Who a session cookie belongs to, also when it no longer counts; None when it is not one of ours."""
    query = select(UserSession).where(col(UserSession.token_hash) == _digest(token))
    row = session.execute(query).scalar_one_or_none()
    if row is None:
        return None
    user = session.get_one(UserAccount, row.user_id)
    ended = row.ended_at is not None or not user.is_active
    late = at - row.last_seen_at > IDLE or at - row.created_at > ABSOLUTE
    return SignedIn(row, user, SessionState.EXPIRED if ended or late else SessionState.ACTIVE)


def needs_touch(row: UserSession, at: datetime) -> bool:
    """Whether it is time to write down again that the session is in use."""
    return at - row.last_seen_at > TOUCH_EVERY


def touch(session: Session, session_id: UUID, *, at: datetime) -> None:
    """Write down that the session is in use."""
    row = session.get_one(UserSession, session_id)
    row.last_seen_at = at
    session.add(row)


def needs_reauthentication(row: UserSession, at: datetime) -> bool:
    """Whether a sensitive change asks for the password and a code again."""
    return row.second_factor_at is None or at - row.second_factor_at > FRESH


def reauthenticate(session: Session, session_id: UUID, *, at: datetime) -> None:
    """Both factors were given again in this session."""
    row = session.get_one(UserSession, session_id)
    row.second_factor_at = at
    session.add(row)


def end_session(session: Session, actor: Actor, session_id: UUID, *, at: datetime) -> None:
    """End one of the caller's own sessions. Raises NotFound."""
    row = session.get(UserSession, session_id)
    if row is None or row.user_id != actor.id:
        raise NotFound("There is no such record")
    row.ended_at = row.ended_at or at
    session.add(row)
    events.record(session, actor, "session.end", row, at=at)


def sessions_of(session: Session, user_id: UUID, *, at: datetime) -> list[UserSession]:
    """The sessions of a member of staff that still count, newest first."""
    query = (
        select(UserSession)
        .where(
            col(UserSession.user_id) == user_id,
            col(UserSession.ended_at).is_(None),
            col(UserSession.last_seen_at) > at - IDLE,
        )
        .order_by(col(UserSession.id).desc())
    )
    return list(session.execute(query).scalars())


def end_all_sessions(session: Session, user_id: UUID, *, but: UUID | None = None, at: datetime) -> None:
    """End every session of a member of staff, but for one."""
    query = select(UserSession).where(col(UserSession.user_id) == user_id, col(UserSession.ended_at).is_(None))
    for row in session.execute(query).scalars():
        if row.id != but:
            row.ended_at = at
            session.add(row)


def actor_for(user: UserAccount, door: Door = Door.WEB) -> Actor:
    """The caller that a member of staff is."""
    return Actor(ActorKind.STAFF, user.id, user.organization_id, user.roles, door=door)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
