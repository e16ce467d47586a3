"""What became of one invented referral: moves, release and words, as the verbs would leave them."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from cie import referrals
from cie.access import SYSTEM, Actor, ActorKind, Door
from cie.consent import DataSet, Element, Release, fingerprint_of
from cie.consent.models import ReleaseElement
from cie.events import Event
from cie.messaging import TextQuestion
from cie.referrals import (
    ContactAttempt,
    ContactMethod,
    Kind,
    PersonWord,
    Referral,
    ReferralStatus,
    ReferralTask,
    TaskHistory,
    TaskStatus,
    WordOfPerson,
)
from cie.referrals.disclosure import element
from cie.referrals.timers import due_at
from cie.seeding.invented import URGENCIES, WORDS, Course, new_id, weighted
from cie.seeding.loops import Batch, Known, Receiver, Record, Sender
from cie.seeding.read_models import End, write_read_models


class Loop:
    """One referral while its rows are made, in the order in which things happened."""

    def __init__(self, batch: Batch, rng: Random, sender: Sender, receiver: Receiver, known: Known) -> None:
        self.batch, self.rng = batch, rng
        self.sender, self.receiver, self.known = sender, receiver, known
        self.events: list[Event] = []
        self.words: list[Record] = []
        self.asked = False

    def play(self, course: Course, message: str | None, sent: datetime, now: datetime) -> None:
        """Send, let the course run between `sent` and `now`, and write the read models of the end."""
        self.at, self.now = sent, now
        self._send(message)
        self._release(message)
        for status, reason in course.moves:
            self._attempts(course.attempts if status == TaskStatus.FAILED else 0)
            self._wait()
            self._move(status, reason)
        if course.waitlisted:
            self._waitlist()
        self.task["due_at"] = due_at(self.referral, self.task, at=self.at)  # type: ignore[arg-type]  # a Record reads as one
        if course.late:
            self._return()
        if course.closing is not None:
            self._close(course)
        self._write_read_models()

    def _record(self, actor: Actor, action: str, subject: Any, row: Record, **codes: Any) -> None:
        self.events.append(self.batch.record(actor, action, subject, row, self.at, **codes))

    def _wait(self) -> None:
        """Time passes: hours to days, never past now."""
        gap = timedelta(hours=1 + self.rng.expovariate(1 / 30))
        self.at = min(self.at + gap, self.at + (self.now - self.at) / 2)

    def _send(self, message: str | None) -> None:
        actor, person = self.sender.actor, self.known.person
        self.referral = self.batch.add(
            Referral,
            id=new_id(self.rng, self.at),
            organization_id=actor.organization,
            person_id=person.id,
            need_code=self.receiver.need_code,
            title=self.receiver.name,
            kind=Kind.DIRECT,
            urgency=self.rng.choice(URGENCIES),
            status=ReferralStatus.ACTIVE,
            message_sealed=message,
            masked=False,
            replaces_id=None,
            follow_up_on=None,
            open_task_id=None,
            assignee_id=actor.id,
            created_by_id=actor.id,
            created_at=self.at,
            first_sent_at=self.at,
            closed_at=None,
            closing=None,
            version=1,
        )
        self._record(actor, "referral.send", Referral, self.referral, kind=Kind.DIRECT.value)
        self._ask()

    def _ask(self) -> None:
        self.task = self.batch.add(
            ReferralTask,
            id=new_id(self.rng, self.at),
            organization_id=self.referral.organization_id,
            requester_id=self.referral.organization_id,
            referral_id=self.referral.id,
            person_id=self.referral.person_id,
            performer_id=self.receiver.actor.organization,
            service_id=self.receiver.service_id,
            status=TaskStatus.DRAFT,
            reason=None,
            requested_at=self.at,
            answered_at=None,
            ended_at=None,
            returned_at=None,
            waitlist_until=None,
            hold_until=None,
            outcome_withheld=False,
            assignee_id=self.receiver.actor.id,
            version=1,
        )
        self._move(TaskStatus.REQUESTED, None, self.sender.actor)

    def _move(self, to: TaskStatus, reason: Any, actor: Actor | None = None) -> None:
        task = self.task
        actor = actor or (self.sender.actor if to == TaskStatus.CANCELLED else self.receiver.actor)
        self.batch.add(
            TaskHistory,
            id=new_id(self.rng, self.at),
            organization_id=task.organization_id,
            referral_id=task.referral_id,
            task_id=task.id,
            from_status=task.status,
            to_status=to,
            reason=reason,
            actor_kind=actor.kind.value,
            actor_id=actor.id,
            actor_organization_id=actor.organization_id,
            door=actor.door.value,
            at=self.at,
        )
        task.update(status=to, reason=reason, version=task.version + 1)
        if to in (TaskStatus.ACCEPTED, TaskStatus.REJECTED):
            task["answered_at"] = self.at
        if to in referrals.TERMINAL:
            task["ended_at"] = self.at
        if to == TaskStatus.ON_HOLD:
            task["hold_until"] = self.at.date() + timedelta(days=self.rng.randrange(3, 15))
        self._record(actor, f"task.{to.value}", ReferralTask, task, reason=reason.value if reason else None)
        if to == TaskStatus.CANCELLED:
            self.release["ended_at"] = self.at
            self._record(actor, "release.end", Release, self.release)

    def _elements(self, message: str | None) -> list[Element]:
        told = [("need", self.receiver.name), ("urgency", self.referral.urgency.value), *self.known.elements]
        kind = self.receiver.category
        known = [(code, value) for code, value in (*told, ("message", message)) if value is not None]
        return [element(code, value, need=kind, service=kind) for code, value in known]

    def _release(self, message: str | None) -> None:
        elements = self._elements(message)
        consent = self.known.consent
        self.release = self.batch.add(
            Release,
            id=new_id(self.rng, self.at),
            organization_id=self.referral.organization_id,
            recipient_id=self.task.performer_id,
            person_id=self.referral.person_id,
            referral_id=self.referral.id,
            subject_id=self.task.id,
            data_set=DataSet.REFERRAL,
            purpose=self.sender.actor.purpose.value,
            basis="consent",
            consent_ids=[str(consent.id)],
            obligations=[],
            fingerprint=fingerprint_of(elements),
            released_at=self.at,
            ended_at=None,
        )
        for position, told in enumerate(elements):
            self.batch.add(
                ReleaseElement,
                id=new_id(self.rng, self.at),
                organization_id=self.release.organization_id,
                release_id=self.release.id,
                position=position,
                element=told.code,
                category=told.category.value,
                value_sealed=told.value,
            )
        self._record(self.sender.actor, "release.disclose", Release, self.release, basis="consent", version=1)

    def _attempts(self, count: int) -> None:
        """Tries to reach the person, in vain."""
        for _n in range(count):
            self._wait()
            attempt = self.batch.add(
                ContactAttempt,
                id=new_id(self.rng, self.at),
                organization_id=self.task.performer_id,
                referral_id=self.referral.id,
                task_id=self.task.id,
                person_id=self.referral.person_id,
                method=ContactMethod.PHONE,
                reached=False,
                minutes=self.rng.randrange(1, 6),
                happened_at=self.at,
                entered_at=self.at,
                by_id=self.receiver.actor.id,
            )
            codes = {"reached": False, "method": ContactMethod.PHONE.value}
            self.batch.record(self.receiver.actor, "contact.attempt", ContactAttempt, attempt, self.at, **codes)

    def _waitlist(self) -> None:
        self._wait()
        until = self.now.date() + timedelta(days=self.rng.randrange(5, 60))
        self.task.update(waitlist_until=until, answered_at=self.at, version=self.task.version + 1)
        self._record(self.receiver.actor, "task.waitlist", ReferralTask, self.task)

    def _return(self) -> None:
        """No answer came: a reminder, then the sender owes the next step."""
        for name, action in (("reminded_at", "task.remind"), ("returned_at", "task.return")):
            self._wait()
            self.task[name] = self.at
            self._record(SYSTEM, action, ReferralTask, self.task)

    def _close(self, course: Course) -> None:
        closing, by = course.closing, self.receiver.actor
        received = closing == referrals.Closing.SERVICES_RECEIVED
        if not received and closing != referrals.Closing.NO_LONGER_NEEDS:
            by = self.sender.actor
            self._wait()
        status = ReferralStatus.COMPLETED if received else ReferralStatus.REVOKED
        self.referral.update(status=status, closed_at=self.at, closing=closing, version=self.referral.version + 1)
        assert closing is not None
        self._record(by, "referral.close", Referral, self.referral, closing=closing.value)
        if received and self.known.phone and self.known.phone.may_text:
            self._ask_whether_help_came(self.known.phone)

    def _ask_whether_help_came(self, phone: Record) -> None:
        word: PersonWord | None = weighted(self.rng, WORDS)
        asked_at = self.at
        self._wait()
        self.asked = True
        self.batch.add(
            TextQuestion,
            id=new_id(self.rng, asked_at),
            organization_id=self.referral.organization_id,
            person_id=self.referral.person_id,
            contact_point_id=phone.id,
            phone_key=phone.value_key,
            question=referrals.QUESTION,
            subject_id=self.referral.id,
            asked_at=asked_at,
            expires_at=asked_at + timedelta(days=7),
            closed_at=self.at,
            answer=word.value if word else None,
        )
        if word:
            self._say(word)

    def _say(self, word: PersonWord) -> None:
        person = Actor(ActorKind.PERSON, self.referral.person_id, door=Door.TEXT)
        row = self.batch.add(
            WordOfPerson,
            id=new_id(self.rng, self.at),
            organization_id=self.referral.organization_id,
            referral_id=self.referral.id,
            person_id=self.referral.person_id,
            word=word,
            door=person.door.value,
            said_at=self.at,
        )
        self.words.append(row)
        self._record(person, "person.word", WordOfPerson, row, word=word.value)

    def _write_read_models(self) -> None:
        asked = self.asked or bool(self.words)
        end = End(self.referral, self.known.person, self.task, self.words, self.events, asked)
        write_read_models(self.batch, end)
