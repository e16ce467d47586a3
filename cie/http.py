"""What the edges share: who may call a route, the time of a request, statuses of errors, paging."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from flask import Flask, g, request
from sqlalchemy.sql import Select
from sqlmodel import Session

from cie.access import ANYONE, Actor, Permission, check
from cie.errors import CieError, NotFound

View = TypeVar("View", bound=Callable[..., Any])
T = TypeVar("T")

STATUS = {
    "not-found": 404,
    "forbidden": 403,
    "suppressed": 403,
    "business-rule": 409,
    "conflict": 409,
    "invalid": 422,
    "throttled": 429,
    "transient": 503,
    "login": 401,
}
"""HTTP status by the code of an error (FHIR IssueType)."""

OPEN_ENDPOINTS = frozenset({"static", "bootstrap.static"})


class SignInNeeded(CieError):
    """The route is for staff and nobody is signed in."""

    code = "login"


def requires(permission: Permission) -> Callable[[View], View]:
    """The view is for callers who hold this permission; which record they may touch is asked by the domain."""

    def mark(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]  # a mark that `guard` reads
        return view

    return mark


def public(view: View) -> View:
    """The view is for everybody."""
    view.is_public = True  # type: ignore[attr-defined]  # a mark that `guard` reads
    return view


def guard(app: Flask, identify: Callable[[], Actor | None]) -> None:
    """Before each view, set `g.now` and `g.actor` and refuse callers whom the view is not for."""

    @app.before_request
    def admit() -> None:
        g.now = datetime.now(UTC)
        g.actor = ANYONE
        view = app.view_functions.get(request.endpoint or "")
        if view is None or request.endpoint in OPEN_ENDPOINTS:
            return
        g.actor = identify() or ANYONE
        if getattr(view, "is_public", False):
            return
        permission = getattr(view, "permission", None)
        if permission is None:
            raise NotFound("There is no such page")
        if g.actor is ANYONE:
            raise SignInNeeded("Sign in first")
        check(g.actor, permission)


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list. `total` is exact to 99; None means more than that."""

    items: list[T]
    number: int
    size: int
    has_next: bool
    total: int | None

    @property
    def first(self) -> int:
        return (self.number - 1) * self.size + 1

    @property
    def last(self) -> int:
        return self.first + len(self.items) - 1


def paginate(session: Session, query: "Select[Any]", *, number: int, size: int = 20, total: int | None) -> Page[Any]:
    """Page `number` (from 1) of a query."""
    number = max(number, 1)
    rows = session.execute(query.offset((number - 1) * size).limit(size + 1)).scalars().all()
    return Page(list(rows[:size]), number, size, len(rows) > size, total)
