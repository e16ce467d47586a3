"""Two papers for the person: who got something of them, and the list of 42 CFR 2.24."""

from collections.abc import Sequence

from cie.consent import Obligation, Release
from cie.participants import Participant
from cie.privacy import Accounting, Disclosed, Span
from cie.web.consent_copies import PART2, call_words, duty_blocks, paper_of
from cie.web.language import gettext as _
from cie.web.pdf import Block, Paper, paragraph, row, section, title
from cie.web.person_words import dated, full_name
from cie.web.privacy.accounting_words import Line, lines_of


def accounting_paper(place: Participant, found: Accounting, told: Sequence[Disclosed]) -> Paper:
    """Everything that left in these days, newest first."""
    return _paper(place, found, told, _("Who got your data"), "", _("Nobody got your data in these days."))


def part2_paper(place: Participant, found: Accounting, told: Sequence[Disclosed]) -> Paper:
    """Who got treatment records because of a permission for a group of places."""
    says = _(
        "42 CFR 2.24 gives you this list. It names each place that got treatment records because you said yes to a "
        "group of places."
    )
    return _paper(place, found, told, _("Your list under 42 CFR 2.24"), says, _("No place is on this list."))


def _paper(
    place: Participant, found: Accounting, told: Sequence[Disclosed], heading: str, says: str, nobody: str
) -> Paper:
    lines = lines_of(told, to_person=True)
    blocks = [
        paragraph(place.name),
        title(heading),
        *([paragraph(says)] if says else []),
        *call_words(place),
        row(_("Whose records they are"), full_name(found.person)),
        row(_("Which days"), days_words(found.span)),
        *([] if lines else [paragraph(nobody)]),
        *(block for line in lines for block in _blocks(line)),
        *([paragraph(why_unnamed())] if any(each.receiver is None for each in told) else []),
        *duty_blocks(_duties(told)),
    ]
    return paper_of(_("A list for you"), blocks)


def days_words(span: Span) -> str:
    """From when to when the list goes."""
    return _("From %(first)s to %(last)s", first=dated(span.first_on), last=dated(span.last_on))


def why_unnamed() -> str:
    """Why a protected service has no name on the list."""
    return _("A protected service is not named here, so that nobody learns from this list where a person is safe.")


def _blocks(line: Line) -> list[Block]:
    ended = _("Not readable since %(day)s.", day=line.ended) if line.ended else ""
    return [
        section(line.who),
        *([paragraph(line.place)] if line.place else []),
        paragraph(f"{line.day}. {line.what} {ended}".strip()),
        paragraph(f"{line.why}. {line.basis}"),
    ]


def _duties(told: Sequence[Disclosed]) -> set[Obligation]:
    releases: list[Release] = [each.release for each in told if each.release is not None]
    return {duty for duty in PART2 if any(duty.value in row.obligations for row in releases)}
