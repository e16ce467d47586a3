"""Signing in: e-mail and password, then a code. The edge does it in three transactions with the slow work between.

1. `count_password_try` in a transaction: counts, and refuses when there were too many.
2. `account_for` while reading; then `verify_password` (some 30 ms) with nothing open, also when there is no account.
   When it is wrong the edge raises Invalid(WRONG): an unknown e-mail and a wrong password look the same.
3. `password_was_right` in a transaction, with a new hash when `needs_rehash`. Nobody is signed in yet.
Then, with the code: `check_code` and `start_session` in one transaction, and `mark_browser` for the browser cookie.
"""

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from cie import events
from cie.identity.models import UserAccount
from cie.identity.sessions import actor_for
from cie.identity.throttling import email_key, forget_password_tries
from cie.participants import Participant

WRONG = "Email or password: these do not belong together. Check both"


def account_for(session: Session, email: str) -> UserAccount | None:
    """The active account of an e-mail address, in an organization that takes part."""
    query = (
        select(UserAccount)
        .join(Participant, col(Participant.id) == col(UserAccount.organization_id))
        .where(col(UserAccount.email_key) == email_key(email), col(UserAccount.is_active), col(Participant.is_active))
    )
    return session.execute(query).scalar_one_or_none()


def password_was_right(
    session: Session, user: UserAccount, source: str, *, browser: str = "", new_hash: str | None = None, at: datetime
) -> None:
    """Forget the tries of this account from this browser or network, and keep a stronger hash when there is one."""
    forget_password_tries(session, user.email, source, browser=browser, at=at)
    if new_hash is not None:
        kept = session.get_one(UserAccount, user.id)
        kept.password_hash = new_hash
        session.add(kept)
    events.record(session, actor_for(user), "sign-in.password", user, at=at)
