"""Whose form it is: the token of every form names, signed, the member of staff for whom we drew it.

So a form that comes too late can be told from one of another site, and its words are not taken for those of whoever is
signed in now.
"""

from uuid import UUID, uuid4

from flask import current_app, request, session
from flask_wtf.csrf import validate_csrf
from itsdangerous import BadData, URLSafeTimedSerializer
from wtforms import ValidationError

FIELD = "csrf_token"
_SALT = "wtf-csrf-token"


def draw_forms_for(user_id: UUID) -> None:
    """From now on the forms of this browser are theirs; those of somebody else in another tab can no longer be sent."""
    if _owner_in(session.get(FIELD, "")) != user_id:
        session[FIELD] = f"{user_id}.{uuid4().hex}"


def owner_of_form() -> UUID | None:
    """For whom we drew the form that was posted; None when it is of another site, or of nobody's sign-in."""
    signer = URLSafeTimedSerializer(current_app.secret_key or b"", salt=_SALT)
    try:
        return _owner_in(signer.loads(request.form.get(FIELD, "")))
    except BadData:
        return None


def is_form_of(user_id: UUID) -> bool:
    """Whether we drew the posted form for this user, or for this browser before anybody signed in to it."""
    owner = owner_of_form()
    return passes() if owner is None else owner == user_id


def passes() -> bool:
    """Whether the posted form is of this browser's present token."""
    try:
        validate_csrf(request.form.get(FIELD))
    except ValidationError:
        return False
    return True


def _owner_in(value: object) -> UUID | None:
    try:
        return UUID(str(value).partition(".")[0])
    except ValueError:
        return None
