"""The PIN that goes with a link: chosen with staff, never shown again, never what others would try first."""

from cie.errors import Invalid
from cie.people.birth import BirthDate

PIN_DIGITS = 6
_LEAST_DIFFERENT = 3


def check_pin(pin: str, birth: BirthDate) -> None:
    """Refuse a PIN that is not six digits, or that somebody who knows the person would try first. Raises Invalid.

    A birth date is never a second factor.
    """
    if len(pin) != PIN_DIGITS or not (pin.isascii() and pin.isdigit()):
        raise Invalid("PIN: use 6 digits", "code")
    steps = {int(after) - int(before) for before, after in zip(pin, pin[1:], strict=False)}
    if len(set(pin)) < _LEAST_DIFFERENT or steps in ({1}, {-1}):
        raise Invalid("PIN: this one is easy to guess. Choose other digits", "code")
    if pin in _birth_digits(birth):
        raise Invalid("PIN: this is the birth date. Choose other digits", "code")


def _birth_digits(birth: BirthDate) -> set[str]:
    """A birth date as people write it with six digits."""
    if not (birth.year and birth.month):
        return set()
    year, month = f"{birth.year:04}", f"{birth.month:02}"
    found = {month + year, year + month}
    if birth.day:
        day = f"{birth.day:02}"
        found |= {month + day + year[2:], day + month + year[2:], year[2:] + month + day}
    return found
