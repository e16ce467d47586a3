"""A mail server in this process, by a library that others wrote, which may answer as badly as somebody wishes."""

import asyncio
import ssl
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from cie.mail import SmtpMail
from tests.support.commands import START_SECONDS
from tests.support.exchange import free_port

SENDER, USERNAME, PASSWORD = "notices@exchange.example.org", "exchange", "a long pass phrase"


@dataclass
class MailServer:
    """What it took, whole e-mails; and how it behaves from now on.

    `rcpt`, `data`: its next answers to an address and to an e-mail, instead of yes. `drags`: it says its yes a line at
    a time, without an end. `hangs`: it says nothing. `loses`: it takes an e-mail and hangs up without a word.
    """

    port: int
    taken: list[bytes] = field(default_factory=list)
    rcpt: deque[str] = field(default_factory=deque)
    data: deque[str] = field(default_factory=deque)
    drags: bool = False
    hangs: bool = False
    loses: bool = False
    secured: list[bool] = field(default_factory=list)
    """Whether each came over TLS."""

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if self.rcpt:
            return self.rcpt.popleft()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:
        if self.data:
            return self.data.popleft()
        self.taken.append(envelope.original_content)
        self.secured.append(server.transport.get_extra_info("ssl_object") is not None)
        if self.loses:
            server.transport.abort()
        while self.drags and not server.transport.is_closing():
            server.transport.write(b"250-still\r\n")
            await asyncio.sleep(0.05)
        while self.hangs and not server.transport.is_closing():
            await asyncio.sleep(0.05)
        return "250 OK"

    @property
    def letters(self) -> list[EmailMessage]:
        """What it took, read as a mail program reads it."""
        return [read(each) for each in self.taken]

    def gateway(self, security: Any = "none", host: str = "127.0.0.1", **more: Any) -> SmtpMail:
        """The way there, for the exchange."""
        return SmtpMail(SENDER, host, self.port, security, **more)


def read(mail: bytes) -> EmailMessage:
    message = message_from_bytes(mail, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def text_of(letter: EmailMessage) -> str:
    """The words of an e-mail."""
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def file_of(letter: EmailMessage) -> tuple[str, bytes]:
    """The media type and the content of what is attached."""
    (part,) = letter.iter_attachments()
    return part.get_content_type(), part.get_content()


@contextmanager
def mail_server(port: int = 0, *, security: str = "none", certificate: Path | None = None) -> Iterator[MailServer]:
    """One that runs until the block ends, on a port of its own if none is named."""
    server = MailServer(port or free_port())
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    controller = Controller(
        server,
        hostname="127.0.0.1",
        port=server.port,
        ready_timeout=START_SECONDS,
        ssl_context=context if security == "tls" else None,
        tls_context=context if security == "starttls" else None,
        require_starttls=security == "starttls",
        authenticator=_knows,
        # the library does not see that TLS stood before the first word, and then only takes a password
        auth_require_tls=security != "tls",
        auth_required=security == "starttls",
    )
    controller.start()
    try:
        yield server
    finally:
        controller.stop()


def _knows(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
    is_right = (given.login, given.password) == (USERNAME.encode(), PASSWORD.encode())
    return AuthResult(success=is_right, handled=False)
