"""What a person is to sign, kept as data until they do: the words of `record_consent` in codes, ids and days."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from cie.access import Purpose
from cie.consent.law import Stated
from cie.consent.models import Capacity, Decision, Expiry, Method, Reach, SignerKind
from cie.directory.models import Category
from cie.participants.models import Program

_ONE: Mapping[str, Callable[[str], Any]] = {
    "decision": Decision,
    "method": Method,
    "signer": SignerKind,
    "capacity": Capacity,
    "recipient_class": Reach,
    "expiry": Expiry,
    "expires_on": date.fromisoformat,
    "signed_on": date.fromisoformat,
}
_SEVERAL: Mapping[str, Callable[[str], Any]] = {
    "categories": Category,
    "recipient_ids": UUID,
    "custody_limits": Category,
    "entitled_categories": Category,
    "programs": Program,
    "purposes": Purpose,
    "stated": Stated,
}


def as_data(said: Mapping[str, Any]) -> dict[str, Any]:
    """What can be kept as JSON."""
    return {name: _written(name, value) for name, value in said.items()}


def _written(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _SEVERAL:
        return [str(each) for each in value]
    return str(value) if name in _ONE else value


def from_data(data: Mapping[str, Any]) -> Any:
    """The same as `record_consent` takes it (`Said`)."""
    return {name: _read(name, value) for name, value in data.items()}


def _read(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _SEVERAL:
        return [_SEVERAL[name](each) for each in value]
    return _ONE[name](value) if name in _ONE else value
