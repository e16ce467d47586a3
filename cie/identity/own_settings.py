"""What members of staff change about their own account; password and phone app need a recent proof of both factors."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from cie import events
from cie.access import Actor
from cie.identity.accounts import check_name, own_account
from cie.identity.models import UserAccount
from cie.identity.second_factor import first_step, new_recovery_codes
from cie.identity.sessions import end_all_sessions, require_recent_proof


def change_password(session: Session, actor: Actor, password_hash: str, *, keep: UUID, at: datetime) -> UserAccount:
    """A new password; every session but `keep`, the one in which it was changed, ends.

    The password was checked and hashed before, with no transaction open.
    Raises NotFound, NotPossibleNow (both factors are to be given again in `keep`).
    """
    user = own_account(session, actor)
    require_recent_proof(session, actor, keep, at=at)
    user.password_hash = password_hash
    session.add(user)
    end_all_sessions(session, user.id, but=keep, at=at)
    events.record(session, actor, "account.password", user, at=at)
    return user


def set_up_totp(session: Session, actor: Actor, *, secret: str, code: str, keep: UUID, at: datetime) -> UserAccount:
    """Another phone app; `code` shows that it knows the secret. The old app and every session but `keep` end.

    Raises Invalid, NotFound, NotPossibleNow (both factors are to be given again in `keep`).
    """
    user = own_account(session, actor)
    require_recent_proof(session, actor, keep, at=at)
    user.totp_step = first_step(secret, code, at=at)
    user.totp_secret = secret
    session.add(user)
    end_all_sessions(session, user.id, but=keep, at=at)
    events.record(session, actor, "account.phone-app", user, at=at)
    return user


def renew_recovery_codes(session: Session, actor: Actor, *, keep: UUID, at: datetime) -> list[str]:
    """New recovery codes, shown once; those of before stop working.

    Raises NotFound, NotPossibleNow (both factors are to be given again in `keep`).
    """
    user = own_account(session, actor)
    require_recent_proof(session, actor, keep, at=at)
    return new_recovery_codes(session, user, at=at)


def set_preferences(
    session: Session, actor: Actor, *, name: str, language: str, keys_on: bool, at: datetime
) -> UserAccount:
    """The caller's own name, language and keyboard keys. Raises Invalid."""
    user = own_account(session, actor)
    check_name(name)
    user.name, user.language, user.keys_on = name.strip(), language, keys_on
    session.add(user)
    events.record(session, actor, "account.preferences", user, at=at)
    return user
