"""A program that hears by e-mail: its mailbox at a real mail server, whoever reads it, and what arrived."""

import re
from email.message import EmailMessage
from typing import Any

from cie import mail
from cie.db import transaction
from cie.fhir.formats import read_json, read_xml
from cie.mail import MailDeliverer
from tests.fhir.subscribing.setting import JSON, NETWORK, PAGE, XML, Listener, Resource, extension, numbers, said
from tests.mail.server import MailServer, file_of, text_of

INTAKE = "intake@pantry.example.org"


def by_mail(address: str = INTAKE, *, payload: str = JSON, content: str = "id-only", **said: Any) -> Resource:
    """What `wish` takes for a subscription by e-mail."""
    channel = {"type": "email", "payload": payload, **said.pop("channel", {})}
    return {"endpoint": f"mailto:{address}", "content": content, "channel": channel, **said}


def every(seconds: int) -> Resource:
    """A part of a channel: a heartbeat."""
    return {"extension": [extension("backport-heartbeat-period", valueUnsignedInt=seconds)]}


def use(listener: Listener, server: MailServer) -> None:
    """The exchange sends e-mail by this server."""
    listener.mails = MailDeliverer(server.gateway(), NETWORK, PAGE)


def token_in(letter: EmailMessage) -> str:
    """What opens the page that an e-mail names."""
    return re.findall(rf"{PAGE}(\S+)", text_of(letter))[-1]


def confirm(listener: Listener, letter: EmailMessage) -> None:
    """Whoever reads it says yes."""
    with transaction() as session:
        mail.confirm_address(session, token_in(letter), at=listener.now)


def stop(listener: Listener, letter: EmailMessage) -> None:
    """Whoever reads it says no."""
    with transaction() as session:
        mail.stop_address(session, token_in(letter), at=listener.now)


def bundles_in(letters: list[EmailMessage]) -> list[Resource]:
    """The notifications that are attached; the question to an address has none."""
    files = [file_of(each) for each in letters if list(each.iter_attachments())]
    return [read_xml(content) if kind == XML else read_json(content) for kind, content in files]


def types_in(letters: list[EmailMessage]) -> list[str]:
    return [said(each)["type"] for each in bundles_in(letters)]


def told_in(letters: list[EmailMessage]) -> list[tuple[int, str]]:
    """The events that came, in the order in which they did."""
    return [event for each in bundles_in(letters) for event in numbers(each)]
