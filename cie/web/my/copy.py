"""The copy that a person takes along: the same words as on their page, as one text."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from cie.web.consent_receipts import Receipt
from cie.web.language import gettext as _
from cie.web.my.words import OwnLine, own_facts
from cie.web.person_words import dated


def copy_of(lines: Sequence[OwnLine] | None, receipts: Sequence[Receipt] | None, at: datetime, *, to_them: bool) -> str:
    """What was said about sharing and who saw what, with the day of the copy; None is what is not theirs to see."""
    parts: list[str] = [_("Copy of %(day)s", day=dated(at)), ""]
    if lines is not None:
        parts += _said(lines, to_them=to_them)
    if receipts is not None:
        parts += _seen(receipts, to_them=to_them)
    return "\n".join(parts)


def _said(lines: Sequence[OwnLine], *, to_them: bool) -> Iterator[str]:
    yield _("What you said about sharing") if to_them else _("What was said about sharing")
    yield ""
    for line in lines:
        yield f"{line.line.said}."
        yield from (f"{fact['label']}: {fact['value']}." for fact in own_facts(line))
        yield ""
    if not lines:
        nothing = _("You have not said anything about sharing.") if to_them else _("Nothing was said about sharing.")
        yield from (nothing, _("Nothing is shared."), "")


def _seen(receipts: Sequence[Receipt], *, to_them: bool) -> Iterator[str]:
    yield _("Who saw your data") if to_them else _("Who saw their data")
    yield ""
    for receipt in receipts:
        yield f"{receipt.organization or _('A service you chose')}."
        yield from (receipt.what, f"{receipt.date}.", receipt.why, receipt.basis, "")
    if not receipts:
        yield from (_("Nobody has seen your data.") if to_them else _("Nobody has seen their data."), "")
