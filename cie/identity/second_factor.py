"""The second factor: codes of a phone app (RFC 6238: SHA-1, 6 digits, 30 seconds), and recovery codes without it."""

import hmac
import secrets
import unicodedata
from base64 import b32encode
from datetime import datetime
from uuid import UUID

import pyotp
from sqlalchemy import Select, func, select
from sqlmodel import Session, col

from cie import events
from cie.db import current
from cie.errors import Invalid
from cie.identity.models import RecoveryCode, UserAccount
from cie.identity.sessions import actor_for
from cie.identity.throttling import count_code_try, forget_code_tries

RECOVERY_CODES = 10
WRONG_CODE = "Code: this one does not work. Use the newest one of your app"
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
_HALF_CODE_LETTERS = 5
_SECRET_BYTES = 20
# one step of 30 seconds to either side, for clocks that are a little off
_STEPS = (-1, 0, 1)


def check_code(session: Session, user: UserAccount, code: str, *, browser: str = "", at: datetime) -> None:
    """Accept a code of the phone app, each time step once, or an unused recovery code.

    The caller commits also after Invalid, so that the try stays counted. Raises Invalid, TooMany.
    """
    count_code_try(session, user, browser, at=at)
    user = session.get_one(UserAccount, user.id, with_for_update=True, populate_existing=True)
    given = _typed(code)
    if not user.is_active or not (_is_next_code(user, given, at) or _is_recovery_code(session, user, given, at)):
        raise Invalid(WRONG_CODE, "code")
    forget_code_tries(session, user, browser, at=at)
    session.add(user)


def _typed(code: str) -> str:
    """What was meant, without the spaces and dashes that people add."""
    return "".join(c for c in unicodedata.normalize("NFKC", code) if c.isalnum()).lower()


def _is_next_code(user: UserAccount, given: str, at: datetime) -> bool:
    step = _step_of(user.totp_secret or "", given, user.totp_step, at)
    if step is None:
        return False
    user.totp_step = step
    return True


def _step_of(secret: str, given: str, last_used: int, at: datetime) -> int | None:
    """The time step whose code this is, if it lies near `at` and after the last one used."""
    if not secret:
        return None
    totp = pyotp.TOTP(secret)
    now = int(at.timestamp()) // totp.interval
    for step in (now + near for near in _STEPS):
        if step > last_used and hmac.compare_digest(totp.generate_otp(step).encode(), given.encode()):
            return step
    return None


def new_totp_secret() -> str:
    """A secret for a phone app: 160 bits in base 32."""
    return pyotp.random_base32()


def phone_app_secret(user: UserAccount, session_id: UUID) -> str:
    """The secret that a set-up page offers: the same until it is set up, so nothing is kept meanwhile."""
    return derived_secret(user.id.bytes + session_id.bytes + (user.totp_secret or "").encode())


def derived_secret(said: bytes) -> str:
    """A secret for a phone app that can be made again from what was `said`, and only with our keys."""
    return b32encode(hmac.digest(current().keyring.derived("phone app"), said, "sha256")[:_SECRET_BYTES]).decode()


def totp_address(secret: str, email: str, network: str) -> str:
    """What the picture that a phone app scans says (otpauth://). It holds the secret: never log or keep it."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=network)


def first_step(secret: str, code: str, *, at: datetime) -> int:
    """The time step that proves that the phone app was set up with this secret. Raises Invalid."""
    step = _step_of(secret, _typed(code), 0, at)
    if step is None:
        raise Invalid(WRONG_CODE, "code")
    return step


def new_recovery_codes(session: Session, user: UserAccount, *, at: datetime, count: int = RECOVERY_CODES) -> list[str]:
    """Ten codes for one sign-in each, shown once; those of before stop working."""
    for row in session.execute(_unused(user.id)).scalars():
        row.used_at = at
        session.add(row)
    codes = [f"{_letters()}-{_letters()}" for _n in range(count)]
    session.add_all([RecoveryCode(user_id=user.id, code_hash=_code_hash(user, _typed(code))) for code in codes])
    events.record(session, actor_for(user), "account.recovery-codes", user, at=at)
    return codes


def recovery_codes_left(session: Session, user_id: UUID) -> int:
    """How many recovery codes a member of staff still has."""
    left: int = session.execute(select(func.count()).select_from(_unused(user_id).subquery())).scalar_one()
    return left


def _unused(user_id: UUID) -> Select[RecoveryCode]:
    return select(RecoveryCode).where(col(RecoveryCode.user_id) == user_id, col(RecoveryCode.used_at).is_(None))


def _letters() -> str:
    return "".join(secrets.choice(_LETTERS) for _n in range(_HALF_CODE_LETTERS))


def _is_recovery_code(session: Session, user: UserAccount, given: str, at: datetime) -> bool:
    query = _unused(user.id).where(col(RecoveryCode.code_hash) == _code_hash(user, given)).with_for_update()
    found = session.execute(query).scalars().first()
    if found is None:
        return False
    found.used_at = at
    session.add(found)
    events.record(session, actor_for(user), "sign-in.recovery-code", user, at=at)
    return True


def _code_hash(user: UserAccount, given: str) -> bytes:
    """Keyed, since a code is short enough to be found by trying all of them."""
    return hmac.digest(current().keyring.derived("recovery code"), user.id.bytes + given.encode(), "sha256")
