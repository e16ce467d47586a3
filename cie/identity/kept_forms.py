"""What somebody posted after their session ended: kept sealed for that user alone, for a day."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie.identity.models import KeptForm

SECRET_WORDS = ("password", "code", "csrf", "token")


def keep_form(session: Session, user_id: UUID, path: str, fields: Mapping[str, list[str]], *, at: datetime) -> KeptForm:
    """Keep the fields of a form, but never a password, a code or a token."""
    kept = {n: v if len(v) > 1 else v[0] for n, v in fields.items() if v and not any(w in n for w in SECRET_WORDS)}
    row = KeptForm(user_id=user_id, path=path[:200], kept_at=at)
    row.fields = kept
    session.add(row)
    return row


def take_form(session: Session, user_id: UUID, path: str) -> dict[str, Any] | None:
    """The newest form that this user posted to this address while signed out; it is given back once."""
    query = (
        select(KeptForm)
        .where(col(KeptForm.user_id) == user_id, col(KeptForm.path) == path)
        .order_by(col(KeptForm.id).desc())
        .limit(1)
    )
    row = session.execute(query).scalar_one_or_none()
    if row is None:
        return None
    fields = row.fields
    session.delete(row)
    return fields


def has_form(session: Session, user_id: UUID, path: str) -> bool:
    """Whether something typed before a sign-out waits for this page."""
    query = select(col(KeptForm.id)).where(col(KeptForm.user_id) == user_id, col(KeptForm.path) == path).limit(1)
    return session.execute(query).first() is not None
