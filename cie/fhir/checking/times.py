"""Times in FHIR are as exact as they are known: a year, a month, a day, or an instant in a zone."""

from datetime import UTC, datetime

_DAY = len("2026-11-27")


def is_after(first: str, second: str) -> bool:
    """Whether the one is surely later than the other, both written as FHIR writes them."""
    if len(first) > _DAY and len(second) > _DAY:
        return _instant(first) > _instant(second)
    shared = min(len(first), len(second), _DAY)
    return first[:shared] > second[:shared]


def _instant(text: str) -> datetime:
    # a leap second is a second that `datetime` does not have
    found = datetime.fromisoformat(text.replace(":60", ":59"))
    return found if found.tzinfo else found.replace(tzinfo=UTC)
