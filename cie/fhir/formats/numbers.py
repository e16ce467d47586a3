"""Numbers as they were sent: a decimal's precision is part of what it says (FHIR R4, 2.24.0.1, decimal)."""

from decimal import Decimal, InvalidOperation

LONGEST = 64
"""Characters of a number. The standard asks for 18 digits."""
FURTHEST = 308
"""Powers of ten: those that programs that compute in floating point can hold."""
_FITS_A_MACHINE_WORD = 18


class DecimalAsSent(Decimal):
    """A decimal that is written again with the very digits that it was read from, "1.10" or "1e3"."""

    __slots__ = ("sent",)
    sent: str

    def __new__(cls, sent: str) -> "DecimalAsSent":
        number = super().__new__(cls, sent)
        number.sent = sent
        return number

    def __str__(self) -> str:
        return self.sent


def number_as_sent(text: str) -> int | DecimalAsSent:
    """The number that a text says. Raises ValueError for one that other programs could not hold."""
    if len(text) > LONGEST:
        raise ValueError
    if len(text) <= _FITS_A_MACHINE_WORD and text.removeprefix("-").isdecimal() and text != "-0":
        return int(text)
    try:
        number = DecimalAsSent(text)
    except InvalidOperation:
        raise ValueError from None
    if abs(number.adjusted()) > FURTHEST:
        raise ValueError
    return number
