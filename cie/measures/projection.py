"""Keeping one row of facts a direct referral, from which all measures are counted."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, select
from sqlmodel import Session

from cie import calendar, messaging, referrals
from cie.db import insert_rows, table_of
from cie.measures.models import ReferralFact
from cie.people import Person
from cie.referrals import Kind, Loop, Referral, ReferralStatus, ReferralTask, WordOfPerson

_FACT = table_of(ReferralFact).c
_CLEAR = delete(table_of(ReferralFact)).where(_FACT.referral_id == bindparam("about"))
_COUNTED = select(_FACT.county_fips, _FACT.language, _FACT.asked).where(_FACT.referral_id == bindparam("about"))
_QUESTION = table_of(messaging.TextQuestion).c
_ASKED = (
    select(_QUESTION.id)
    .where(
        _QUESTION.organization_id == bindparam("organization_id"),
        _QUESTION.subject_id == bindparam("subject_id"),
    )
    .limit(1)
)


def project(session: Session, loops: Iterable[Loop]) -> None:
    """Write anew the facts of every referral that something happened to."""
    for loop in loops:
        rebuild(session, loop)


def rebuild(session: Session, loop: Loop) -> None:
    """The facts of one referral, as its rows now stand; none when it is masked or was sent by mistake."""
    referral, person, words = loop.referral, loop.person, loop.words
    counted = _counted_before(session, referral) if person.erased_at else {}
    session.execute(_CLEAR, {"about": referral.id})
    facts = facts_of(referral, person, loop.tasks, words, asked=bool(words) or _was_asked(session, referral))
    if facts is not None:
        insert_rows(session, ReferralFact, [facts | counted])


def _counted_before(session: Session, referral: Referral) -> dict[str, Any]:
    """What is counted of somebody whose record was erased, as it was before: the rest of it is gone."""
    row = session.execute(_COUNTED, {"about": referral.id}).first()
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
        "closing": referrals.closing_code(referral, tasks),
        "asked": asked,
        "person_word": words[0].word.value if words else None,
    }


def _was_asked(session: Session, referral: Referral) -> bool:
    whose = {"organization_id": referral.organization_id, "subject_id": referral.id}
    return session.execute(_ASKED, whose).first() is not None
