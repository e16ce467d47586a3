"""Whose form it is: the token of every form names, signed, the member of staff for whom we drew it.

So a form that comes too late can be told from one of another site, and its words are not taken for those of whoever is
signed in now.
"""

from uuid import UUID

from flask import current_app, request
from flask_wtf.csrf import validate_csrf
from itsdangerous import BadData, URLSafeTimedSerializer
from wtforms import ValidationError

from cie.http import FORM_TOKEN, owner_in

_SALT = "wtf-csrf-token"


def owner_of_form() -> UUID | None:
    """For whom we drew the form that was posted; None when it is of another site, or of nobody's sign-in."""
    signer = URLSafeTimedSerializer(current_app.secret_key or b"", salt=_SALT)
    try:
        return owner_in(signer.loads(request.form.get(FORM_TOKEN, "")))
    except BadData:
        return None


def is_form_of(user_id: UUID) -> bool:
    """Whether we drew the posted form for this user, or for this browser before anybody signed in to it."""
    owner = owner_of_form()
    return passes() if owner is None else owner == user_id


def passes() -> bool:
    """Whether the posted form is of this browser's present token."""
    try:
        validate_csrf(request.form.get(FORM_TOKEN))
    except ValidationError:
        return False
    return True
