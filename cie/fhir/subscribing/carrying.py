"""How each channel carries a notification: by a POST to the address of the program, or by e-mail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlmodel import Session

from cie import outbound
from cie.errors import Busy, Invalid
from cie.events import DeliveryState, Outbox, Outcome
from cie.fhir.answering import JSON, XML
from cie.fhir.formats import write_json, write_xml
from cie.fhir.subscribing.channels import HEADER
from cie.fhir.subscribing.models import Subscription
from cie.fhir.subscribing.noticing import EVENT, HANDSHAKE, HEARTBEAT
from cie.mail import Attachment, Letter, MailDeliverer, hand_over

GONE = 410
Resource = dict[str, Any]


class Carrier(Protocol):
    """One channel: whether it is open now, how it packs what is to go, and how that went."""

    def holds(self, session: Session, subscription: Subscription, *, at: datetime) -> Outcome | None:
        """How a notification ends without being sent, or waits; None when it may go."""

    def packed(self, session: Session, subscription: Subscription, row: Outbox, said: Resource, *, at: datetime) -> Any:
        """A notification as the channel takes it."""

    def carry(self, packed: Any, type: str) -> Outcome:
        """Send it, with no transaction open."""


@dataclass(frozen=True)
class Post:
    """A notification ready to be posted."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class HookCarrier:
    """Posts. A handshake that is not answered, and an address that is gone, is not tried again.

    `may_be_private`: addresses of this machine will do, for demo.
    """

    may_be_private: bool

    def holds(self, session: Session, subscription: Subscription, *, at: datetime) -> None:
        """Always open."""

    def packed(
        self, session: Session, subscription: Subscription, row: Outbox, said: Resource, *, at: datetime
    ) -> Post:
        """With the headers that the program asked for."""
        media_type, body = _file_of(subscription, said)
        return Post(subscription.endpoint, {**_pairs_of(subscription.headers), "Content-Type": media_type}, body)

    def carry(self, packed: Post, type: str) -> Outcome:
        """Any answer but 2xx is none."""
        fault = self._fault(packed)
        if not fault:
            return Outcome(DeliveryState.SENT)
        is_over = type == HANDSHAKE or fault == f"answered {GONE}"
        return Outcome(DeliveryState.DEAD if is_over else DeliveryState.RETRY, fault)

    def _fault(self, post: Post) -> str:
        """What went wrong; empty when it was taken."""
        try:
            answer = outbound.fetch(
                post.url, method="POST", body=post.body, headers=post.headers, may_be_private=self.may_be_private,
                wants_content=False,
            )  # fmt: skip
        except Busy:
            return "no answer"
        except Invalid:
            return "address refused"
        return "" if 200 <= answer.status < 300 else f"answered {answer.status}"


def _pairs_of(headers: list[str]) -> dict[str, str]:
    """Headers by their names."""
    forms = [form for text in headers if (form := HEADER.fullmatch(text))]
    return {form[1]: form[2] for form in forms}


def _file_of(subscription: Subscription, said: Resource) -> tuple[str, bytes]:
    """A notification in the format that was asked for, and the name of that."""
    return (XML, write_xml(said)) if subscription.is_xml else (JSON, write_json(said))


_WORDS = {
    EVENT: "Something that your program asked to hear of is new or changed. This is number {number}.",
    HANDSHAKE: "From now on notices come here.",
    HEARTBEAT: "Nothing new. We are there.",
}
"""What an e-mail says to whoever reads it. Its attachment says the rest to a program."""


@dataclass(frozen=True)
class MailCarrier:
    """Writes e-mails, to addresses alone whose reader said yes.

    Nothing is given up because our own mail server is away; an address that it refuses for good is.
    """

    mail: MailDeliverer
    base: str

    def holds(self, session: Session, subscription: Subscription, *, at: datetime) -> Outcome | None:
        """Not before the reader of the address said yes, nor after they said no."""
        return self.mail.holds(session, _mailbox(subscription), at=at)

    def packed(
        self, session: Session, subscription: Subscription, row: Outbox, said: Resource, *, at: datetime
    ) -> Letter:
        """Plain words, where to ask for more, and the notification as a file unless none was wanted."""
        words = _WORDS[row.codes["type"]].format(number=row.codes["number"])
        text = f"{words}\nYour program reads more at:\n{self.base}/Subscription/{subscription.id}/$events"
        return self.mail.notice(session, _mailbox(subscription), row.id, text, _attached(subscription, said), at=at)

    def carry(self, packed: Letter, type: str) -> Outcome:
        """Taken by the mail server, or tried again, or refused for good."""
        return hand_over(self.mail.gateway, packed)


def _mailbox(subscription: Subscription) -> UUID:
    """The address of a subscription that hears by e-mail."""
    assert subscription.mail_address_id is not None
    return subscription.mail_address_id


def _attached(subscription: Subscription, said: Resource) -> Attachment | None:
    if subscription.is_bare:
        return None
    media_type, content = _file_of(subscription, said)
    return Attachment(f"notification.{'xml' if subscription.is_xml else 'json'}", media_type, content)
