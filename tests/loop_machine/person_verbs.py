"""What the person says and what is kept of them: consents, corrections, phones, texts; and the clock."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import initialize
from sqlmodel import Session, col, select

from cie import consent, messaging, people, referrals
from cie.access import Actor, ActorKind, Door, Purpose
from cie.consent import FORM_VERSION, Decision, Method
from cie.directory import Category
from cie.events import AuditEntry
from cie.messaging import TextMessage
from cie.people import TEXT_PERMISSION_WORDING, ContactKind, ContactPoint, ContactState, DangerAlert, Person, Safety
from cie.referrals import WordOfPerson
from tests.loop_machine.machine import Dice, Machine
from tests.loop_machine.sharing import Said
from tests.loop_machine.snapshot import WATCHED, Step
from tests.loop_machine.texting import STOPS, WORDS, Phone
from tests.loop_machine.world import NUMBER

OTHER_NUMBER = "+15595550143"
Kinds = tuple[Category, ...]
KINDS: tuple[Kinds, ...] = ((Category.GENERAL,), (Category.HOUSING,), (Category.GENERAL, Category.HOUSING))
DANGER = "he is hitting me help"
BODIES = (
    "1", "2", "3", "4", "1", "2", "STOP", "STOP", "STOP", "START", "START", "HELP", "wrong number", DANGER, DANGER,
    STOPS[1], "hm",
)  # fmt: skip
LANGUAGES = ("en", "es", "hmn")
NAMES = ("Aster", "Astrid", "Asta")
SEED = st.integers(0, 10**9)
SAYING = ("agree", "agree_apart", "all_but_one", "say_no", "take_back", "stop_one_place", "stop_one_place", "correct")
CLOCK = ("time_passes", "time_passes", "days_pass", "days_pass")
REACHING = (
    "correct_phone", "correct_phone", "correct_phone", "remove_phone", "add_phone", "pause", "pause", "text_in",
    "text_in", "text_in", "welcome_texts", "welcome_texts",
)  # fmt: skip
PERMIT = {"may_text": True, "wording_version": TEXT_PERMISSION_WORDING["version"]}


class PersonVerbs(Machine):
    """Verbs of people, consent and messaging, and the clock that jumps over timers and weekends."""

    @initialize(seeds=st.lists(SEED, max_size=3))
    def what_they_said_before(self, seeds: list[int]) -> None:
        for seed in seeds:
            dice = Dice(seed)
            dice.one_of([self.agree, self.agree_apart])(dice)

    def meanwhile(self, dice: Dice, person_id: UUID) -> None:
        """Something about the person changes."""
        dice.one_of([self.correct, self.correct, self.agree, self.say_no, self.say_no, self.take_back])(dice, person_id)

    def person_id(self, dice: Dice) -> UUID:
        person_id: UUID = self.world.persons[dice.once_in(3)].id
        return person_id

    def owner(self, dice: Dice, person_id: UUID) -> Actor:
        return self.someone(dice, self.world.sharing.owner_of[person_id])

    def recipients(self, dice: Dice, person_id: UUID) -> list[UUID]:
        others = [p.id for p in self.world.places if p.id != self.world.sharing.owner_of[person_id]]
        return [] if dice.once_in(2) else [dice.one_of(others)]

    def agree(self, dice: Dice, person_id: UUID | None = None) -> None:
        person_id = person_id or self.person_id(dice)
        to, kinds = self.recipients(dice, person_id), dice.one_of(KINDS)
        until = self.world.day + timedelta(days=dice.number(0, 6)) if dice.once_in(2) else None
        self.record(dice, person_id, Decision.SHARE, kinds, to, until)

    def agree_apart(self, dice: Dice, person_id: UUID | None = None) -> None:
        """Two kinds of data in two consents: one for a few days and to all, one to one place and without an end."""
        person_id, until = person_id or self.person_id(dice), self.world.day + timedelta(days=dice.number(0, 4))
        self.record(dice, person_id, Decision.SHARE, KINDS[0], [], until)
        self.record(dice, person_id, Decision.SHARE, KINDS[1], [self.world.places[1].id], None)

    def all_but_one(self, dice: Dice) -> None:
        """A no that names a place, and a later yes to all: the no stands."""
        person_id = self.person_id(dice)
        others = [p.id for p in self.world.places if p.id != self.world.sharing.owner_of[person_id]]
        self.record(dice, person_id, Decision.DO_NOT_SHARE, (), [dice.one_of(others)], None)
        self.record(dice, person_id, Decision.SHARE, KINDS[2], [], None)

    def say_no(self, dice: Dice, person_id: UUID | None = None) -> None:
        person_id = person_id or self.person_id(dice)
        if dice.once_in(2):
            self.record(dice, person_id, Decision.DO_NOT_SHARE, (), self.recipients(dice, person_id), None)

    def record(
        self, dice: Dice, person_id: UUID, decision: Decision, kinds: Kinds, to: list[UUID], until: date | None
    ) -> None:
        yes = decision == Decision.SHARE
        step = self.world.act(
            self.owner(dice, person_id),
            consent.record_consent,
            person_id,
            decision=decision,
            categories=kinds,
            recipient_ids=to,
            method=Method.IN_PERSON,
            expires_on=until,
            wording_version=FORM_VERSION if yes else "",
        )
        if step.done:
            said = Said(step.result.id, person_id, yes, frozenset(k.value for k in kinds), frozenset(to), until)
            self.world.sharing.hear(said)

    def take_back(self, dice: Dice, person_id: UUID | None = None) -> None:
        person_id = person_id or self.person_id(dice)
        given = [s for s in self.world.sharing.said if s.person_id == person_id and not s.ended]
        if given and dice.once_in(2):
            chosen, actor = dice.one_of(given).id, self.owner(dice, person_id)
            if self.world.act(actor, consent.revoke, chosen, method=Method.SIGNED_PAPER).done:
                self.world.sharing.take_back([chosen])

    def stop_one_place(self, dice: Dice) -> None:
        """Mostly one that was shown something."""
        person_id, sharing = self.person_id(dice), self.world.sharing
        shown = {r.recipient_id for r in self.world.record[consent.Release].values() if r.person_id == person_id}
        likely = [] if dice.once_in(4) else sorted(shown - {sharing.owner_of[person_id]})
        place = dice.one_of(likely or [each.id for each in self.world.places])
        actor = self.owner(dice, person_id)
        step = self.world.act(actor, consent.stop_sharing_with, person_id, place, method=Method.IN_PERSON)
        if not step.done:
            return
        named = {s.id: s.to for s in sharing.said}
        assert all(named[c.id] == {place} for c in step.result.revoked), "a yes that others share in was taken back"
        sharing.take_back(c.id for c in step.result.revoked)
        if step.result.no is not None:
            sharing.hear(Said(step.result.no.id, person_id, False, frozenset(), frozenset([place]), None))
        live = [r for r in self.world.record[consent.Release].values() if r.ended_at is None]
        between = [r for r in live if r.person_id == person_id and place in (r.recipient_id, r.organization_id)]
        assert sharing.owner_of[person_id] == place or not between, "stopped, and still readable"

    def correct(self, dice: Dice, person_id: UUID | None = None) -> None:
        person_id = person_id or self.person_id(dice)
        name, language, size = dice.one_of(NAMES), dice.one_of(LANGUAGES), dice.number(1, 7)
        changes: dict[str, object] = dice.one_of(
            [{"given_name": name}, {"language": language}, {"household_size": size}]
        )
        version = self.world.record[Person][person_id].version - dice.once_in(7)
        actor = self.owner(dice, person_id)
        self.world.act(actor, people.correct_person, person_id, changes, seen_version=version)

    def points(self, person_id: UUID) -> list[Any]:
        return [p for p in self.world.record[ContactPoint].values() if p.person_id == person_id and p.is_current]

    def welcome_texts(self, dice: Dice) -> None:
        """All that a text needs is there again, but for what danger paused."""
        person_id = self.person_id(dice)
        wide = {"safe_from_hour": 0, "safe_until_hour": 24}
        changes = {"safety": Safety.SAFE, "state": ContactState.ACTIVE, **wide}
        for point in self.points(person_id):
            self.come_in(self.world.texting.phones[point.id].number, "START")
            for each in (changes, PERMIT):
                actor = self.world.staff(self.world.sharing.owner_of[person_id])
                if self.world.act(actor, people.correct_contact, point.id, each).done:
                    self.remember_phone(self.world.texting.phones[point.id], point.id, each)

    def correct_phone(self, dice: Dice) -> None:
        person_id, first = self.person_id(dice), dice.number(0, 19)
        changes: dict[str, Any] = dice.one_of(
            [
                PERMIT,
                PERMIT,
                {"may_text": False},
                {"safety": dice.one_of(list(Safety))},
                {"safety": dice.one_of([Safety.SAFE, Safety.UNSAFE])},
                {"safe_from_hour": first, "safe_until_hour": first + dice.number(1, 4)},
                {"safe_from_hour": 17, "safe_until_hour": 19},
                {"value": dice.one_of([NUMBER, OTHER_NUMBER])},
                {"value": dice.one_of([NUMBER, OTHER_NUMBER]), "safety": Safety.SAFE},
                {"state": dice.one_of([ContactState.ACTIVE, ContactState.WRONG_NUMBER])},
            ]
        )
        if points := self.points(person_id):
            point, actor = dice.one_of(points), self.owner(dice, person_id)
            step = self.world.act(actor, people.correct_contact, point.id, changes)
            if step.done:
                self.remember_phone(self.world.texting.phones[point.id], step.result.id, changes)

    def remember_phone(self, phone: Phone, now_id: UUID, changes: dict[str, Any]) -> None:
        if now_id != phone.id:
            phone.theirs = False
            self.world.texting.phones[now_id] = Phone(
                now_id, phone.person_id, changes["value"], may_text=False, safe=changes.get("safety") == Safety.SAFE
            )
            return
        phone.may_text = changes.get("may_text", phone.may_text)
        phone.safe = changes.get("safety", Safety.SAFE if phone.safe else None) == Safety.SAFE
        if "safe_from_hour" in changes:
            phone.hours = changes["safe_from_hour"], changes["safe_until_hour"]
        if "state" in changes and (changes["state"] == ContactState.ACTIVE) != phone.theirs:
            phone.theirs, phone.may_text = changes["state"] == ContactState.ACTIVE, False

    def remove_phone(self, dice: Dice) -> None:
        person_id = self.person_id(dice)
        points = self.points(person_id)
        if points and dice.once_in(2):
            step = self.world.act(self.owner(dice, person_id), people.remove_contact, points[0].id)
            self.world.texting.phones[points[0].id].theirs &= not step.done

    def add_phone(self, dice: Dice) -> None:
        person_id, may, safe = self.person_id(dice), not dice.once_in(4), not dice.once_in(4)
        values: dict[str, Any] = {"kind": ContactKind.SMS, "value": dice.one_of([NUMBER, OTHER_NUMBER])}
        values |= ({"safety": Safety.SAFE} if safe else {}) | (PERMIT if may else {})
        step = self.world.act(self.owner(dice, person_id), people.add_contact, person_id, **values)
        if step.done:
            phone = Phone(step.result.id, person_id, values["value"], may, safe)
            self.world.texting.phones[phone.id] = phone

    def text_in(self, dice: Dice) -> None:
        """Any text; where a question is open, often its answer, and now and then that twice over."""
        number, body = OTHER_NUMBER if dice.once_in(4) else NUMBER, dice.one_of(BODIES)
        if self.world.texting.asked and dice.once_in(2):
            number, body = dice.one_of(sorted(self.world.texting.asked)), dice.one_of(sorted(WORDS))
        self.come_in(number, body)
        if body in WORDS and dice.once_in(2):
            self.come_in(number, body)
        if dice.once_in(4):
            again = self.taken_in(number, body)
            assert not any(again.differs(table) for table in WATCHED), "the same text twice did something twice"

    def come_in(self, number: str, body: str) -> None:
        texting = self.world.texting
        self.world.texts_in += 1
        meant = texting.answered_by(number, body, at=self.world.now)
        step = self.taken_in(number, body)
        alerts = step.new(DangerAlert)
        texting.hear(number, body, {alert.person_id for alert in alerts})
        assert body not in (DANGER, STOPS[1]) or alerts or not texting.knows(number), "danger unheard"
        said = [(word.referral_id, word.word) for word in step.new(WordOfPerson)]
        assert said == meant, "another word than the one that answers the open question"
        wish = {"text.stop"} if body in STOPS else {"text.start"} if body == "START" else set()
        wanted = wish | ({"text.receive"} if step.actor.id else set())
        assert wanted <= {e.action for e in step.new(AuditEntry)}, "a text came in and no audit entry says so"

    def taken_in(self, number: str, body: str) -> Step:
        """The newest text comes through the door, for the first time or once more."""
        sid, nobody = f"IN{self.world.texts_in:032d}", Actor(ActorKind.PERSON, door=Door.TEXT)
        return self.world.act(nobody, take_in, number, body, sid, says={"without_actor": True})

    def pause(self, dice: Dice) -> None:
        """Texts are paused, go on again, or somebody says what was done about a danger."""
        alerts, how = self.world.alerts(), dice.one_of(["pause", "resume", "close"])
        person_id = dice.one_of([alert.person_id for alert in alerts] or [self.person_id(dice)])
        if how == "close" and alerts:
            self.close_alert(dice, alerts[0])
        elif how == "pause":
            if self.world.act(self.owner(dice, person_id), people.pause_texts, person_id).done:
                self.world.texting.paused.add(person_id)
        elif self.world.act(self.owner(dice, person_id), people.resume_texts, person_id).done:
            assert not any(a.person_id == person_id for a in alerts), "texts go on and nobody saw to the danger"
            self.world.texting.paused.discard(person_id)

    def close_alert(self, dice: Dice, alert: Any) -> None:
        goes_on, actor = dice.once_in(2), self.someone(dice, alert.organization_id)
        step = self.world.act(actor, people.close_alert, alert.id, note="We called", resume_texts=goes_on)
        still = any(a.person_id == alert.person_id for a in self.world.alerts())
        if step.done and goes_on and not still:
            self.world.texting.paused.discard(alert.person_id)

    def time_passes(self, dice: Dice) -> None:
        self.world.pass_time(timedelta(minutes=dice.number(1, 60 * 24)), worker=dice.once_in(2))

    def days_pass(self, dice: Dice) -> None:
        """The worker runs now and then meanwhile, at any hour, over weekends, too."""
        days = dice.one_of([1, 2, 3, 3, 4, 7, 8])
        for _part in range(parts := min(2 * days, 3)):
            self.world.pass_time(timedelta(days=days) / parts, worker=True)


def take_in(session: Session, phone: str, body: str, sid: str, *, at: Any) -> Actor | None:
    """What the text door does: keep the text, call the verb of the question that it answers, thank."""
    answered = messaging.receive(session, phone=phone, body=body, gateway_id=sid, at=at)
    if answered is not None:
        thanks = referrals.record_text_answer(session, answered.actor, answered.subject_id, answered.digit, at=at)
        messaging.answer(session, answered.point, thanks, answered.message_id, at=at)
    message = session.execute(select(TextMessage).where(col(TextMessage.gateway_id) == sid)).scalar_one()
    if message.person_id is None:
        return None
    purpose = Purpose.PERSON_REQUEST
    return Actor(ActorKind.PERSON, message.person_id, message.organization_id, purpose=purpose, door=Door.TEXT)
