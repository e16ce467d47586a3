"""Addresses for notices: named by an organization, confirmed by whoever reads them, stopped by them at any time."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie import events
from cie.access import Actor, ActorKind, Door, Permission, Purpose, check
from cie.db import current, match_key
from cie.errors import NotFound, NotPossibleNow
from cie.mail.models import AddressState, MailAddress
from cie.outbound import read_mailbox
from cie.participants import Participant

KIND = "mail"
ANSWER_WITHIN = timedelta(days=7)
ASKED_AGAIN_AFTER = timedelta(days=1)
MOST_ASKED = (20, timedelta(days=1))
"""How many addresses one organization may have asked in a day."""
NO_LONGER = "This link no longer works"
_ID_BYTES, _MAC_BYTES = 16, 16


def name_address(session: Session, actor: Actor, text: str, *, at: datetime) -> MailAddress:
    """The address of the caller's organization; whoever reads it is asked, unless they answered before.

    They get one e-mail, and another only when they are named again a day later. Raises NotAllowed, Invalid, TooMany.
    """
    check(actor, Permission.WEBHOOK_MANAGE)
    address = read_mailbox(text)
    # one after the other, so that two programs do not ask twice
    session.get_one(Participant, actor.organization, with_for_update={"key_share": True})
    found = _known(session, actor.organization, address)
    is_open = found is not None and found.state in (AddressState.ASKED, AddressState.REFUSED)
    if found is not None and not (is_open and found.asked_at + ASKED_AGAIN_AFTER <= at):
        return found
    row = found or _new(actor.organization, address, at)
    _ask(session, actor, row, at)
    return row


def _known(session: Session, organization_id: UUID, address: str) -> MailAddress | None:
    mine = (
        col(MailAddress.organization_id) == organization_id,
        col(MailAddress.address_key) == _key(organization_id, address),
    )
    return session.execute(select(MailAddress).where(*mine).with_for_update()).scalar_one_or_none()


def _key(organization_id: UUID, address: str) -> bytes:
    return match_key(f"mail:{address.lower()}", organization_id)


def _new(organization_id: UUID, address: str, at: datetime) -> MailAddress:
    row = MailAddress(organization_id=organization_id, address_key=_key(organization_id, address), asked_at=at)
    row.address = address
    return row


def _ask(session: Session, actor: Actor, row: MailAddress, at: datetime) -> None:
    limit, window = MOST_ASKED
    events.count_attempt(session, f"mail-asks:{row.organization_id}", limit=limit, window=window, at=at)
    row.state, row.asked_at = AddressState.ASKED, at
    session.add(row)
    session.flush()
    events.queue(
        session,
        kind=KIND,
        organization_id=row.organization_id,
        destination_id=row.id,
        order_key=f"{KIND}:{row.id}",
        dedup_key=f"{KIND}:{row.id}:{at.isoformat()}",
        due_at=at,
    )
    events.record(session, actor, "mail-address.ask", row, at=at)


def is_late(row: MailAddress, at: datetime) -> bool:
    """Whether nobody answered in time."""
    return row.state is AddressState.ASKED and row.asked_at + ANSWER_WITHIN <= at


def address_token(row: MailAddress) -> str:
    """What opens the page of an address: its id with an HMAC, so that nothing secret is kept."""
    return _token(row.id)


def _token(address_id: UUID) -> str:
    mac = hmac.digest(current().keyring.derived("mail address"), address_id.bytes, "sha256")[:_MAC_BYTES]
    return urlsafe_b64encode(address_id.bytes + mac).decode().rstrip("=")


def address_for(session: Session, token: str, *, for_change: bool = False) -> MailAddress:
    """The address whose page a link opens. Raises NotFound."""
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        address_id = UUID(bytes=raw[:_ID_BYTES])
    except ValueError as error:
        raise NotFound(NO_LONGER) from error
    # the whole text: its last letter has bits that are nothing of the bytes
    if not hmac.compare_digest(token, _token(address_id)):
        raise NotFound(NO_LONGER)
    row = session.get(MailAddress, address_id, with_for_update=for_change or None)
    if row is None:
        raise NotFound(NO_LONGER)
    return row


def confirm_address(session: Session, token: str, *, at: datetime) -> None:
    """Whoever reads it wants the notices, for the first time or again. Raises NotFound, NotPossibleNow (too late)."""
    row = address_for(session, token, for_change=True)
    if is_late(row, at):
        raise NotPossibleNow("This link is too old. Ask those who run your program to try again")
    _answer(session, row, AddressState.CONFIRMED, "mail-address.confirm", at)


def stop_address(session: Session, token: str, *, at: datetime) -> None:
    """Whoever reads it wants no e-mail any more, however often a program asks. Raises NotFound."""
    row = address_for(session, token, for_change=True)
    _answer(session, row, AddressState.STOPPED, "mail-address.stop", at)


def _answer(session: Session, row: MailAddress, state: AddressState, action: str, at: datetime) -> None:
    if row.state is state:
        return
    row.state, row.answered_at = state, at
    session.add(row)
    holder = Actor(ActorKind.LINK, row.id, row.organization_id, purpose=Purpose.OPERATIONS, door=Door.LINK)
    events.record(session, holder, action, row, at=at)
