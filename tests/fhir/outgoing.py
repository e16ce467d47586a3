"""What goes out over FHIR while tests run: each body that was kept for an audience, looked at once for all like it."""

import os
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest

from cie.fhir.checking import Fault, faults_in
from cie.fhir.projecting import sent
from cie.fhir.store import Stored

_ID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_VERSIONED = re.compile(rb'"versionId":"\d+","lastUpdated":"[^"]+"|"lastUpdated":"[^"]+","versionId":"\d+"')
ONE_ID, ONE_VERSION = (
    b"01a21b9e-c037-72fc-9391-649d8235db61",
    b'"versionId":"1","lastUpdated":"2026-11-27T20:00:00.000Z"',
)


class Outgoing:
    """Every body that what is under test kept for an audience, as `cie.fhir.projecting.sent` does."""

    def __init__(self, keep_all: Callable[..., Sequence[Stored]]) -> None:
        self._keep_all = keep_all
        self.bodies: set[bytes] = set()

    def __call__(self, *all_of_it: Any) -> Sequence[Stored]:
        kept = self._keep_all(*all_of_it)
        self.bodies |= {_like_others(row.body.encode()) for row in kept if row.body is not None}
        return kept

    def faults(self) -> list[tuple[str, Fault]]:
        """What is wrong, each with the type of its resource."""
        return [found for body in sorted(self.bodies) for found in _faults(body)]

    def leave_for_others(self) -> None:
        """Write each body into the folder that `CIE_OUTGOING` names, if it does, for a validator that others wrote."""
        if folder := os.environ.get("CIE_OUTGOING"):
            for body in self.bodies:
                Path(folder, f"{sha256(body).hexdigest()}.json").write_bytes(body)


def watching(patch: pytest.MonkeyPatch) -> Outgoing:
    """From now on each body that is kept is watched."""
    outgoing = Outgoing(sent.keep_all)
    patch.setattr(sent, "keep_all", outgoing)
    return outgoing


def _like_others(body: bytes) -> bytes:
    """A body with one id for all: which one it is decides no rule, and so it is like those of other tests."""
    return _VERSIONED.sub(ONE_VERSION, _ID.sub(ONE_ID, body))


@lru_cache(maxsize=20_000)
def _faults(body: bytes) -> tuple[tuple[str, Fault], ...]:
    resource = orjson.loads(body)
    return tuple((resource["resourceType"], fault) for fault in faults_in(resource))
