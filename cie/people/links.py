"""The links by which a person, or a proxy of theirs, comes to the person's own page.

A link alone opens nothing. Its token is an HMAC over the id of the row and its generation, so that nothing secret is
kept and a new link ends the one before. A try is counted before the PIN or code is looked at; a used-up allowance only
means waiting, and only who holds the link can use it up.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from cie import events, identity
from cie.access import Actor, ActorKind, Door, Purpose
from cie.db import current
from cie.errors import NotFound
from cie.identity.throttling import network_of
from cie.people.models import Person, PersonLink, PersonProxy
from cie.people.proxy_days import stands

AnyLink = PersonLink | PersonProxy
NO_LONGER = "This link no longer works. Ask for a new one"
WINDOW, DAY = timedelta(minutes=15), timedelta(days=1)
TRIES_FROM_NETWORK, TRIES_A_DAY, PROXY_TRIES_A_DAY = 5, 20, 5
_ID_BYTES, _MAC_BYTES = 16, 16


def works(session: Session, link: AnyLink, at: datetime) -> bool:
    """Whether the link opens the page now; one of a proxy also needs that they may still stand for the person."""
    if link.ended_at is not None or link.expires_at <= at:
        return False
    return isinstance(link, PersonLink) or stands(link, session.get_one(Person, link.person_id), at)


def link_token(link: AnyLink) -> str:
    """The token of a link, the same each time it is asked for: its id with an HMAC of id and generation."""
    return urlsafe_b64encode(link.id.bytes + _mac(link)).decode().rstrip("=")


def _mac(link: AnyLink) -> bytes:
    said = link.id.bytes + link.generation.to_bytes(4, "big")
    return hmac.digest(current().keyring.derived("own page"), said, "sha256")[:_MAC_BYTES]


def _row(session: Session, link_id: UUID) -> AnyLink | None:
    """The row of this id; one that is there takes as many statements as one that is not."""
    own, proxys = session.get(PersonLink, link_id), session.get(PersonProxy, link_id)
    return own or proxys


def link_for(session: Session, token: str, *, at: datetime) -> AnyLink:
    """The link of a token. Raises NotFound, alike for unknown, ended, replaced and expired ones."""
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        link = _row(session, UUID(bytes=raw[:_ID_BYTES]))
    except ValueError as error:
        raise NotFound(NO_LONGER) from error
    if link is None or not hmac.compare_digest(raw[_ID_BYTES:], _mac(link)) or not works(session, link, at):
        raise NotFound(NO_LONGER)
    return link


def link_of_visit(session: Session, link_id: UUID, generation: int, *, at: datetime) -> AnyLink | None:
    """The link by which somebody came in, while it still works."""
    link = _row(session, link_id)
    return link if link is not None and link.generation == generation and works(session, link, at) else None


def count_pin_try(session: Session, link: AnyLink, source: str, *, at: datetime) -> None:
    """Count a try before the PIN or the code is looked at, in a transaction of its own. `source`: the network address.

    Raises TooMany: wait a quarter of an hour, or a day when many networks tried.
    """
    for what, limit, window in _limits(link, source):
        events.count_attempt(session, what, limit=limit, window=window, at=at)


def _limits(link: AnyLink, source: str) -> list[tuple[str, int, timedelta]]:
    """Five tries from one network; twenty a day from all for the 90 days of a person's link, five for the year of a
    proxy's: not one PIN in 500 is found. Of the codes two may be open, so that of them not one in 250 is.
    """
    name = f"own-page:{link.id}:{link.generation}"
    a_day = TRIES_A_DAY if isinstance(link, PersonLink) else PROXY_TRIES_A_DAY
    return [(f"{name}:from:{network_of(source)}", TRIES_FROM_NETWORK, WINDOW), (f"{name}:day", a_day, DAY)]


def is_pin_of(link: AnyLink, pin: str) -> bool:
    """Whether this is the PIN of the link; takes as long when it is not. Call it with no transaction open."""
    return identity.verify_password(link.pin_hash, pin)


def came_in(session: Session, link: AnyLink, source: str, *, by: str, at: datetime) -> None:
    """The PIN or the code (`by`) was right: the tries of this network start over; what others tried stays counted.

    Raises NotFound when the link ended meanwhile.
    """
    if link_of_visit(session, link.id, link.generation, at=at) is None:
        raise NotFound(NO_LONGER)
    (own, limit, window), (of_day, *_all) = _limits(link, source)
    tried = limit - events.attempts_left(session, own, limit=limit, window=window, at=at)
    events.forget_attempts(session, own)
    events.forgive_attempts(session, of_day, tried)
    caller, owner = person_behind(link), link.organization_id
    events.record(session, caller, "own-page.enter", link, at=at, organization_id=owner, by=by)


def person_behind(link: AnyLink) -> Actor:
    """The caller that somebody is once they came in: the person, or who acts on their behalf."""
    if isinstance(link, PersonProxy):
        caller = Actor(ActorKind.PROXY, link.id, on_behalf_of=link.person_id)
    else:
        caller = Actor(ActorKind.PERSON, link.person_id)
    return replace(caller, purpose=Purpose.PERSON_REQUEST, door=Door.LINK)
