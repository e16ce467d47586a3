"""Receipts: who could read what of a person, when, why, and on what basis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import url_for
from sqlmodel import Session

from cie import consent, participants
from cie.consent import Consent, DataSet, Release
from cie.people import Person
from cie.web.consent_words import METHODS, OWN_PURPOSES, PURPOSES
from cie.web.duties import duty_words
from cie.web.element_words import element_label
from cie.web.language import gettext as _
from cie.web.person_words import dated
from cie.web.referral_sharing import SETS, statutes_of
from cie.web.words_of_time import clock


@dataclass(frozen=True)
class Receipt:
    """One release in words, as the receipt macro wants it; `organization` is None for a protected service."""

    organization: str | None
    what: str
    date: str
    why: str
    basis: str
    stop_url: str | None
    stop_get: bool = True


def receipts_for(
    session: Session, person: Person, rows: Sequence[Release], *, may_stop: bool, to_person: bool = False
) -> list[Receipt]:
    """The receipts of these releases of one person by the organization that serves them, said to staff or to them."""
    purposes = OWN_PURPOSES if to_person else PURPOSES
    names = participants.names_of(session, {row.recipient_id for row in rows})
    codes = consent.element_codes(session, [row.id for row in rows])
    given = {str(c.id): c for c in consent.consents_of(session, person.organization_id, person.id)}
    heard = consent.duties_of_hearing(session, rows)
    return [
        Receipt(
            organization=None if row.masked else names[row.recipient_id],
            what=" ".join(
                [what_words(row, codes[row.id], to_person=to_person), *duty_words(heard.get(row.subject_id, ()))]
            ),
            date=_when(row),
            why=_("%(purpose)s.", purpose=purposes[row.purpose]),
            basis=_basis(row, given, to_person=to_person),
            stop_url=_stop_url(person.id, row) if may_stop and row.ended_at is None else None,
        )
        for row in rows
    ]


def what_words(row: Release, codes: Sequence[str], *, to_person: bool = False) -> str:
    """What a release holds, by the names of its facts; of an answer about a permission, that they asked for it."""
    if row.data_set is DataSet.PERMISSION:
        return _asked_words(to_person=to_person)
    facts = ", ".join(_lower(element_label(code)) for code in codes)
    return _("%(what)s, version %(number)s: %(facts)s.", what=SETS[row.data_set], number=row.version, facts=facts)


def _asked_words(*, to_person: bool) -> str:
    if to_person:
        return _("They asked if you allow sharing. They were told that you do, and for what.")
    return _("They asked if there is a permission. They were told that there is, and for what.")


def _lower(label: str) -> str:
    return label[:1].lower() + label[1:]


def _when(row: Release) -> str:
    if row.data_set is DataSet.PERMISSION:
        return _("Told %(day)s, %(clock)s", day=dated(row.released_at), clock=clock(row.released_at))
    since = _("Since %(day)s, %(clock)s", day=dated(row.released_at), clock=clock(row.released_at))
    if row.ended_at is None:
        return since
    return _("%(since)s. Not readable since %(day)s", since=since, day=dated(row.ended_at))


def _basis(row: Release, given: Mapping[str, Consent], *, to_person: bool) -> str:
    records = [given[c] for c in row.consent_ids if c in given]
    said = "; ".join(_("said %(day)s, %(how)s", day=dated(c.given_at), how=METHODS[c.method]) for c in records)
    if not said and (rules := statutes_of(row)):
        return " ".join(f"{rule}." for rule in rules)
    if to_person:
        return _("Your permission: %(said)s.", said=said) if said else _("Your permission.")
    return _("The person's permission: %(said)s.", said=said) if said else _("The person's permission.")


def _stop_url(person_id: UUID, row: Release) -> str:
    return url_for("consents.stop", person_id=person_id, release_id=row.id)
