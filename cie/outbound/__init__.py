"""Calling addresses that others gave us: keys of clients, their webhooks, the sign-in of organizations.

One door for all of them. An address is written plainly and publicly or is not called; its name is looked up once, every
address that it has must be public, and the connection goes to one of those, so that a name which answers differently
the second time gains nothing. Nothing is said before the certificate is good. Redirects are not followed, what comes
back is small, and however slowly the other side speaks, it is over in ten seconds.
"""

from cie.outbound.addresses import LONGEST, Address, is_callable, is_public, read_address
from cie.outbound.fetching import LARGEST_ANSWER_BYTES, WHOLE_SECONDS, Answer, fetch, trusted
from cie.outbound.limits import ended, seconds_until
from cie.outbound.mailboxes import read_mailbox

__all__ = [
    "LARGEST_ANSWER_BYTES",
    "LONGEST",
    "WHOLE_SECONDS",
    "Address",
    "Answer",
    "ended",
    "fetch",
    "is_callable",
    "is_public",
    "read_address",
    "read_mailbox",
    "seconds_until",
    "trusted",
]
