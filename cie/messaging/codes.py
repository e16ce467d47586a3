"""Codes for one use: how a person opens their own page when they do not have their PIN.

The outbox holds no code. It is drawn when the text is rendered, so that nothing but the text has it; an attempt that is
made again draws another, and the last two stay good, for ten minutes.
"""

import hmac
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlmodel import Session, col

from cie import calendar, events, people
from cie.access import Actor, ActorKind, Door, Purpose
from cie.db import current
from cie.errors import NotPossibleNow
from cie.events import Outbox
from cie.messaging.models import OneTimeCode
from cie.messaging.telling import KIND, is_stopped
from cie.people import ContactOwner, ContactPoint, Person, PersonLink

TEMPLATE = "one-time-code"
LIVES = timedelta(minutes=10)
STAYING_GOOD = 2
_DIGITS = 6
_SENDS = ((3, timedelta(minutes=15)), (6, timedelta(days=1)))


def code_point(session: Session, link: PersonLink, *, at: datetime) -> ContactPoint | None:
    """The phone that may get a code now: the person's own, safe, with permission to text, within its safe hours.

    The network's hours do not count, since the person asks for it, nor a pause of the texts that we send by ourselves:
    the page would tell of both.
    """
    person = session.get_one(Person, link.person_id)
    return next((p for p in people.contact_points(session, person) if may_get_code(session, p, at=at)), None)


def may_get_code(session: Session, point: ContactPoint, *, at: datetime) -> bool:
    """Whether a code may go to this contact point at this moment."""
    is_good = point.owner == ContactOwner.SELF and people.may_be_texted(point)
    is_safe_now = point.safe_from_hour <= calendar.local(at).hour < point.safe_until_hour
    return is_good and is_safe_now and not is_stopped(session, point)


def send_code(session: Session, link: PersonLink, *, at: datetime) -> None:
    """Text a code to the person, in an order of its own. Raises NotPossibleNow, TooMany (after three, or six a day)."""
    point = code_point(session, link, at=at)
    if point is None:
        raise NotPossibleNow("We cannot text a code now. Use your PIN")
    name = f"code:{link.id}"
    for limit, window in _SENDS:
        events.count_attempt(session, f"{name}:{window}", limit=limit, window=window, at=at)
    events.queue(
        session,
        kind=KIND,
        organization_id=link.organization_id,
        destination_id=point.id,
        order_key=name,
        dedup_key=f"{name}:{at.isoformat()}",
        due_at=at,
        person_id=link.person_id,
        subject_id=link.id,
        codes={"template": TEMPLATE, "generation": link.generation},
    )
    events.record(session, _holder(link), "own-page.code", link, at=at, organization_id=link.organization_id)


def _holder(link: PersonLink) -> Actor:
    """Whoever holds the link: not known to be the person yet."""
    return Actor(ActorKind.LINK, link.id, on_behalf_of=link.person_id, purpose=Purpose.PERSON_REQUEST, door=Door.LINK)


def drawn_code(session: Session, row: Outbox, *, at: datetime) -> str | None:
    """A new code for the text that is rendered now; None when it comes too late, or the link ended meanwhile."""
    link = session.get(PersonLink, row.subject_id)
    is_open = link is not None and people.link_of_visit(session, link.id, row.codes["generation"], at=at) is not None
    if link is None or not is_open or at - row.created_at > LIVES:
        return None
    code = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"
    made = OneTimeCode(
        organization_id=link.organization_id, link_id=link.id, generation=link.generation, code_hash=b"", drawn_at=at
    )
    made.code_hash = _hash(made.id, code)
    session.add(made)
    session.flush()
    _forget_older(session, link.id)
    return code


def _hash(code_id: UUID, code: str) -> bytes:
    return hmac.digest(current().keyring.derived("one-time code"), code_id.bytes + code.encode(), "sha256")


def _forget_older(session: Session, link_id: UUID) -> None:
    newest = [code.id for code in _codes(session, link_id)[:STAYING_GOOD]]
    old = delete(OneTimeCode).where(col(OneTimeCode.link_id) == link_id, col(OneTimeCode.id).not_in(newest))
    session.execute(old)


def _codes(session: Session, link_id: UUID) -> list[OneTimeCode]:
    query = select(OneTimeCode).where(col(OneTimeCode.link_id) == link_id)
    return list(session.execute(query.order_by(col(OneTimeCode.id).desc())).scalars())


def use_code(session: Session, link: PersonLink, code: str, *, at: datetime) -> bool:
    """Whether this is a code that is good now; then it and the one before are used up. The try was counted before."""
    session.refresh(link, with_for_update=True)
    good = [c for c in _codes(session, link.id) if c.generation == link.generation and at - c.drawn_at <= LIVES]
    is_right = any(hmac.compare_digest(c.code_hash, _hash(c.id, code)) for c in good)
    if is_right:
        session.execute(delete(OneTimeCode).where(col(OneTimeCode.link_id) == link.id))
    return is_right
