"""Asking whoever reads an address, by one e-mail with a link; and what other e-mails have to do with that answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from cie import events
from cie.events import DeliveryState, Outbox, Outcome
from cie.mail.addresses import address_token, is_late
from cie.mail.gateway import MailGateway, hand_over
from cie.mail.letters import Attachment, Letter
from cie.mail.models import AddressState, MailAddress
from cie.mail.words import ASKING, ASKING_SUBJECT, TELLING, TELLING_SUBJECT

MOST_TO_ONE = (3, timedelta(days=1))
"""How often one address is asked in a day, for all organizations together: nobody can be flooded through us."""
_ENDED = {AddressState.STOPPED: "stopped by its reader", AddressState.REFUSED: "the address was refused"}


@dataclass(frozen=True)
class MailDeliverer:
    """Delivers outbox rows of kind `mail`: the question to a new address. `page`: where an address is answered for.

    Others write notices through it, to addresses that said yes. `network`: in whose name it is written.
    """

    gateway: MailGateway
    network: str
    page: str

    def prepare(self, session: Session, row: Outbox, *, at: datetime) -> Letter | Outcome:
        """Ask, unless they answered meanwhile, or were asked often today."""
        address = session.get_one(MailAddress, row.destination_id)
        if address.state is not AddressState.ASKED or is_late(address, at):
            return Outcome(DeliveryState.DROPPED, "answered")
        if row.attempts == 1 and not _is_counted(session, address, at):
            return Outcome(DeliveryState.WAITING, "asked often", due_at=at + MOST_TO_ONE[1])
        words = {"network": self.network, "page": self._page_of(address)}
        return Letter(row.id, address.address, ASKING_SUBJECT.format(**words), ASKING.format(**words), at)

    def send(self, prepared: Letter, *, interrupted: bool) -> Outcome:
        """One that may have arrived goes again, and is the same to whoever reads it."""
        return hand_over(self.gateway, prepared)

    def settled(self, session: Session, row: Outbox, outcome: Outcome, *, at: datetime) -> None:
        """An address that does not exist is not asked again by itself."""
        if outcome.state is not DeliveryState.DEAD:
            return
        address = session.get_one(MailAddress, row.destination_id, with_for_update=True)
        if address.state is AddressState.ASKED:
            address.state, address.answered_at = AddressState.REFUSED, at
            session.add(address)

    def holds(self, session: Session, address_id: UUID, *, at: datetime) -> Outcome | None:
        """How a notice to an address ends without being sent, or waits; None when it may go."""
        address = session.get_one(MailAddress, address_id)
        if address.state is AddressState.CONFIRMED:
            return None
        if address.state is AddressState.ASKED and not is_late(address, at):
            return Outcome(DeliveryState.WAITING, "not confirmed yet", due_at=at + timedelta(minutes=1))
        return Outcome(DeliveryState.DEAD, _ENDED.get(address.state, "not confirmed in time"))

    def notice(
        self, session: Session, address_id: UUID, id: UUID, said: str, attachment: Attachment | None, *, at: datetime
    ) -> Letter:
        """A notice as it is written to an address; every one says how to stop them."""
        address = session.get_one(MailAddress, address_id)
        text = TELLING.format(said=said, page=self._page_of(address))
        return Letter(id, address.address, TELLING_SUBJECT.format(network=self.network), text, at, attachment)

    def _page_of(self, address: MailAddress) -> str:
        return self.page + address_token(address)


def _is_counted(session: Session, address: MailAddress, at: datetime) -> bool:
    """Whether the address may be asked once more today; then that is counted."""
    limit, window = MOST_TO_ONE
    what = f"mail-asked:{address.address.lower()}"
    if not events.attempts_left(session, what, limit=limit, window=window, at=at):
        return False
    events.count_attempt(session, what, limit=limit, window=window, at=at)
    return True
