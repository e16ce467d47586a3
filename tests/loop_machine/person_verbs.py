"""What the person says and what is kept of them: consents, corrections, phones, texts; and the clock."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from sqlmodel import Session, col, select

from cie import consent, messaging, people, referrals
from cie.access import Actor, ActorKind, Door, Purpose
from cie.consent import FORM_VERSION, Decision, Method
from cie.directory import Category
from cie.messaging import TextMessage
from cie.people import TEXT_PERMISSION_WORDING, ContactKind, ContactPoint, ContactState, DangerAlert, Person, Safety
from tests.loop_machine.loop_verbs import PICK
from tests.loop_machine.sharing import Said
from tests.loop_machine.texting import Phone
from tests.loop_machine.world import NUMBER, World

OTHER_NUMBER = "+15595550143"
KINDS = ((Category.GENERAL,), (Category.HOUSING,), (Category.GENERAL, Category.HOUSING))
DANGER = "he is hitting me help"
BODIES = (
    "1",
    "2",
    "3",
    "4",
    "1",
    "2",
    "STOP",
    "START",
    "HELP",
    "wrong number",
    DANGER,
    "maybe friday",
)
LANGUAGES = ("en", "es", "hmn")


class PersonVerbs(RuleBasedStateMachine):
    """Verbs of people, consent and messaging, and the clock that jumps over timers and weekends."""

    world: World

    def meanwhile(self, pick: int, person_id: UUID) -> None:
        """Something about the person changes."""
        what = (self.correct, self.agree, self.say_no, self.take_back)[pick % 4]
        what(pick, person_id)

    def person_id(self, pick: int) -> UUID:
        person_id: UUID = self.world.persons[pick % 4 == 3].id
        return person_id

    def owner(self, pick: int, person_id: UUID) -> Actor:
        return self.world.someone(pick, self.world.sharing.owner_of[person_id])

    @rule(pick=PICK)
    def the_person_agrees(self, pick: int) -> None:
        self.agree(pick, self.person_id(pick))

    @rule(pick=PICK)
    def the_person_says_no(self, pick: int) -> None:
        if pick % 3 == 0:
            self.say_no(pick, self.person_id(pick))

    @rule(pick=PICK)
    def the_person_takes_it_back(self, pick: int) -> None:
        if pick % 2:
            self.take_back(pick, self.person_id(pick))

    def recipients(self, pick: int, person_id: UUID) -> list[UUID]:
        others = [p.id for p in self.world.places if p.id != self.world.sharing.owner_of[person_id]]
        return [] if pick % 2 else [others[pick // 2 % 3]]

    def agree(self, pick: int, person_id: UUID) -> None:
        to, kinds = self.recipients(pick, person_id), KINDS[pick // 8 % 3]
        until = self.world.day + timedelta(days=pick % 30) if pick % 3 else None
        self.record(pick, person_id, Decision.SHARE, kinds, to, until)

    def say_no(self, pick: int, person_id: UUID) -> None:
        self.record(pick, person_id, Decision.DO_NOT_SHARE, (), self.recipients(pick, person_id), None)

    def record(
        self, pick: int, person_id: UUID, decision: Decision, kinds: tuple[Category, ...], to: list[UUID], until: Any
    ) -> None:
        yes = decision == Decision.SHARE
        step = self.world.act(
            self.owner(pick, person_id),
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

    def take_back(self, pick: int, person_id: UUID) -> None:
        given = [s for s in self.world.sharing.said if s.person_id == person_id and not s.ended]
        if given:
            chosen, actor = given[pick // 4 % len(given)].id, self.owner(pick, person_id)
            if self.world.act(actor, consent.revoke, chosen, method=Method.SIGNED_PAPER).done:
                self.world.sharing.take_back([chosen])

    @rule(pick=PICK)
    def the_person_stops_one_place(self, pick: int) -> None:
        person_id, place = self.person_id(pick), self.world.places[pick % 4].id
        if pick % 3:
            return
        actor, sharing = self.owner(pick, person_id), self.world.sharing
        step = self.world.act(actor, consent.stop_sharing_with, person_id, place, method=Method.IN_PERSON)
        if not step.done:
            return
        sharing.take_back(c.id for c in step.result.revoked)
        if step.result.no is not None:
            sharing.hear(Said(step.result.no.id, person_id, False, frozenset(), frozenset([place]), None))
        live = [r for r in self.world.record[consent.Release].values() if r.ended_at is None]
        between = [r for r in live if r.person_id == person_id and place in (r.recipient_id, r.organization_id)]
        assert sharing.owner_of[person_id] == place or not between, "stopped, and still readable"

    @rule(pick=PICK)
    def the_person_is_corrected(self, pick: int) -> None:
        self.correct(pick, self.person_id(pick))

    def correct(self, pick: int, person_id: UUID) -> None:
        changes: dict[str, Any] = (
            {"given_name": ("Aster", "Astrid", "Asta")[pick % 3]},
            {"language": LANGUAGES[pick % 3]},
            {"household_size": 1 + pick % 7},
        )[pick // 4 % 3]
        version = self.world.record[Person][person_id].version
        actor = self.owner(pick, person_id)
        self.world.act(actor, people.correct_person, person_id, changes, seen_version=version - (pick % 7 == 0))

    @rule(pick=PICK, what=st.sampled_from(["permit", "permit", "withdraw", "safety", "hours", "number", "state"]))
    def a_phone_is_corrected(self, pick: int, what: str) -> None:
        person_id = self.person_id(pick)
        points = [p for p in self.world.record[ContactPoint].values() if p.person_id == person_id and p.is_current]
        if not points:
            return
        point, actor = points[pick % len(points)], self.owner(pick, person_id)
        changes = self.change_of(pick, what)
        step = self.world.act(actor, people.correct_contact, point.id, changes)
        if step.done:
            self.remember_phone(self.world.texting.phones[point.id], step.result.id, changes)

    def change_of(self, pick: int, what: str) -> dict[str, Any]:
        first = pick % 20
        return {
            "permit": {"may_text": True, "wording_version": TEXT_PERMISSION_WORDING["version"]},
            "withdraw": {"may_text": False},
            "safety": {"safety": list(Safety)[pick % 3]},
            "hours": {"safe_from_hour": first, "safe_until_hour": first + 1 + pick % 4},
            "number": {"value": (NUMBER, OTHER_NUMBER)[pick % 2]},
            "state": {"state": (ContactState.ACTIVE, ContactState.WRONG_NUMBER)[pick % 2]},
        }[what]

    def remember_phone(self, phone: Phone, now_id: UUID, changes: dict[str, Any]) -> None:
        if now_id != phone.id:
            phone.theirs = False
            self.world.texting.phones[now_id] = Phone(now_id, phone.person_id, changes["value"], False, False)
            return
        phone.may_text = changes.get("may_text", phone.may_text)
        phone.safe = changes.get("safety", Safety.SAFE if phone.safe else None) == Safety.SAFE
        if "safe_from_hour" in changes:
            phone.hours = changes["safe_from_hour"], changes["safe_until_hour"]
        if "state" in changes and (changes["state"] == ContactState.ACTIVE) != phone.theirs:
            phone.theirs, phone.may_text = changes["state"] == ContactState.ACTIVE, False

    @rule(pick=PICK)
    def a_phone_is_removed_or_added(self, pick: int) -> None:
        person_id, phones = self.person_id(pick), self.world.texting.phones
        actor = self.owner(pick, person_id)
        mine = [p for p in self.world.record[ContactPoint].values() if p.person_id == person_id and p.is_current]
        if mine and pick % 3 == 0:
            if self.world.act(actor, people.remove_contact, mine[0].id).done:
                phones[mine[0].id].theirs = False
            return
        values: dict[str, Any] = {"kind": ContactKind.SMS, "value": (NUMBER, OTHER_NUMBER)[pick % 2]}
        values |= {"safety": Safety.SAFE} if pick % 5 else {}
        values |= {"may_text": True, "wording_version": TEXT_PERMISSION_WORDING["version"]} if pick % 7 else {}
        step = self.world.act(actor, people.add_contact, person_id, **values)
        if step.done:
            may, safe = bool(values.get("may_text")), "safety" in values
            phones[step.result.id] = Phone(step.result.id, person_id, values["value"], may, safe)

    @rule(pick=PICK, body=st.sampled_from(BODIES))
    def a_text_comes_in(self, pick: int, body: str) -> None:
        number, world = (NUMBER, NUMBER, OTHER_NUMBER)[pick % 3], self.world
        nobody = Actor(ActorKind.PERSON, door=Door.TEXT)
        world.texts_in += 1
        sid = f"IN{world.texts_in:032d}"
        step = world.act(nobody, take_in, number, body, sid, says={"without_actor": True})
        if not step.done:
            return
        world.texting.unanswered += 1
        world.texting.paused |= {alert.person_id for alert in step.new(DangerAlert)}
        if body == "STOP":
            world.texting.stopped.add(number)
        if body == "START":
            world.texting.stopped.discard(number)
        if body == "wrong number":
            for phone in (p for p in world.texting.phones.values() if p.number == number):
                phone.theirs = False
        assert body != DANGER or step.new(DangerAlert) or not self.known(number), "danger unheard"

    def known(self, number: str) -> bool:
        return any(phone.number == number for phone in self.world.texting.phones.values())

    @rule(pick=PICK)
    def texts_are_paused_or_go_on(self, pick: int) -> None:
        person_id, paused = self.person_id(pick), self.world.texting.paused
        actor, alerts = self.owner(pick, person_id), self.world.alerts()
        if alerts and pick % 2:
            self.close_alert(pick, alerts[0])
        elif pick % 3 == 0:
            if self.world.act(actor, people.pause_texts, person_id).done:
                paused.add(person_id)
        elif self.world.act(actor, people.resume_texts, person_id).done:
            assert not any(a.person_id == person_id for a in alerts), "texts go on and nobody saw to the danger"
            paused.discard(person_id)

    def close_alert(self, pick: int, alert: Any) -> None:
        goes_on, actor = pick % 4 == 1, self.world.someone(pick, alert.organization_id)
        step = self.world.act(actor, people.close_alert, alert.id, note="We called", resume_texts=goes_on)
        still = any(a.person_id == alert.person_id for a in self.world.alerts())
        if step.done and goes_on and not still:
            self.world.texting.paused.discard(alert.person_id)

    @rule(minutes=st.integers(1, 60 * 24), worker=st.booleans())
    def time_passes(self, minutes: int, worker: bool) -> None:
        self.world.pass_time(timedelta(minutes=minutes), worker=worker)

    @rule(days=st.sampled_from([1, 2, 3, 3, 4, 7, 8, 14, 15, 31]))
    def days_pass(self, days: int) -> None:
        """The worker runs once at every half day, over weekends, too."""
        for _half in range(min(2 * days, 6)):
            self.world.pass_time(timedelta(days=days) / min(2 * days, 6), worker=True)


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
