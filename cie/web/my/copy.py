"""The copy that a person takes along: the same words as on their page, as one text."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from cie.web.consent_receipts import Receipt
from cie.web.language import gettext as _
from cie.web.my.words import OwnLine, own_facts
from cie.web.person_words import dated


def copy_of(lines: Sequence[OwnLine], receipts: Sequence[Receipt], at: datetime) -> str:
    """What was said about sharing and who saw what, with the day of the copy."""
    return "\n".join([_("Copy of %(day)s", day=dated(at)), "", *_said(lines), *_seen(receipts)])


def _said(lines: Sequence[OwnLine]) -> Iterator[str]:
    yield _("What you said about sharing")
    yield ""
    for line in lines:
        yield f"{line.line.said}."
        yield from (f"{fact['label']}: {fact['value']}." for fact in own_facts(line))
        yield ""
    if not lines:
        yield from (_("You have not said anything about sharing."), _("Nothing is shared."), "")


def _seen(receipts: Sequence[Receipt]) -> Iterator[str]:
    yield _("Who saw your data")
    yield ""
    for receipt in receipts:
        yield f"{receipt.organization}."
        yield from (receipt.what, f"{receipt.date}.", receipt.why, receipt.basis, "")
    if not receipts:
        yield from (_("Nobody has seen your data."), "")
