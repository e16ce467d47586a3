"""Instants as FHIR writes them."""

from datetime import datetime


def instant(at: datetime) -> str:
    """An aware UTC moment, to the millisecond: 2026-11-27T17:28:15.123Z."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
