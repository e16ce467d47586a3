"""E-mails: the one sender, and the addresses of organizations that said yes to getting notices.

An e-mail travels in clear, so none holds anything about a person. Rows of the outbox hold ids; words are made when an
e-mail goes.
"""

from cie.mail.addresses import (
    KIND,
    address_for,
    address_token,
    confirm_address,
    is_late,
    name_address,
    stop_address,
)
from cie.mail.delivery import MailDeliverer
from cie.mail.gateway import (
    MailAway,
    MailGateway,
    MailRefused,
    NoMail,
    SandboxMail,
    SmtpMail,
    hand_over,
)
from cie.mail.letters import Attachment, Letter
from cie.mail.models import AddressState, MailAddress

__all__ = [
    "KIND",
    "AddressState",
    "Attachment",
    "Letter",
    "MailAddress",
    "MailAway",
    "MailDeliverer",
    "MailGateway",
    "MailRefused",
    "NoMail",
    "SandboxMail",
    "SmtpMail",
    "address_for",
    "address_token",
    "confirm_address",
    "hand_over",
    "is_late",
    "name_address",
    "stop_address",
]
