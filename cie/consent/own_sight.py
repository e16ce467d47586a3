"""What of a person may stand on a page that the person opens by a link, or that somebody opens in their place.

What is not shown is absent, not masked: no row, no count, no gap (34 USC 12291(b)(2)).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from cie import calendar, people
from cie.access import Actor, ActorKind
from cie.consent.asking import subject_of
from cie.consent.decisions import kinds_in
from cie.consent.faults import ADULT_YEARS, MINOR_WHO_MAY_SIGN_YEARS
from cie.consent.law import Subject
from cie.consent.law.signers import is_adult, only_the_minor_may
from cie.consent.models import Consent, ConsentDecision, Release, ReleaseElement, SignerKind
from cie.directory.models import Category
from cie.participants import Participant, ParticipantKind
from cie.people import Person
from cie.people.birth import is_under

ALL_KINDS = frozenset(Category)
WITHOUT_PROTECTED = ALL_KINDS - {Category.VICTIM_SERVICES}


@dataclass(frozen=True)
class Sight:
    """What one caller may see of a person: which kinds of data, and what is hidden whatever its kind.

    `protected`: the ids of protected services, empty where they are shown. `minors_word`: the ids of what the person
    said as a minor, which nobody else sees, at any age. `is_whole`: only what is of the shown kinds altogether.
    """

    kinds: frozenset[Category]
    protected: frozenset[str]
    shows_masked: bool
    minors_word: frozenset[str] = frozenset()
    is_whole: bool = False

    def kinds_of(self, record: Consent) -> list[str]:
        """The kinds of data that a record names on such a page."""
        return [code for code in record.categories if code in self.kinds]

    def shows(self, record: Consent) -> bool:
        """It names no hidden place alone, is not the minor's own word, and is about something that may be told."""
        names_hidden = bool(record.recipient_ids) and not self.places_of(record)
        is_about_hidden = bool(record.categories) and not self.kinds_of(record)
        return not names_hidden and not is_about_hidden and str(record.id) not in self.minors_word

    def places_of(self, record: Consent) -> list[str]:
        """The places that a record names on such a page, by id."""
        return [id_ for id_ in record.recipient_ids if id_ not in self.protected]

    def rests_on_shown(self, row: Release, other_id: str) -> bool:
        """The release is to no hidden place and does not rest on the minor's own word."""
        is_hidden = other_id in self.protected or (row.masked and not self.shows_masked)
        return not is_hidden and not self.minors_word & set(row.consent_ids)


def protected_places(session: Session) -> frozenset[str]:
    """The ids of all victim services."""
    query = select(col(Participant.id)).where(col(Participant.kind) == ParticipantKind.VICTIM_SERVICES)
    return frozenset(str(found) for found in session.execute(query).scalars())


def sight_of(session: Session, actor: Actor, person: Person, records: Sequence[Consent], *, at: datetime) -> Sight:
    """What this caller may see of the person today; `records` are all that the person or others said."""
    protected, turned_on = protected_places(session), people.sees_protected(session, actor)
    if actor.kind is not ActorKind.PROXY:
        if turned_on:
            return Sight(ALL_KINDS, frozenset(), shows_masked=True)
        return Sight(WITHOUT_PROTECTED, protected, shows_masked=False)
    subject, today = subject_of(person, asked_for_it=False), calendar.local_day(at)
    return Sight(
        _kinds_for_others(subject, today),
        protected,
        shows_masked=False,
        minors_word=frozenset(str(record.id) for record in records if _is_minors_word(record, subject)),
        is_whole=not is_adult(subject, today),
    )


def _is_minors_word(record: Consent, subject: Subject) -> bool:
    return is_said_by_a_minor(record.signer, calendar.local_day(record.given_at), subject)


def is_said_by_a_minor(signer: SignerKind, given_on: date, subject: Subject) -> bool:
    """Whether the person said it while they were under 18, also where it was written down as an adult's."""
    was_under = is_under(subject.birth, ADULT_YEARS, given_on) and not subject.is_emancipated
    return signer == SignerKind.MINOR or (signer == SignerKind.PERSON and was_under is True)


def _kinds_for_others(subject: Subject, today: date) -> frozenset[Category]:
    """What somebody may see in the person's place: of a minor from 12 on only the general, of a younger child nothing
    for which a child of any age signs alone. Where the age is unknown, as of the older.
    """
    if is_adult(subject, today):
        return WITHOUT_PROTECTED
    if not is_under(subject.birth, MINOR_WHO_MAY_SIGN_YEARS, today):
        return frozenset({Category.GENERAL})
    return frozenset(k for k in WITHOUT_PROTECTED if not only_the_minor_may(subject, frozenset({k}), today))


def whole_in(session: Session, sight: Sight, rows: Sequence[Release]) -> list[Release]:
    """Those of the releases that tell nothing beside the kinds that are shown, by their elements and by the service."""
    if not sight.is_whole:
        return list(rows)
    ids = [row.id for row in rows]
    beyond = _with_other_elements(session, ids, sight.kinds)
    query = select(ConsentDecision).where(col(ConsentDecision.release_id).in_([i for i in ids if i not in beyond]))
    decisions = session.execute(query).scalars()
    whole = {each.release_id for each in decisions if kinds_in(each) <= sight.kinds}
    return [row for row in rows if row.id in whole]


def _with_other_elements(session: Session, ids: Collection[UUID], kinds: Collection[Category]) -> set[UUID]:
    query = select(col(ReleaseElement.release_id)).where(
        col(ReleaseElement.release_id).in_(ids), col(ReleaseElement.category).not_in([k.value for k in kinds])
    )
    return set(session.execute(query).scalars())
