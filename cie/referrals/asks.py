"""Asking the person whether help came.

On days 3, 7 and 14 after sending while the loop is open, at closing, and on days 3 and 7 after it. A yes, or no longer
needing it, ends the asking; "not yet" is asked again, after the planned days too; silence is never a yes.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from cie import events, messaging
from cie.access import Actor, ActorKind, Permission, check
from cie.errors import NotAllowed, NotPossibleNow
from cie.people import Person
from cie.referrals.models import Kind, PersonWord, Referral, ReferralStatus, WordOfPerson
from cie.referrals.queries import Seen, lock_referral, require_seen, tasks_of, words_of
from cie.referrals.states import Closing

QUESTION = "help"
DAYS_AFTER_SENDING = (3, 7, 14)
DAYS_AFTER_CLOSING = (0, 3, 7)
DAYS_AFTER_NOT_YET = 7
ANSWERS = {
    "1": PersonWord.GOT_HELP,
    "2": PersonWord.CONTACTED_NO_HELP,
    "3": PersonWord.NOT_CONTACTED,
    "4": PersonWord.NO_LONGER_NEEDS,
}
ENDS_ASKING = frozenset({PersonWord.GOT_HELP, PersonWord.NO_LONGER_NEEDS})
_THANKS = {
    PersonWord.GOT_HELP: "thanks-yes",
    PersonWord.CONTACTED_NO_HELP: "thanks-not-yet",
    PersonWord.NOT_CONTACTED: "thanks-not-yet",
    PersonWord.NO_LONGER_NEEDS: "thanks-no-longer",
}


def plan_after_sending(session: Session, person: Person, referral: Referral, *, at: datetime) -> None:
    """Plan the asks of an open loop; each is asked only if it is still wanted when its day comes."""
    _plan(session, person, referral, {f"sent-{day}": at + timedelta(days=day) for day in DAYS_AFTER_SENDING}, at)


def plan_after_closing(session: Session, person: Person, referral: Referral, *, at: datetime) -> None:
    """Plan the asks of a loop that somebody closed."""
    _plan(session, person, referral, {f"closed-{day}": at + timedelta(days=day) for day in DAYS_AFTER_CLOSING}, at)


def _plan_again(session: Session, referral: Referral, word: WordOfPerson, *, at: datetime) -> None:
    """Ask once more after a "not yet" that comes when no planned day is left."""
    is_asked_about = not referral.masked and referral.kind != Kind.INFORMATIONAL and referral.first_sent_at is not None
    if not is_asked_about or referral.status == ReferralStatus.ENTERED_IN_ERROR or at < _last_planned(referral):
        return
    person = session.get_one(Person, referral.person_id)
    _plan(session, person, referral, {f"again-{word.id}": at + timedelta(days=DAYS_AFTER_NOT_YET)}, at)


def _last_planned(referral: Referral) -> datetime:
    if referral.closed_at is not None:
        return referral.closed_at + timedelta(days=DAYS_AFTER_CLOSING[-1])
    return (referral.first_sent_at or referral.created_at) + timedelta(days=DAYS_AFTER_SENDING[-1])


def _plan(session: Session, person: Person, referral: Referral, planned: Mapping[str, datetime], at: datetime) -> None:
    day = (referral.first_sent_at or at).isoformat()
    messaging.plan_questions(session, person, QUESTION, referral.id, planned, codes={"day": day})


def is_still_asked(session: Session, referral_id: UUID, when: str) -> bool:
    """Whether an ask that was planned is still wanted now."""
    referral = session.get(Referral, referral_id)
    if referral is None or referral.masked or referral.status == ReferralStatus.ENTERED_IN_ERROR:
        return False
    words = words_of(session, referral)
    if words and words[0].word in ENDS_ASKING:
        return False
    if when.startswith("again"):
        return bool(words) and when == f"again-{words[0].id}" and not _ended_as_needless(referral, words[0])
    is_open = referral.status == ReferralStatus.ACTIVE
    return is_open if when.startswith("sent") else not is_open


def _ended_as_needless(referral: Referral, word: WordOfPerson) -> bool:
    """Whether the loop was closed, after this word, since the person no longer needs it."""
    if referral.closing != Closing.NO_LONGER_NEEDS or referral.closed_at is None:
        return False
    return word.said_at < referral.closed_at


def record_word(
    session: Session,
    actor: Actor,
    referral_id: UUID,
    word: PersonWord,
    *,
    at: datetime,
    seen: Seen | None = None,
) -> WordOfPerson:
    """Keep the person's own word, whoever took it.

    Raises NotFound, NotAllowed: also to staff who were asked for the help themselves; NotPossibleNow (a draft); Stale.
    """
    referral = lock_referral(session, referral_id)
    check(actor, Permission.PERSON_WORD_RECORD, referral)
    if referral.first_sent_at is None:
        raise NotPossibleNow("Not sent yet")
    require_seen(session, referral, seen)
    if actor.kind == ActorKind.STAFF and any(
        t.performer_id == actor.organization_id for t in tasks_of(session, referral)
    ):
        raise NotAllowed("Whoever was asked to help cannot say for the person that help came")
    row = WordOfPerson(
        organization_id=referral.organization_id,
        referral_id=referral.id,
        person_id=referral.person_id,
        word=word,
        door=actor.door.value,
        taken_by_id=actor.id if actor.id != referral.person_id else None,
        said_at=at,
    )
    session.add(row)
    session.flush()
    events.record(session, actor, "person.word", row, at=at, organization_id=referral.organization_id, word=word.value)
    if word not in ENDS_ASKING:
        _plan_again(session, referral, row, at=at)
    return row


def record_text_answer(session: Session, actor: Actor, referral_id: UUID, digit: str, *, at: datetime) -> str:
    """The person answered the ask by text; returns the template that thanks them."""
    word = ANSWERS[digit]
    record_word(session, actor, referral_id, word, at=at)
    return _THANKS[word]
