"""A visit to one's own page: which link was opened in this browser, and whether the PIN was given a short while ago."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import current_app, g, request
from itsdangerous import BadData, URLSafeSerializer
from sqlmodel import Session
from werkzeug.wrappers import Response

from cie import people
from cie.access import Actor
from cie.db import reading
from cie.errors import NotFound
from cie.http import cookie_name
from cie.people import AnyLink, Person, PersonLink
from cie.web.language import COOKIE as LANGUAGE_COOKIE
from cie.web.language import LANGUAGES

IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=2)
LINK_COOKIE_SECONDS = 3600
LINK, VISIT = "link", "visit"
_SALT = "own-page"


@dataclass(frozen=True)
class Visit:
    """By which link somebody came in, and when; the cookie holds it with our signature."""

    link_id: UUID
    generation: int
    since: datetime
    seen: datetime

    def counts(self, at: datetime) -> bool:
        """Fifteen minutes without use end it, and two hours in all."""
        return at - self.seen <= IDLE and at - self.since <= LONGEST


def cookie_value(visit: Visit) -> str:
    """The visit as the cookie keeps it."""
    said = [str(visit.link_id), visit.generation, visit.since.timestamp(), visit.seen.timestamp()]
    return str(_signer().dumps(said))


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or b"", salt=_SALT)


def _visit() -> Visit | None:
    try:
        said: Sequence[Any] = _signer().loads(request.cookies.get(name_of(VISIT), ""))
    except BadData:
        return None
    since, seen = (datetime.fromtimestamp(moment, UTC) for moment in said[2:])
    return Visit(UUID(said[0]), said[1], since, seen)


def visitor() -> Actor | None:
    """Who came in with this browser, the person or a proxy; `g.link` is the link that was opened, also before that."""
    visit, g.link = _visit(), None
    with reading() as session:
        inside = _link_inside(session, visit)
        g.link = inside or opened_link(session)
        if isinstance(g.link, PersonLink):
            _speak(session.get_one(Person, g.link.person_id).language)
    if inside is None:
        return None
    g.visit = visit
    return people.person_behind(inside)


def _link_inside(session: Session, visit: Visit | None) -> AnyLink | None:
    if visit is None or not visit.counts(g.now):
        return None
    return people.link_of_visit(session, visit.link_id, visit.generation, at=g.now)


def opened_link(session: Session) -> AnyLink | None:
    """The link that was opened in this browser within the last hour, while it works."""
    try:
        return people.link_for(session, request.cookies.get(name_of(LINK), ""), at=g.now)
    except NotFound:
        return None


def _speak(language: str) -> None:
    """The person's own language, unless another was chosen in this browser."""
    if request.cookies.get(LANGUAGE_COOKIE) not in LANGUAGES and language in LANGUAGES:
        g.language = language


def name_of(cookie: str) -> str:
    """The name of one of the two cookies; neither tells what it is for."""
    return cookie_name(cookie, current_app.extensions["cie-settings"])


def keep_link(response: Response, token: str) -> None:
    """Remember for an hour which link was opened."""
    _set(response, LINK, token, LINK_COOKIE_SECONDS)


def begin_visit(link: AnyLink) -> None:
    """The PIN or the code was right: from now on this browser shows the page."""
    g.visit = Visit(link.id, link.generation, g.now, g.now)


def keep_visit(response: Response) -> None:
    """Note in the cookie that the page is in use."""
    visit: Visit | None = getattr(g, "visit", None)
    if visit is not None:
        again = Visit(visit.link_id, visit.generation, visit.since, g.now)
        _set(response, VISIT, cookie_value(again), int(IDLE.total_seconds()))


def forget_visit(response: Response) -> None:
    """Whoever leaves must open the link and give the PIN again."""
    g.visit = None
    secure = current_app.extensions["cie-settings"].is_secure
    for cookie in (VISIT, LINK):
        response.delete_cookie(name_of(cookie), path="/", secure=secure, httponly=True, samesite="Lax")


def _set(response: Response, cookie: str, value: str, seconds: int) -> None:
    secure = current_app.extensions["cie-settings"].is_secure
    response.set_cookie(name_of(cookie), value, seconds, httponly=True, samesite="Lax", secure=secure, path="/")
