"""Sessions of browsers: 30 minutes without use, 12 hours in all, and both factors again for what is sensitive."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie import events, participants
from cie.access import Actor, ActorKind, Door
from cie.errors import NotAllowed, NotFound, NotPossibleNow
from cie.identity.models import UserAccount, UserSession

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
FRESH = timedelta(minutes=10)
TOUCH_EVERY = timedelta(minutes=1)
# how long the owner of an old cookie is still known, so that what they typed can be kept for them
REMEMBERED = timedelta(hours=24)


class SessionState(StrEnum):
    """What a session cookie is worth. One that is not ours has no state: `session_for` answers None."""

    ACTIVE = "active"
    EXPIRED = "expired"


@dataclass(frozen=True)
class SignedIn:
    """A session, the member of staff behind it, and whether it still counts."""

    session: UserSession
    user: UserAccount
    state: SessionState


def actor_for(user: UserAccount, door: Door = Door.WEB) -> Actor:
    """The caller that a member of staff is."""
    return Actor(ActorKind.STAFF, user.id, user.organization_id, user.roles, door=door)


def start_session(session: Session, user: UserAccount, *, browser: str, at: datetime) -> tuple[UserSession, str]:
    """Sign the browser in; returns the row and the token for its cookie, which is kept nowhere.

    Both factors were given just now. Raises NotAllowed when the account has ended, or its organization left.
    """
    if not user.is_active or not participants.get_participant(session, user.organization_id).is_active:
        raise NotAllowed("This account has ended")
    token = secrets.token_urlsafe(32)
    row = UserSession(
        user_id=user.id,
        organization_id=user.organization_id,
        token_hash=_token_hash(token),
        created_at=at,
        last_seen_at=at,
        second_factor_at=at,
        browser=browser[:80],
    )
    session.add(row)
    session.flush()
    events.record(session, actor_for(user), "sign-in", row, at=at)
    return row, token


def _token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def session_for(session: Session, token: str, *, at: datetime) -> SignedIn | None:
    """Who a session cookie belongs to, also for a day after it stopped counting.

    None when it is not one of ours, too old, or its owner's account has ended.
    """
    query = select(UserSession).where(col(UserSession.token_hash) == _token_hash(token))
    row = session.execute(query).scalar_one_or_none()
    if row is None or at - row.last_seen_at > REMEMBERED:
        return None
    user = session.get_one(UserAccount, row.user_id)
    if not user.is_active:
        return None
    return SignedIn(row, user, SessionState.ACTIVE if _counts(row, at) else SessionState.EXPIRED)


def _counts(row: UserSession, at: datetime) -> bool:
    return row.ended_at is None and at - row.last_seen_at <= IDLE and at - row.created_at <= ABSOLUTE


def needs_touch(row: UserSession, at: datetime) -> bool:
    """Whether it is time to write down again that the session is in use."""
    return at - row.last_seen_at > TOUCH_EVERY


def touch(session: Session, session_id: UUID, *, at: datetime) -> None:
    """Write down that the session is in use, at most once a minute; one that no longer counts stays so."""
    row = session.get_one(UserSession, session_id)
    if needs_touch(row, at) and _counts(row, at):
        row.last_seen_at = at
        session.add(row)


def needs_reauthentication(row: UserSession, at: datetime) -> bool:
    """Whether a sensitive change asks for the password and a code again."""
    return row.second_factor_at is None or at - row.second_factor_at > FRESH


def reauthenticate(session: Session, actor: Actor, session_id: UUID, *, at: datetime) -> UserSession:
    """The caller gave both factors again in this session. Raises NotFound, NotPossibleNow (it no longer counts)."""
    row = _own_session(session, actor, session_id)
    if not _counts(row, at):
        raise NotPossibleNow("You were signed out. Sign in again")
    row.second_factor_at = row.last_seen_at = at
    row.handed_over_for = None
    session.add(row)
    events.record(session, actor, "session.reauthenticate", row, at=at)
    return row


def require_recent_proof(session: Session, actor: Actor, session_id: UUID, *, at: datetime) -> UserSession:
    """A session in which both factors were given in the last ten minutes. Raises NotFound, NotPossibleNow."""
    row = _own_session(session, actor, session_id)
    if not _counts(row, at) or needs_reauthentication(row, at):
        raise NotPossibleNow("Enter your password and a code again before you change this")
    return row


def hand_over(session: Session, actor: Actor, session_id: UUID, subject_id: UUID, *, at: datetime) -> None:
    """The screen goes to a person who reads and signs this; until it is taken back it opens nothing else.

    Raises NotFound.
    """
    row = _own_session(session, actor, session_id)
    row.handed_over_for = subject_id
    session.add(row)
    events.record(session, actor, "session.hand-over", row, at=at)


def take_back(session: Session, actor: Actor, session_id: UUID, *, at: datetime) -> None:
    """The caller gave their password, and has the screen again. Raises NotFound."""
    row = _own_session(session, actor, session_id)
    row.handed_over_for, row.last_seen_at = None, at
    session.add(row)
    events.record(session, actor, "session.take-back", row, at=at)


def _own_session(session: Session, actor: Actor, session_id: UUID) -> UserSession:
    row = session.get(UserSession, session_id)
    if row is None or row.user_id != actor.id:
        raise NotFound("There is no such record")
    return row


def sessions_of(session: Session, user_id: UUID, *, at: datetime) -> list[UserSession]:
    """The sessions of a member of staff that still count, newest first."""
    query = (
        select(UserSession)
        .where(
            col(UserSession.user_id) == user_id,
            col(UserSession.ended_at).is_(None),
            col(UserSession.last_seen_at) >= at - IDLE,
            col(UserSession.created_at) >= at - ABSOLUTE,
        )
        .order_by(col(UserSession.id).desc())
    )
    return list(session.execute(query).scalars())


def end_session(session: Session, actor: Actor, session_id: UUID, *, at: datetime) -> None:
    """End one of the caller's own sessions. Raises NotFound."""
    row = _own_session(session, actor, session_id)
    row.ended_at = row.ended_at or at
    session.add(row)
    events.record(session, actor, "session.end", row, at=at)


def end_other_sessions(session: Session, actor: Actor, keep: UUID, *, at: datetime) -> int:
    """End the caller's sessions in all other browsers; returns how many. Raises NotFound."""
    row = _own_session(session, actor, keep)
    ended = end_all_sessions(session, row.user_id, but=keep, at=at)
    events.record(session, actor, "session.end-others", row, at=at, ended=ended)
    return ended


def end_all_sessions(session: Session, user_id: UUID, *, but: UUID | None = None, at: datetime) -> int:
    """End every session of a member of staff, but for one; returns how many."""
    query = select(UserSession).where(col(UserSession.user_id) == user_id, col(UserSession.ended_at).is_(None))
    rows = [row for row in session.execute(query).scalars() if row.id != but]
    for row in rows:
        row.ended_at = at
        session.add(row)
    return len(rows)
