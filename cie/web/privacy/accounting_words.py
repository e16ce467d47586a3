"""What left of a person, in the words of a list that somebody reads: to whom, where, what, why, by what right."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cie.consent import Consent, Release
from cie.directory import Address
from cie.privacy import Disclosed, LegalDemand
from cie.web.consent_receipts import what_words
from cie.web.consent_words import METHODS, OWN_PURPOSES, PURPOSES
from cie.web.language import gettext as _
from cie.web.measures import harmless
from cie.web.person_words import dated
from cie.web.privacy.words import DEMANDS
from cie.web.referral_sharing import statutes_of


@dataclass(frozen=True)
class Line:
    """One time that something left. `ended`: since when it cannot be read any more.

    `kept_out`: until when an agency keeps it off what the person gets, and `url` where that stands; for the officer.
    """

    day: str
    iso: str
    who: str
    place: str
    what: str
    why: str
    basis: str
    ended: str
    kept_out: str = ""
    url: str = ""


def lines_of(found: Iterable[Disclosed], *, to_person: bool = False) -> list[Line]:
    """The list in words, said to staff or to the person."""
    return [_line(each, to_person) for each in found]


def _line(each: Disclosed, to_person: bool) -> Line:
    what, why, basis, ended = _of_demand(each.demand) if each.demand else _of_release(each, to_person)
    who = each.receiver.name if each.receiver else _masked(to_person)
    place = address_words(each.receiver.place) if each.receiver and each.receiver.place else ""
    return Line(dated(each.on), each.on.isoformat(), who, place, what, why, basis, ended)


def _masked(to_person: bool) -> str:
    return _("A service you chose") if to_person else _("A protected service")


def address_words(place: Address) -> str:
    """An address in one line."""
    return f"{place.address_1}, {place.city}, {place.state_province} {place.postal_code}"


def _of_release(each: Disclosed, to_person: bool) -> tuple[str, str, str, str]:
    row = each.release
    assert isinstance(row, Release)
    why = str((OWN_PURPOSES if to_person else PURPOSES)[row.purpose])
    laws = [f"{law}." for law in statutes_of(row)]
    basis = " ".join([_permission(each, to_person), *laws] if each.consents or not laws else laws)
    return what_words(row, each.elements), why, basis, dated(row.ended_at) if row.ended_at else ""


def _permission(each: Disclosed, to_person: bool) -> str:
    """The person's own yes, with its day where that is on record."""
    said = "; ".join(_said(record) for record in each.consents)
    if to_person:
        return _("Your permission: %(said)s.", said=said) if said else _("Your permission.")
    return _("The person's permission: %(said)s.", said=said) if said else _("The person's permission.")


def _said(record: Consent) -> str:
    return _("said %(day)s, %(how)s", day=dated(record.given_at), how=METHODS[record.method])


def _of_demand(demand: LegalDemand) -> tuple[str, str, str, str]:
    said = [
        _("Court: %(court)s.", court=demand.court) if demand.court else "",
        _("Case number: %(number)s.", number=demand.case_number) if demand.case_number else "",
    ]
    basis = " ".join(filter(None, said)) or _("A lawyer looked at it first.")
    why = _("Legal demand: %(kind)s", kind=DEMANDS[demand.kind])
    return _("By hand: %(what)s", what=demand.given), why, basis, ""


def as_file(lines: Sequence[Line]) -> str:
    """The list as CSV, with a mark by which spreadsheets know its letters."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(heads())
    for line in lines:
        cells = (line.day, line.who, line.place, line.what, line.why, line.basis, line.ended)
        writer.writerow([harmless(cell) for cell in cells])
    return "\ufeff" + written.getvalue()


def heads() -> list[str]:
    """What stands over the columns of the file."""
    return [
        _("Day"), _("Who got it"), _("Where they are"), _("What they got"), _("Why"), _("By what right"),
        _("Not readable since"),
    ]  # fmt: skip
