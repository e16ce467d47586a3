"""Which organizations have a key of their own, as one process knows it.

The records of a victim service are sealed under a key that is theirs alone, and are looked up by match keys that come
from it, so that nothing of theirs equals anything of others, not even hashed (34 U.S.C. 12291(b)(2), 45 CFR 1370.4,
28 CFR 94.115). The key itself lies in `organization_key`, sealed with the data keys.
"""

import math
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, LargeBinary, MetaData, Table, Uuid, event, select
from sqlmodel import Session

from cie.db.encryption import OWN_LAYOUT, CannotOpen, Keyring, place_of, version_of
from cie.errors import NotFound

FRESH_SECONDS = 5.0
"""How long a process goes by what it read, before it asks whether another process changed or destroyed the key."""
TABLE, COLUMN = "organization_key", "keys_sealed"

_ROWS = Table(
    TABLE,
    MetaData(),
    Column("id", Uuid),
    Column("organization_id", Uuid),
    Column(COLUMN, LargeBinary),
    Column("destroyed_at", DateTime(timezone=True)),
)
ReadRows = Callable[[Any], Sequence[Any]]


class KeyDestroyed(NotFound):
    """The organization's key was destroyed: what it sealed answers like what does not exist."""

    def __init__(self) -> None:
        super().__init__("There is no such record")


@dataclass(frozen=True)
class _Known:
    """A key as it was read; no keyring when it was destroyed. After `until` (monotonic seconds) it is read again."""

    keyring: Keyring | None
    until: float


class OwnKeys:
    """The keys of organizations beside the network's keyring.

    That an organization has none is remembered for good, since it gets one when it joins or never; one that joins
    elsewhere has an id that nobody here asked about. `read` runs a statement apart from any open transaction.
    """

    def __init__(self, network: Keyring, read: ReadRows) -> None:
        self._network, self._read = network, read
        self._known: dict[UUID, _Known | None] = {}

    def of(self, organization_id: UUID) -> Keyring | None:
        """The organization's own keyring; None when the network's keys seal its records. Raises KeyDestroyed."""
        try:
            known = self._known[organization_id]
        except KeyError:
            known = self._look_up(organization_id)
        if known is not None and known.until < monotonic():
            known = self._look_up(organization_id)
        return None if known is None else _living(known)

    def opening(self, organization_id: UUID, sealed: bytes) -> Keyring:
        """The keyring that opens a value of this organization's own key. Raises KeyDestroyed, CannotOpen."""
        keyring = self.of(organization_id)
        if keyring is None or version_of(sealed) not in keyring.keys:
            # another process made the key, or a newer version of it, since
            keyring = _living(self._look_up(organization_id))
        if keyring is None:
            raise CannotOpen(f"the key of organization {organization_id} is not there")
        return keyring

    def every(self) -> dict[UUID, Keyring | None]:
        """All that there are now, read anew; None for those whose key was destroyed."""
        found = {row.organization_id: self._known_from(row) for row in self._read(select(_ROWS))}
        joining = {id: known for id, known in self._known.items() if known and known.until == math.inf}
        self._known.update(found | joining)
        return {id: known.keyring for id, known in (found | joining).items()}

    def keep_until_settled(self, session: Session, organization_id: UUID, keyring: Keyring) -> None:
        """Use the key of an organization that joins, which only `session` sees yet."""
        self._known[organization_id] = _Known(keyring, math.inf)
        self.forget_when_settled(session, organization_id)

    def forget_when_settled(self, session: Session, organization_id: UUID) -> None:
        """Read the organization's key again once the transaction of `session` ends, either way."""

        @event.listens_for(session, "after_transaction_end")
        def forget(_session: Session, transaction: Any) -> None:
            if transaction.parent is None:
                self._known.pop(organization_id, None)

    def _look_up(self, organization_id: UUID) -> _Known | None:
        rows = self._read(select(_ROWS).where(_ROWS.c.organization_id == organization_id))
        known = self._known_from(rows[0]) if rows else None
        self._known[organization_id] = known
        return known

    def _known_from(self, row: Any) -> _Known:
        until = monotonic() + FRESH_SECONDS
        if row.destroyed_at is not None:
            return _Known(None, until)
        kept = self._network.open(place_of(TABLE, COLUMN, row.id), getattr(row, COLUMN))
        return _Known(keyring_from(kept), until)


def _living(known: _Known | None) -> Keyring | None:
    if known is not None and known.keyring is None:
        raise KeyDestroyed
    return known.keyring if known else None


def keyring_from(kept: Mapping[str, Any]) -> Keyring:
    """The keyring of what a row keeps: the secret, and the keys by version, the current one first."""
    keys = {int(version): urlsafe_b64decode(key) for version, key in kept["keys"]}
    return Keyring(keys, urlsafe_b64decode(kept["secret"]), OWN_LAYOUT)
