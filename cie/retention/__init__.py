"""How long records and permissions last, what holds them longer, and their end: erasure, with a tombstone that stays.

Nothing is erased by itself: an officer erases, on a ground, what no hold and no open case needs any more.
"""

from cie.retention.due import past_their_time
from cie.retention.erasing import erase, erase_again
from cie.retention.everything import destroy_again, destroy_everything, own_place, what_is_open
from cie.retention.holds import get_hold, holds, holds_for, holds_on, lift_hold, set_hold
from cie.retention.models import Ground, LegalHold, Tombstone
from cie.retention.readiness import Readiness, readiness
from cie.retention.renewals import Renewal, ending_soon
from cie.retention.spans import RecordKind, Span, spans_on
from cie.retention.tombstones import KeyStone, as_file, destroyed_keys, read_file, tombstones

__all__ = [
    "Ground",
    "KeyStone",
    "LegalHold",
    "Readiness",
    "RecordKind",
    "Renewal",
    "Span",
    "Tombstone",
    "as_file",
    "destroy_again",
    "destroy_everything",
    "destroyed_keys",
    "ending_soon",
    "erase",
    "erase_again",
    "get_hold",
    "holds",
    "holds_for",
    "holds_on",
    "lift_hold",
    "own_place",
    "past_their_time",
    "read_file",
    "readiness",
    "set_hold",
    "spans_on",
    "tombstones",
    "what_is_open",
]
