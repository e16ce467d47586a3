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
    unanswered: int = 0

    def knows(self, number: str) -> bool:
        return any(phone.number == number for phone in self.phones.values())

    def hear(self, number: str, body: str, in_danger: set[UUID]) -> None:
        """A text came in: it may be answered once, and may end or begin what this number allows."""
        self.unanswered += 1
        self.paused |= in_danger
        if body == "STOP":
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
        assert not any(row.subject_id in silent for row in record[Outbox].values()), "a text is planned about it"
