"""An e-mail as it is written: plain words for whoever reads it, and perhaps one file for their programs."""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from uuid import UUID

_PLAIN = SMTP.clone(cte_type="7bit")
"""Every server takes it, also one that knows of ASCII alone."""


@dataclass(frozen=True)
class Attachment:
    """A file that goes along. `media_type` as two parts with a slash."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Letter:
    """An e-mail to one address. `id`: by which mail programs know it when it comes a second time."""

    id: UUID
    to: str
    subject: str
    text: str
    at: datetime
    attachment: Attachment | None = None


def written(letter: Letter, sender: str) -> bytes:
    """The e-mail as it travels. Raises ValueError for an address or a subject that would make a header of its own."""
    message = EmailMessage(policy=_PLAIN)
    message["From"], message["To"], message["Subject"] = sender, letter.to, letter.subject
    message["Date"] = format_datetime(letter.at)
    message["Message-ID"] = f"<{letter.id}@{sender.partition('@')[2]}>"
    # RFC 3834: nobody's absence is to answer it
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    if letter.attachment:
        main, _, sub = letter.attachment.media_type.partition("/")
        message.add_attachment(letter.attachment.content, maintype=main, subtype=sub, filename=letter.attachment.name)
    return message.as_bytes()
