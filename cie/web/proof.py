"""Proof of who somebody is: password, then code. At sign-in, and again before what is sensitive."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from uuid import UUID

from flask import g, redirect, request, url_for
from sqlmodel import Session

from cie import identity
from cie.db import reading, transaction
from cie.errors import Invalid
from cie.http import browser_marks
from cie.identity import UserAccount
from cie.web.forms import own_page
from cie.web.session import keep_for_later

T = TypeVar("T")


def account_with(email: str, password: str) -> UserAccount:
    """The account to which e-mail and password belong; the try is counted before they are looked at.

    Raises Invalid, TooMany.
    """
    source, marks = request.remote_addr or "", browser_marks()
    with transaction() as session:
        identity.count_password_try(session, email, source, browser=marks, at=g.now)
    with reading() as session:
        user = identity.account_for(session, email)
    if not identity.verify_password(user.password_hash if user else None, password) or user is None:
        raise Invalid(identity.WRONG, "email")
    outdated = user.password_hash is not None and identity.needs_rehash(user.password_hash)
    new_hash = identity.hash_password(password) if outdated else None
    with transaction() as session:
        identity.password_was_right(session, user, source, browser=marks, new_hash=new_hash, at=g.now)
    return user


def with_code(user_id: UUID, code: str, then: Callable[[Session, UserAccount], T]) -> T:
    """Check the code and do, in the same transaction, what it was given for. A wrong try stays counted.

    Raises Invalid, TooMany.
    """
    with transaction() as session:
        user = session.get_one(UserAccount, user_id, with_for_update=True)
        try:
            identity.check_code(session, user, code, browser=browser_marks(), at=g.now)
        except Invalid as error:
            fault = error
        else:
            return then(session, user)
    raise fault


def proven(view: Callable[..., Any]) -> Callable[..., Any]:
    """The view is for who gave both factors in the last ten minutes; others are asked, and come back to their form."""

    @wraps(view)
    def run(**arguments: Any) -> Any:
        if identity.needs_reauthentication(g.signed_in.session, g.now):
            keep_for_later()
            return redirect(url_for("settings.confirm", next=own_page()), 303)
        return view(**arguments)

    return run
