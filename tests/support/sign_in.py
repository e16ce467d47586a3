"""Members of staff with a password and a phone app, and the way they sign in through the pages."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
from flask import Flask
from sqlmodel import Session

from cie import identity
from cie.db import transaction
from cie.identity import UserAccount
from cie.participants import Participant
from tests.factories import make_staff
from tests.support.web import Browser

PASSWORD = "lantern orbit mango shelf"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PASSWORD_HASH = identity.hash_password(PASSWORD)


def make_member(session: Session, organization: Participant, *roles: Any, **fields: Any) -> UserAccount:
    """A member of staff who can sign in."""
    return make_staff(session, organization, *roles, password_hash=PASSWORD_HASH, totp_secret=SECRET, **fields)


def code_at(at: datetime | None = None, secret: str = SECRET, steps: int = 0) -> str:
    """What the phone app shows, `steps` half minutes later."""
    return pyotp.TOTP(secret).at(at or datetime.now(UTC), counter_offset=steps)


def sign_in(app: Flask, user: UserAccount, *, browser: Browser | None = None, steps: int = 0) -> Browser:
    """A browser in which somebody signed in through the pages."""
    browser = browser or Browser(app)
    browser.post("/sign-in", email=user.email, password=PASSWORD)
    browser.post("/sign-in/code", code=code_at(steps=steps))
    return browser


def pass_time(user: UserAccount, **by: float) -> None:
    """Make the sessions of a member of staff older."""
    with transaction() as session:
        for row in identity.sessions_of(session, user.id, at=datetime.now(UTC)):
            row.created_at -= timedelta(**by)
            row.last_seen_at -= timedelta(**by)
            row.second_factor_at = (row.second_factor_at or row.created_at) - timedelta(**by)
            session.add(row)
