"""Keeping one row of facts a direct referral, from which all measures are counted."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlmodel import Session, col

from cie import calendar, messaging, referrals
from cie.events import Event
from cie.measures.models import ReferralFact
from cie.people import Person
from cie.referrals import Kind, Referral, ReferralStatus, ReferralTask, WordOfPerson


def project(session: Session, events: Sequence[Event]) -> None:
    """Write anew the facts of every referral that something happened to."""
    session.flush()
    for referral_id in {e.referral_id for e in events if e.referral_id}:
        rebuild(session, session.get_one(Referral, referral_id))


def rebuild(session: Session, referral: Referral) -> None:
    """The facts of one referral, as its rows now stand; none when it is masked or was sent by mistake."""
    person = session.get_one(Person, referral.person_id)
    counted = _counted_before(session, referral) if person.erased_at else {}
    session.execute(delete(ReferralFact).where(col(ReferralFact.referral_id) == referral.id))
    tasks, words = referrals.tasks_of(session, referral), referrals.words_of(session, referral)
    facts = facts_of(referral, person, tasks, words, asked=bool(words) or _was_asked(session, referral))
    if facts is not None:
        session.add(ReferralFact(**facts | counted))
        session.flush()


def _counted_before(session: Session, referral: Referral) -> dict[str, Any]:
    """What is counted of somebody whose record was erased, as it was before: the rest of it is gone."""
    columns = (col(ReferralFact.county_fips), col(ReferralFact.language), col(ReferralFact.asked))
    row = session.execute(select(*columns).where(col(ReferralFact.referral_id) == referral.id)).first()
    return dict(row._mapping) if row else {}


def facts_of(
    referral: Referral, person: Person, tasks: Sequence[ReferralTask], words: Sequence[WordOfPerson], *, asked: bool
) -> dict[str, Any] | None:
    """The rule: from the state of one loop to its row of facts; None when it is not counted."""
    sent = referral.first_sent_at
    if sent is None or referral.masked or referral.kind != Kind.DIRECT:
        return None
    if referral.status == ReferralStatus.ENTERED_IN_ERROR:
        return None
    answered = min((t.answered_at for t in tasks if t.answered_at), default=None)
    return {
        "referral_id": referral.id,
        "organization_id": referral.organization_id,
        "month": calendar.local_day(sent).replace(day=1),
        "need_code": referral.need_code,
        "county_fips": person.county_fips,
        "language": person.language,
        "sent_at": sent,
        "answered_at": answered,
        "answer_business_hours": calendar.business_hours_between(sent, answered) if answered else None,
        "closed_at": referral.closed_at,
        "closing": referral.closing.value if referral.closing else None,
        "asked": asked,
        "person_word": words[0].word.value if words else None,
    }


def _was_asked(session: Session, referral: Referral) -> bool:
    query = select(col(messaging.TextQuestion.id)).where(
        col(messaging.TextQuestion.organization_id) == referral.organization_id,
        col(messaging.TextQuestion.subject_id) == referral.id,
    )
    return session.execute(query.limit(1)).first() is not None
