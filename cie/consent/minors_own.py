"""What is a minor's own affair: no text about it goes to a phone that somebody else answers."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlmodel import Session, col

from cie import calendar
from cie.consent.asking import subject_of
from cie.consent.decisions import kinds_in
from cie.consent.law.signers import is_adult, only_the_minor_may
from cie.consent.models import Consent, ConsentDecision, Release, SignerKind
from cie.people.models import Person


def is_minors_own(session: Session, person: Person, subject_id: UUID, *, at: datetime) -> bool:
    """Whether a referral or a task is the minor's: let go by their own word, or of a kind that they alone sign for.

    Fam. Code 6924, 6925-6929; HSC 124260; 42 CFR 2.14: a parent is not told.
    """
    subject, today = subject_of(person, asked_for_it=False), calendar.local_day(at)
    if is_adult(subject, today):
        return False
    rows = _releases(session, person, subject_id)
    rests_on = {UUID(code) for row in rows for code in row.consent_ids}
    if _any_by_a_minor(session, rests_on):
        return True
    decisions = session.execute(
        select(ConsentDecision).where(col(ConsentDecision.release_id).in_([row.id for row in rows]))
    ).scalars()
    kinds = frozenset(kind for decision in decisions for kind in kinds_in(decision))
    return only_the_minor_may(subject, kinds, today)


def _releases(session: Session, person: Person, subject_id: UUID) -> list[Release]:
    query = select(Release).where(
        col(Release.person_id) == person.id,
        or_(col(Release.referral_id) == subject_id, col(Release.subject_id) == subject_id),
    )
    return list(session.execute(query).scalars())


def _any_by_a_minor(session: Session, consent_ids: set[UUID]) -> bool:
    query = select(col(Consent.id)).where(col(Consent.id).in_(consent_ids), col(Consent.signer) == SignerKind.MINOR)
    return session.execute(query.limit(1)).first() is not None
