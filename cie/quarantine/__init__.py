"""What programs sent and were refused, kept some days for their organization: to be read, sent again or thrown away.

A message that could not be taken cannot be tied to a person, and so erasing a person does not reach it. It goes by
itself after the days that `CIE_REFUSED_MESSAGE_DAYS` says, its body as soon as it was taken; that of an organization
with a key of its own is sealed under that key, and is lost with it.

Of a member of staff who works in an app nothing is kept: they read the refusal, and mend what they typed.
"""

from cie.quarantine.again import (
    Part,
    Reader,
    StillRefused,
    Work,
    note_still_refused,
    take_again,
    take_apart,
    to_send_again,
)
from cie.quarantine.keeping import Message, Refused, codes_in, forget_old_messages, has_room, keep_refused
from cie.quarantine.models import MessageState, RefusedMessage
from cie.quarantine.tending import discard_message, get_message, messages_of, open_message, parts_of, waiting_by_program

__all__ = [
    "Message",
    "MessageState",
    "Part",
    "Reader",
    "Refused",
    "RefusedMessage",
    "StillRefused",
    "Work",
    "codes_in",
    "discard_message",
    "forget_old_messages",
    "get_message",
    "has_room",
    "keep_refused",
    "messages_of",
    "note_still_refused",
    "open_message",
    "parts_of",
    "take_again",
    "take_apart",
    "to_send_again",
    "waiting_by_program",
]
