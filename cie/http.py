"""What the edges share: who may call a route, the time of a request, cookies, statuses of errors, paging."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Generic, TypeVar
from urllib.parse import unquote_to_bytes
from uuid import UUID, uuid4

from flask import Flask, current_app, g, request
from flask import session as form_session
from sqlalchemy.sql import Select
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie.access import ANYONE, Actor, Permission, check
from cie.errors import CieError, NotFound
from cie.settings import Settings

View = TypeVar("View", bound=Callable[..., Any])
T = TypeVar("T")

STATUS = {
    "not-found": 404,
    "forbidden": 403,
    "suppressed": 403,
    "business-rule": 409,
    "conflict": 409,
    "duplicate": 409,
    "invalid": 422,
    "throttled": 429,
    "transient": 503,
    "login": 401,
    "scope": 403,
    "structure": 400,
    "precondition": 412,
    "precondition-required": 428,
    "range": 416,
}
"""HTTP status by the code of an error (FHIR IssueType)."""

BROWSERS = {"Firefox": "Firefox", "Edg": "Edge", "Chrome": "Chrome", "Safari": "Safari"}
FORM_TOKEN = "csrf_token"  # noqa: S105  # the name of a field
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


def cookie_name(name: str, settings: Settings) -> str:
    """The name of a cookie; bound to this host where the address is https."""
    return f"__Host-cie-{name}" if settings.is_secure else f"cie-{name}"


def session_cookie() -> str:
    """The name of the session cookie of this app."""
    return cookie_name("session", current_app.extensions["cie-settings"])


def browser_cookie() -> str:
    """The name of the cookie with the marks of a browser in which somebody signed in before."""
    return cookie_name("browser", current_app.extensions["cie-settings"])


def browser_marks() -> str:
    """The marks that this browser carries; empty for a new one."""
    return request.cookies.get(browser_cookie(), "")


def browser_name() -> str:
    """Which browser it is, in one word; empty when it does not say."""
    agent = request.user_agent.string
    return next((name for mark, name in BROWSERS.items() if mark in agent), "")


def keep_signed_in(response: Response, token: str, marks: str, *, marks_live_seconds: int) -> None:
    """Give a browser in which somebody signed in its session cookie, and the marks by which it is known again."""
    secure = current_app.extensions["cie-settings"].is_secure
    kept: Any = {"httponly": True, "samesite": "Lax", "secure": secure, "path": "/"}
    response.set_cookie(session_cookie(), token, **kept)
    response.set_cookie(browser_cookie(), marks, marks_live_seconds, **kept)


def draw_forms_for(user_id: UUID) -> None:
    """From now on the forms of this browser are theirs; those of somebody else in another tab can no longer be sent."""
    if owner_in(form_session.get(FORM_TOKEN, "")) != user_id:
        form_session[FORM_TOKEN] = f"{user_id}.{uuid4().hex}"


def owner_in(token: object) -> UUID | None:
    """For whom the forms with this token were drawn; None for nobody's."""
    try:
        return UUID(str(token).partition(".")[0])
    except ValueError:
        return None


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


_SAME = (
    "HTTP_AUTHORIZATION", "HTTP_HOST", "REMOTE_ADDR", "SCRIPT_NAME", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL",
    "wsgi.errors", "wsgi.url_scheme",
)  # fmt: skip
"""What a request in the place of another has from it."""


def carried_out(
    method: str, path: str, query: str, headers: Mapping[str, str], body: bytes, content_type: str
) -> Response:
    """What a request is answered with that came as a part of this one, as if it had come alone.

    It goes through the whole app with the token and from the address of this one, in an app context of its own: who
    asks and when is found out anew, and so is the transaction. `headers` by their names in WSGI.
    """
    asked = {**headers, "CONTENT_TYPE": content_type}
    environ = _environ(method, unquote_to_bytes(path), query, asked, body)
    with current_app.app_context():
        return Response.from_app(current_app.wsgi_app, environ, buffered=True)


@contextmanager
def as_if_asked(method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Iterator[None]:
    """Read and do what a request of before asks, as its view would; nobody is answered.

    In an app context of its own: whoever does this says in `g` who asks and when. `headers` by their names in WSGI.
    """
    environ = _environ(method, path.encode(), query, headers, body)
    with current_app.app_context(), current_app.request_context(environ):
        yield


def _environ(method: str, path: bytes, query: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """As a server gives it: bytes one by one as characters (PEP 3333)."""
    return {
        **{name: request.environ[name] for name in _SAME if name in request.environ},
        **headers,
        "REQUEST_METHOD": method,
        "PATH_INFO": path.decode("latin-1"),
        "QUERY_STRING": query.encode().decode("latin-1"),
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
    }
