"""What each phone allows, remembered apart from the product; every text that the gateway gets is held against it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from cie import calendar, people
from cie.events import Outbox
from cie.people import ContactPoint, Person
from cie.referrals import Referral, ReferralTask, WordOfPerson
from tests.loop_machine.snapshot import Record

FIRST_HOUR, LAST_HOUR = 9, 20
GOODBYES = {"stopped", "wrong-number-goodbye"}
FINAL = {"got-help", "no-longer-needs"}
WORDS = {"1": "got-help", "2": "contacted-no-help", "3": "not-contacted", "4": "no-longer-needs"}
STOPS = ("STOP", "stop texting me, he is hitting me")
QUESTION_LIVES = timedelta(days=21)


@dataclass
class Phone:
    """One number as it stands with one person."""

    id: UUID
    person_id: UUID
    number: str
    may_text: bool
    safe: bool
    hours: tuple[int, int] = (0, 24)
    theirs: bool = True

    @property
    def allows(self) -> bool:
        return self.may_text and self.safe and self.theirs


@dataclass
class Texting:
    """Phones, which of them said stop, whose texts are paused, and what was told already."""

    phones: dict[UUID, Phone] = field(default_factory=dict)
    stopped: set[str] = field(default_factory=set)
    paused: set[UUID] = field(default_factory=set)
    secrets: set[str] = field(default_factory=set)
    told: set[tuple[Any, ...]] = field(default_factory=set)
    replaced: set[UUID] = field(default_factory=set)
    """The loops that ended since another one took their place."""
    unanswered: int = 0
    asked: dict[str, tuple[UUID, datetime]] = field(default_factory=dict)
    """The question that is open on each number: about which loop, since when."""

    def knows(self, number: str) -> bool:
        return any(phone.number == number for phone in self.phones.values())

    def answered_by(self, number: str, body: str, *, at: datetime) -> list[tuple[UUID, str]]:
        """The loop that a text is a word about, and the word, when it is a digit and a question is open there."""
        subject_id, since = self.asked.get(number, (None, at))
        if body not in WORDS or subject_id is None or at >= since + QUESTION_LIVES:
            return []
        del self.asked[number]
        return [(subject_id, WORDS[body])]

    def hear(self, number: str, body: str, in_danger: set[UUID]) -> None:
        """A text came in: it may be answered once, and may end or begin what this number allows."""
        self.unanswered += 1
        self.paused |= in_danger
        if body in STOPS:
            self.stopped.add(number)
        if body == "START":
            self.stopped.discard(number)
        if body == "wrong number":
            for phone in (p for p in self.phones.values() if p.number == number):
                phone.theirs = False

    def check(self, row: Outbox, to: str, body: str, record: Record, *, at: datetime) -> None:
        """This text may go to this number now."""
        phone, template = self.phones[row.destination_id], row.codes["template"]
        assert phone.number == to and phone.person_id == row.person_id, "a text to another number"
        assert not any(secret in body for secret in self.secrets), "a text that tells who or what"
        if row.codes.get("answer"):
            self._check_answer(phone, template)
            return
        assert phone.allows and to not in self.stopped, "a text without permission"
        assert phone.person_id not in self.paused, "a text during the pause"
        hour, (first, last) = calendar.local(at).hour, phone.hours
        assert max(first, FIRST_HOUR) <= hour < min(last, LAST_HOUR), "a text outside the hours"
        key = (row.destination_id, template, row.subject_id, row.codes.get("when"))
        assert key not in self.told, "the same text twice"
        self.told.add(key)
        if template != "first-text":
            self._check_subject(row, template, record, at)
        if template == "ask":
            self._open_question(to, row.subject_id, at)

    def _open_question(self, number: str, subject_id: UUID, at: datetime) -> None:
        open_one, since = self.asked.get(number, (subject_id, at))
        assert open_one == subject_id or at >= since + QUESTION_LIVES, "two questions at once on one phone"
        self.asked[number] = subject_id, at

    def _check_answer(self, phone: Phone, template: str) -> None:
        self.unanswered -= 1
        assert self.unanswered >= 0, "an answer to no text"
        free = template in GOODBYES
        assert free or (phone.allows and phone.number not in self.stopped), "an answer without permission"

    def _check_subject(self, row: Outbox, template: str, record: Record, at: datetime) -> None:
        task = record[ReferralTask].get(row.subject_id)
        loop = record[Referral][task.referral_id if task else row.subject_id]
        assert loop.person_id == row.person_id, "a text about somebody else"
        assert not loop.masked, "a text about a protected service"
        assert loop.first_sent_at is not None and loop.kind != "informational", "a text about nothing that was asked"
        if template != "ask":
            return
        words = [w for w in record[WordOfPerson].values() if w.referral_id == loop.id]
        newest = max(words, key=lambda w: (w.said_at, w.id), default=None)
        assert newest is None or newest.word not in FINAL, "asked again after the last word"
        assert loop.status != "entered-in-error", "asked about what was taken back"
        still_open = loop.status == "active" or not row.codes["when"].startswith("sent")
        assert still_open, "asked as if it were still open"
        is_early = loop.status == "active" and at < loop.first_sent_at + timedelta(days=3)
        assert not is_early, "asked before the day"
        says_otherwise = newest is not None and loop.closed_at is not None and newest.said_at >= loop.closed_at
        assert loop.closing != "no-longer-needs" or says_otherwise, "asked though it is no longer needed"

    def check_permissions(self, record: Record) -> None:
        """What is on record allows a text exactly where the person does."""
        for point in record[ContactPoint].values():
            may = people.may_be_texted(point)
            assert may == self.phones[point.id].allows, "permission on record is not what was said"
        for person_id in self.persons:
            paused = record[Person][person_id].texts_paused_at is not None
            assert paused == (person_id in self.paused), "texts go on though they were paused, or the reverse"

    @property
    def persons(self) -> set[UUID]:
        return {phone.person_id for phone in self.phones.values()}

    def check_queue(self, record: Record) -> None:
        """Nothing is even planned about a draft, a contact that was given or a protected service."""
        silent = {
            r.id for r in record[Referral].values() if r.masked or r.kind == "informational" or r.status == "draft"
        }
        silent |= {t.id for t in record[ReferralTask].values() if t.referral_id in silent}
        for row in record[Outbox].values():
            assert row.subject_id not in silent, "a text is planned about it"
            at_the_end = row.codes.get("when", "").startswith("closed")
            assert not (at_the_end and row.subject_id in self.replaced), (
                "asked about what another request replaced, too"
            )
