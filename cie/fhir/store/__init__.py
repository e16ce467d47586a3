"""The bodies that each audience reads over FHIR: one for each resource and organization, sealed, with its versions."""

from cie.fhir.store.keeping import Content, index_again, keep_all, lock_audiences, says_the_same
from cie.fhir.store.models import EVERYONE, Audience, Body, Earlier, Indexed, Key, Stored
from cie.fhir.store.reading import (
    COLUMNS,
    Readable,
    ReadableVersion,
    count_earlier,
    earlier_of,
    is_prepared,
    look_up,
    may_read_record,
    readable_by,
    stored_among,
    unsealed,
    unsealed_among,
)

__all__ = [
    "COLUMNS",
    "EVERYONE",
    "Audience",
    "Body",
    "Content",
    "Earlier",
    "Indexed",
    "Key",
    "Readable",
    "ReadableVersion",
    "Stored",
    "count_earlier",
    "earlier_of",
    "index_again",
    "is_prepared",
    "keep_all",
    "lock_audiences",
    "look_up",
    "may_read_record",
    "readable_by",
    "says_the_same",
    "stored_among",
    "unsealed",
    "unsealed_among",
]
