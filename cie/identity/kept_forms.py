"""What somebody posted after their session ended: kept sealed for that user alone, for a day."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, select
from sqlmodel import Session, col

from cie.identity.models import KeptForm, UserAccount

KEPT = timedelta(hours=24)
# of one user, so that an old cookie cannot fill the database
MOST_FORMS = 20
SECRET_WORDS = ("password", "code", "csrf", "token")
_PATH_CHARACTERS = 200


def keep_form(session: Session, user_id: UUID, path: str, fields: Mapping[str, list[str]], *, at: datetime) -> KeptForm:
    """Keep the fields of a form, but never a password, a code or a token. An earlier one of this page is replaced."""
    _make_room(session, user_id, path, at)
    owner = session.get_one(UserAccount, user_id).organization_id
    row = KeptForm(organization_id=owner, user_id=user_id, path=path[:_PATH_CHARACTERS], kept_at=at)
    row.fields = {n: v if len(v) > 1 else v[0] for n, v in fields.items() if v and not _is_secret(n)}
    session.add(row)
    session.flush()
    return row


def _is_secret(name: str) -> bool:
    return any(word in name.casefold() for word in SECRET_WORDS)


def _make_room(session: Session, user_id: UUID, path: str, at: datetime) -> None:
    rows = session.execute(_forms(user_id).order_by(col(KeptForm.id).desc())).scalars().all()
    for number, row in enumerate(rows, 2):
        if row.path == path[:_PATH_CHARACTERS] or row.kept_at <= at - KEPT or number > MOST_FORMS:
            session.delete(row)


def _forms(user_id: UUID) -> Select[KeptForm]:
    return select(KeptForm).where(col(KeptForm.user_id) == user_id)


def take_form(
    session: Session, user_id: UUID, path: str | None, *, at: datetime | None = None
) -> dict[str, Any] | None:
    """The newest form that this user posted to this address (None: to any) while signed out; given back once.

    With `at`, one that is older than a day stays hidden until the hourly cleaning removes it.
    """
    row = session.execute(_newest(user_id, path, at)).scalar_one_or_none()
    if row is None:
        return None
    fields: dict[str, Any] = row.fields
    session.delete(row)
    session.flush()
    return fields


def has_form(session: Session, user_id: UUID, path: str, *, at: datetime | None = None) -> bool:
    """Whether something typed before a sign-out waits for this page."""
    return session.execute(_newest(user_id, path, at)).first() is not None


def _newest(user_id: UUID, path: str | None, at: datetime | None) -> Select[KeptForm]:
    query = _forms(user_id)
    if path is not None:
        query = query.where(col(KeptForm.path) == path[:_PATH_CHARACTERS])
    if at is not None:
        query = query.where(col(KeptForm.kept_at) > at - KEPT)
    return query.order_by(col(KeptForm.id).desc()).limit(1)


def forget_old_forms(session: Session, *, at: datetime) -> None:
    """Forms that nobody came back for are deleted after a day."""
    session.execute(delete(KeptForm).where(col(KeptForm.kept_at) <= at - KEPT))
