"""Where an e-mail leaves the exchange: the operator's mail server, or the sandbox of the demo.

This is the only module that speaks SMTP. Nothing here writes an address or words to a log or into an exception: those
of the library, which hold both, are replaced and not chained.
"""

import smtplib
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import Literal, Protocol

import requests

from cie.events import DeliveryState, Outcome
from cie.mail.letters import Letter, written
from cie.outbound import ended, seconds_until, trusted

CONNECT_SECONDS, SILENCE_SECONDS, WHOLE_SECONDS = 5.0, 10.0, 30.0
"""For connecting, for waiting for the next line, and for everything; together less than a lease of the outbox."""
LAST_TRY_LATER = 499
"""The highest code by which a mail server asks to come back: RFC 5321, 4.2.1."""


class MailRefused(Exception):
    """The server answered no. `is_final`: to this address the same e-mail will never go."""

    def __init__(self, code: int, *, is_final: bool) -> None:
        super().__init__(f"The mail server refused with code {code}")
        self.code = code
        self.is_final = is_final


class MailAway(Exception):
    """No answer that counts: the e-mail may have been sent, and goes once more by the same Message-ID."""


class MailGateway(Protocol):
    """Whatever can send an e-mail."""

    def send(self, letter: Letter) -> None:
        """Hand over one e-mail. Raises MailRefused, MailAway."""
        ...

    def check(self) -> None:
        """See whether the server would take one. Raises MailRefused, MailAway."""
        ...


@dataclass(frozen=True)
class SmtpMail:
    """Sends by one mail server, each e-mail by a connection of its own. Safe to share by threads.

    With `starttls` and `tls` nothing is said, and no password shown, before the certificate is good.
    """

    sender: str
    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    username: str = ""
    password: str = field(default="", repr=False)

    def send(self, letter: Letter) -> None:
        """Hand over one e-mail. Raises MailRefused, MailAway."""
        said = written(letter, self.sender)
        self._spoken(lambda server: server.sendmail(self.sender, [letter.to], said))

    def check(self) -> None:
        """Sign in, and go again. Raises MailRefused, MailAway."""
        self._spoken(lambda server: server.noop())

    def _spoken(self, say: Callable[[smtplib.SMTP], object]) -> None:
        """Ours is raised outside the handler, so that no report of it shows what the library's own says."""
        try:
            with ExitStack() as stack:
                server = _Connection(self, stack)
                stack.callback(server.close)
                self._enter(server)
                say(server)
                # what was taken is taken, however the server says good-bye
                with suppress(OSError):
                    server.quit()
            return
        except (OSError, ValueError) as error:
            failure = _failure(error)
        raise failure

    def _enter(self, server: smtplib.SMTP) -> None:
        if self.security == "starttls":
            server.starttls(context=trusted())
        if self.username:
            server.login(self.username, self.password)


class _Connection(smtplib.SMTP):
    """A connection to the server that is cut off when its time is over. TLS stands before the first word with `tls`."""

    def __init__(self, way: SmtpMail, stack: ExitStack) -> None:
        self._way, self._stack = way, stack
        self._ends_at = time.monotonic() + WHOLE_SECONDS
        # its own guess of our name would ask the network for it
        super().__init__(way.host, way.port, way.sender.partition("@")[2], timeout=CONNECT_SECONDS)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        sock = socket.create_connection((host, port), timeout=seconds_until(self._ends_at, timeout))
        sock = self._stack.enter_context(sock)
        sock.settimeout(SILENCE_SECONDS)
        self._stack.enter_context(ended(sock, self._ends_at))
        if self._way.security != "tls":
            return sock
        return self._stack.enter_context(trusted().wrap_socket(sock, server_hostname=host))


def _failure(error: Exception) -> MailRefused | MailAway:
    """Our own error in place of the library's: what is about the address or the e-mail may be final, no more."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = next(code for code, _words in error.recipients.values())
        return MailRefused(code, is_final=code > LAST_TRY_LATER)
    if isinstance(error, smtplib.SMTPResponseException):
        is_about_it = isinstance(error, smtplib.SMTPDataError)
        return MailRefused(error.smtp_code, is_final=is_about_it and error.smtp_code > LAST_TRY_LATER)
    return MailAway("The mail server gave no answer")


@dataclass(frozen=True)
class SandboxMail:
    """Gives e-mails to the pretend network of the demo, which shows them on a page."""

    url: str

    def send(self, letter: Letter) -> None:
        """Keep one e-mail there. Raises MailAway."""
        attachment = letter.attachment
        self._ask(
            "POST",
            id=str(letter.id),
            to=letter.to,
            subject=letter.subject,
            text=letter.text,
            attachment={"name": attachment.name, "content": attachment.content.decode()} if attachment else None,
        )

    def check(self) -> None:
        """Raises MailAway."""
        self._ask("GET")

    def _ask(self, method: str, **body: object) -> None:
        with requests.Session() as http:
            # a proxy named in the environment would carry it off this machine
            http.trust_env = False
            try:
                http.request(method, f"{self.url}/mails", json=body or None, timeout=SILENCE_SECONDS).raise_for_status()
                return
            except requests.RequestException:
                failure = MailAway("The demo mailbox gives no answer")
        raise failure


class NoMail:
    """Where no e-mail is sent; what waits from a time when it was stays until that is so again, or ends."""

    def send(self, letter: Letter) -> None:
        """Raises MailAway."""
        raise MailAway("No e-mail is sent here")

    def check(self) -> None:
        """There is nothing to check."""


def hand_over(gateway: MailGateway, letter: Letter) -> Outcome:
    """Send an e-mail; how that ended, for the outbox."""
    try:
        gateway.send(letter)
    except MailRefused as refusal:
        state = DeliveryState.DEAD if refusal.is_final else DeliveryState.RETRY
        return Outcome(state, f"refused {refusal.code}")
    except MailAway:
        return Outcome(DeliveryState.RETRY, "no answer")
    return Outcome(DeliveryState.SENT)
