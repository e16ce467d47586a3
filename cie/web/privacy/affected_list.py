"""The people of an incident in words, on the page and in the file.

Our own people are read from our record; those of others only as they were released to us, and without a name when
nothing of it may be read any more.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import g
from sqlalchemy import select
from sqlmodel import Session, col

from cie import consent, events, identity, people, privacy
from cie.consent import Release
from cie.people import Person
from cie.privacy import AffectedGroup, ChosenBy, Incident
from cie.web.language import gettext as _
from cie.web.language import ngettext
from cie.web.language_names import language_name
from cie.web.measures import harmless
from cie.web.person_words import full_name
from cie.web.words_of_time import day

AT_ONCE = 500  # people of a file that are decrypted together


@dataclass(frozen=True)
class Affected:
    """One person of the list: `is_ours` whom the organization serves itself."""

    id: UUID
    name: str
    street: str
    zip: str
    language: str
    why: str
    is_ours: bool


def groups_in_words(session: Session, incident: Incident, groups: Sequence[AffectedGroup]) -> list[str]:
    """How each of these groups came onto the list, and who it is where it is one person."""
    alone = privacy.sole_persons(session, [group for group in groups if group.chosen_by is not ChosenBy.READER])
    names = {person.id: person.name for person in listed_people(session, incident, sorted(set(alone.values())))}
    readers = identity.colleagues_by_id(session, g.actor, [group.reader_id for group in groups])
    return [
        _("%(name)s, %(why)s", name=names[alone[group.id]], why=why_words(group.chosen_by))
        if group.id in alone
        else _read_words(group, {id_: user.name for id_, user in readers.items()})
        for group in groups
    ]


def _read_words(group: AffectedGroup, readers: Mapping[UUID, str]) -> str:
    name = readers.get(group.reader_id, _("A colleague")) if group.reader_id else _("A colleague")
    first, last = (day(each, year=True) if each else "" for each in (group.first_on, group.last_on))
    people_read = ngettext("%(num)d person", "%(num)d people", group.count)
    named = {"people": people_read, "name": name, "first": first, "last": last}
    return _("%(people)s whom %(name)s read from %(first)s to %(last)s", **named)


def listed_people(session: Session, incident: Incident, person_ids: Sequence[UUID]) -> list[Affected]:
    """These people of the list, in this order; that they were shown is recorded."""
    own = people.get_persons(session, g.actor, person_ids)
    others = [id_ for id_ in person_ids if id_ not in own]
    events.showed(session, g.actor, *others)
    names = _released_names(session, others)
    why = privacy.why_listed(session, incident, person_ids)
    return [_listed(id_, own.get(id_), names.get(id_, ""), why[id_]) for id_ in person_ids]


def _listed(person_id: UUID, person: Person | None, released: str, groups: Sequence[AffectedGroup]) -> Affected:
    why = ", ".join(dict.fromkeys(why_words(group.chosen_by) for group in groups))
    if person is None:
        return Affected(person_id, released or _("Not shared with you"), "", "", "", why, is_ours=False)
    language = language_name(person.language)
    return Affected(person_id, full_name(person), person.street or "", person.zip, language, why, is_ours=True)


def why_words(chosen_by: ChosenBy) -> str:
    """Why somebody is on the list, in a few words."""
    said = {
        ChosenBy.PERSON: _("chosen by name"),
        ChosenBy.REFERRAL: _("by a referral"),
        ChosenBy.READER: _("read by a colleague"),
    }
    return said[chosen_by]


def _released_names(session: Session, person_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The names of people of others, as far as they may be read now."""
    query = select(col(Release.subject_id), col(Release.person_id)).where(
        col(Release.recipient_id) == g.actor.organization, col(Release.person_id).in_(person_ids)
    )
    subjects = {row.subject_id: row.person_id for row in session.execute(query)} if person_ids else {}
    told = consent.released_about(session, g.actor.organization, list(subjects), elements=("name",))
    return {subjects[subject]: elements["name"] for subject, elements in told.items() if elements.get("name")}


def as_file(session: Session, incident: Incident) -> str:
    """The whole list as CSV, with a mark by which spreadsheets know its letters."""
    written = io.StringIO()
    writer = csv.writer(written)
    heads = [_("Record"), _("Name"), _("Street"), _("ZIP"), _("Language"), _("Why on the list")]
    writer.writerow(heads)
    for each in _whole_list(session, incident):
        cells = (str(each.id), each.name, each.street, each.zip, each.language, each.why)
        writer.writerow([harmless(cell) for cell in cells])
    return "\ufeff" + written.getvalue()


def _whole_list(session: Session, incident: Incident) -> Iterator[Affected]:
    ids = list(session.execute(privacy.affected_query(incident)).scalars())
    for start in range(0, len(ids), AT_ONCE):
        yield from listed_people(session, incident, ids[start : start + AT_ONCE])
