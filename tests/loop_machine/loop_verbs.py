"""What the two sides do: ask, answer, help, pause, end, write, take charge."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from cie import consent, referrals
from cie.access import Actor, ActorKind, Door
from cie.consent import DataSet
from cie.db import reading
from cie.referrals import (
    REASONS,
    Closing,
    ContactMethod,
    Kind,
    PersonWord,
    Reason,
    Referral,
    ReferralTask,
    Request,
    Seen,
    TaskStatus,
    Told,
    Urgency,
)
from tests.loop_machine.promises import OVER
from tests.loop_machine.sharing import plain
from tests.loop_machine.snapshot import Step
from tests.loop_machine.world import World

PICK = st.integers(0, 10**6)
URGENCIES = st.sampled_from([Urgency.WEEK, Urgency.WEEK, Urgency.TWO_DAYS, Urgency.NOT_URGENT, Urgency.TODAY])
WAYS_ON = ("start", "start", "hold", "complete", "fail", "cancel")
WRITTEN = "Please come on Monday"


class LoopVerbs(RuleBasedStateMachine):
    """Verbs of referrals. Picks mostly lead to what is possible, now and then to anything."""

    world: World

    def tasks(self) -> list[Any]:
        return sorted(self.world.record[ReferralTask].values(), key=lambda t: t.id)

    def task(self, pick: int, *wanted: str) -> Any:
        """A task, mostly one that stands as wanted, else one that is not over."""
        tasks = self.tasks()
        fitting = [t for t in tasks if (t.status in wanted if wanted else t.status not in OVER)]
        chosen = fitting if fitting and pick % 6 else tasks
        return chosen[pick // 6 % len(chosen)] if chosen else None

    def loop(self, pick: int, *wanted: str) -> Any:
        loops = sorted(self.world.record[Referral].values(), key=lambda r: r.id)
        chosen = [r for r in loops if r.status in wanted] or loops
        return chosen[pick % len(chosen)] if chosen else None

    def request(self, pick: int, count: int, **fields: Any) -> Request:
        """Of a person, to some services; to a protected one mostly at the person's own wish."""
        chosen = [self.world.services[(pick + n * (1 + pick % 4)) % 5] for n in range(count)]
        return Request(
            person_id=self.world.persons[pick % 5 == 4].id,
            need_code=("food", "rent-help")[pick % 3 == 2],
            service_ids=tuple(dict.fromkeys(chosen)),
            message=WRITTEN if pick % 2 else None,
            at_person_request=pick % 4 != 3,
            **fields,
        )

    def sender(self, pick: int, request: Request) -> Actor:
        return self.world.someone(pick, self.world.sharing.owner_of[request.person_id])

    @rule(pick=PICK, count=st.sampled_from([1, 1, 2, 3]), in_order=st.booleans(), urgency=URGENCIES)
    def send(self, pick: int, count: int, in_order: bool, urgency: Urgency) -> None:
        self.previewed_and_sent(pick, self.request(pick, count, urgency=urgency, in_order=in_order))

    @rule(pick=PICK, count=st.integers(1, 3), urgency=URGENCIES)
    def something_happens_between_preview_and_sending(self, pick: int, count: int, urgency: Urgency) -> None:
        self.previewed_and_sent(pick, self.request(pick, count, urgency=urgency), meanwhile=True)

    @rule(pick=PICK)
    def refer_again(self, pick: int) -> None:
        """After a decline or an end, mostly to whom the decliner named."""
        loop = self.loop(pick, "active", "revoked")
        if loop is None or loop.id not in self.world.requests:
            return
        named = [t.proposed_service_id for t in self.tasks() if t.referral_id == loop.id and t.proposed_service_id]
        services = tuple(named[-1:]) or (self.world.services[pick % 5],)
        again = replace(self.world.requests[loop.id], service_ids=services, replaces_id=loop.id)
        self.previewed_and_sent(pick, again)

    def previewed_and_sent(self, pick: int, request: Request, *, meanwhile: bool = False) -> None:
        world, draft = self.world, self.draft_of(request) if pick % 3 == 0 else None
        actor = self.sender(pick, request)
        owner = world.staff(world.sharing.owner_of[request.person_id])
        with reading() as session:
            found = referrals.preview(session, owner, request, at=world.now)
            marks = [p.fingerprint for p in found]
            shown = [plain({e.code: e.value for e in p.ruling.permitted} if p.ruling else {}) for p in found]
        if meanwhile:
            self.meanwhile(pick, request.person_id)
        self.expect(request, found, shown)
        step = world.act(actor, referrals.send, request, previewed=marks, draft_id=draft)
        if step.done:
            world.requests[step.result.id] = request

    def meanwhile(self, pick: int, person_id: UUID) -> None:
        """Something about the person changes; machines of the person's verbs say what."""

    def expect(self, request: Request, found: Sequence[Any], shown: list[dict[str, Any]]) -> None:
        """What the receivers are to see; they are told apart by service, since their tasks have no id yet."""
        data_set = DataSet.REFERRAL if len(request.service_ids) == 1 else DataSet.OFFER
        wanted = {p.service.id: (p.performer_id, data_set, seen) for p, seen in zip(found, shown, strict=True)}
        self.world.sharing.next_tasks = wanted

    def draft_of(self, request: Request) -> UUID | None:
        drafts = [r for r in self.world.record[Referral].values() if r.status == "draft"]
        return next((r.id for r in drafts if r.person_id == request.person_id), None)

    @rule(pick=PICK, count=st.integers(0, 2), urgency=URGENCIES)
    def save_a_draft(self, pick: int, count: int, urgency: Urgency) -> None:
        request = self.request(pick, count, urgency=urgency)
        draft = self.draft_of(request) if pick % 2 else None
        self.world.act(self.sender(pick, request), referrals.save_draft, request, draft_id=draft)

    @rule(pick=PICK)
    def throw_a_draft_away(self, pick: int) -> None:
        loop = self.loop(pick, "draft")
        if loop is not None and loop.status == "draft":
            self.world.act(self.world.someone(pick, loop.organization_id), referrals.mark_in_error, loop.id)

    @rule(pick=PICK, days=st.integers(-1, 9), urgency=URGENCIES)
    def give_a_contact(self, pick: int, days: int, urgency: Urgency) -> None:
        request = self.request(pick, 1, urgency=urgency, kind=Kind.INFORMATIONAL)
        day = self.world.day + timedelta(days=days) if pick % 2 else None
        said = "Come any Tuesday" if pick % 3 == 0 else None
        draft = self.draft_of(request) if pick % 5 == 0 else None
        actor = self.sender(pick, request)
        self.world.act(actor, referrals.give_contact, request, follow_up_on=day, said=said, draft_id=draft)

    def answer_of(self, pick: int, task: Any, told: bool) -> tuple[Actor, dict[str, Any]]:
        """Who answers: mostly the side that was asked, or the asking side that heard it by phone."""
        side = task.organization_id if told else task.performer_id
        values: dict[str, Any] = {"told": Told("Wren")} if told else {}
        if pick % 9 == 5:
            values["seen"] = Seen(task.version - 1)
        return self.world.someone(pick, side), values

    def answered(self, actor: Actor, verb: Any, task: Any, **values: Any) -> Step:
        self.world.coming(task)
        step = self.world.act(actor, verb, task.id, **values)
        is_stale = "seen" in values and values["seen"].version != task.version
        assert not (step.done and is_stale), "answered from a stale page"
        return step

    @rule(pick=PICK, told=st.sampled_from([False, False, True]))
    def accept(self, pick: int, told: bool) -> None:
        if task := self.task(pick, "requested"):
            actor, values = self.answer_of(pick, task, told)
            self.answered(actor, referrals.accept, task, **values)

    @rule(pick=PICK)
    def several_say_yes(self, pick: int) -> None:
        for task in [t for t in self.tasks() if t.status == "requested"][-3:]:
            self.answered(self.world.someone(pick, task.performer_id), referrals.accept, task)

    @rule(pick=PICK, reason=st.sampled_from([*REASONS[TaskStatus.REJECTED], Reason.MISSING_PAPERS]), told=st.booleans())
    def reject(self, pick: int, reason: Reason, told: bool) -> None:
        if task := self.task(pick, "requested"):
            told = told and pick % 2 == 0
            actor, values = self.answer_of(pick, task, told)
            rare = reason == Reason.SERVICE_ENDED and pick % 5
            values["reason"] = Reason.NO_ROOM if rare else reason
            values["words"] = WRITTEN if pick % 3 or reason == Reason.OTHER else None
            if reason == Reason.OTHER_FITS_BETTER or pick % 11 == 0:
                values["proposed_service_id"] = self.world.services[pick % 5]
            self.answered(actor, referrals.reject, task, says={"message": {"text": WRITTEN}}, **values)

    @rule(pick=PICK, days=st.integers(-1, 20), told=st.booleans())
    def put_on_waitlist(self, pick: int, days: int, told: bool) -> None:
        if task := self.task(pick, "requested"):
            actor, values = self.answer_of(pick, task, told)
            until = self.world.day + timedelta(days=days)
            self.answered(actor, referrals.put_on_waitlist, task, until=until, **values)

    @rule(pick=PICK, how=st.sampled_from(WAYS_ON), told=st.booleans())
    def go_on(self, pick: int, how: str, told: bool) -> None:
        task = self.task(pick, "accepted", "in-progress", "on-hold")
        if task is None:
            return
        actor, values = self.answer_of(pick, task, told and how in ("complete", "fail"))
        message = {"message": {"text": WRITTEN}}
        if how in ("hold", "fail", "cancel"):
            status = {"hold": TaskStatus.ON_HOLD, "fail": TaskStatus.FAILED, "cancel": TaskStatus.CANCELLED}[how]
            values["reason"] = REASONS[status][pick % len(REASONS[status])]
        if how == "hold":
            values["until"] = self.world.day + timedelta(days=pick % 9 - 1)
        if how in ("complete", "fail", "cancel") and pick % 3:
            values["words"] = WRITTEN
        self.answered(actor, getattr(referrals, how), task, says=message, **values)

    @rule(pick=PICK)
    def cancel(self, pick: int) -> None:
        if task := self.task(pick):
            actor = self.world.someone(pick, task.organization_id, task.performer_id)
            reason = REASONS[TaskStatus.CANCELLED][pick % 5]
            words = {"words": WRITTEN} if pick % 2 else {}
            says = {"message": {"text": WRITTEN}}
            self.answered(actor, referrals.cancel, task, reason=reason, says=says, **words)

    @rule(pick=PICK, reached=st.sampled_from([False, False, True]))
    def try_to_reach(self, pick: int, reached: bool) -> None:
        if task := self.task(pick, "accepted", "in-progress"):
            self.world.act(
                self.world.someone(pick, task.performer_id),
                referrals.record_attempt,
                task.id,
                method=ContactMethod.PHONE,
                reached=reached,
                minutes=1,
                happened_at=self.world.now - timedelta(hours=pick % 3),
            )

    @rule(pick=PICK, what=st.sampled_from(["message", "message", "note", "file"]))
    def write(self, pick: int, what: str) -> None:
        task = self.task(pick)
        if task is None:
            return
        actor = self.world.someone(pick, task.organization_id, task.performer_id)
        if what == "note":
            self.world.act(actor, referrals.write_note, task.referral_id, "He has a dog")
        elif what == "message":
            self.world.act(actor, referrals.write_message, task.id, WRITTEN, says={"message": {"text": WRITTEN}})
        else:
            self.attach(pick, actor, task)

    def attach(self, pick: int, actor: Actor, task: Any) -> None:
        shared, content = pick % 3 > 0, b"A letter of support"
        name = ("letter.txt", "letter.pdf")[pick % 5 == 0]
        step = self.world.act(
            actor,
            referrals.add_attachment,
            task.id,
            name=name,
            content=content,
            claimed="text/plain",
            shared=shared,
            says={"message": {"file": {"name": name, "type": "text/plain", "bytes": len(content)}}},
        )
        shown = step.done and self.world.record[consent.Release] != step.before[consent.Release]
        assert not shown or (shared and name == "letter.txt"), "a file went though it was kept apart"

    @rule(pick=PICK, closing=st.sampled_from(Closing))
    def close(self, pick: int, closing: Closing) -> None:
        loop = self.loop(pick, "active") if pick % 2 else None
        if loop is not None:
            self.world.act(
                self.world.someone(pick, loop.organization_id), referrals.close_loop, loop.id, closing=closing
            )

    @rule(pick=PICK)
    def mark_in_error(self, pick: int) -> None:
        loop = self.loop(pick) if pick % 6 == 1 else None
        if loop is not None:
            self.world.act(self.world.someone(pick, loop.organization_id), referrals.mark_in_error, loop.id)

    @rule(pick=PICK)
    def remind(self, pick: int) -> None:
        if task := self.task(pick, "requested"):
            self.world.act(self.world.someone(pick, task.organization_id), referrals.remind, task.id)

    @rule(pick=PICK)
    def take_charge(self, pick: int) -> None:
        if task := self.task(pick):
            actor = self.world.someone(pick, task.organization_id, task.performer_id)
            user = self.world.staff(actor.organization, pick // 3).id if pick % 4 else None
            self.world.act(actor, referrals.assign, task.referral_id, user)

    @rule(pick=PICK)
    def hand_over(self, pick: int) -> None:
        place = self.world.places[pick % 4]
        one, other = place.workers[pick % 2].id, place.workers[(pick // 2) % 2].id
        actor = self.world.staff(place.id, pick // 4, idle=pick % 2 == 0)
        self.world.act(actor, referrals.hand_over, one, other if pick % 3 else None)

    @rule(pick=PICK, word=st.sampled_from(PersonWord), self_said=st.booleans())
    def the_person_says(self, pick: int, word: PersonWord, self_said: bool) -> None:
        loop = self.loop(pick, "active", "completed", "revoked")
        if loop is None:
            return
        person = Actor(ActorKind.PERSON, loop.person_id, loop.organization_id, door=Door.LINK)
        actor = person if self_said else self.world.someone(pick, loop.organization_id)
        step = self.world.act(actor, referrals.record_word, loop.id, word)
        asked = {t.performer_id for t in self.tasks() if t.referral_id == loop.id}
        assert not step.done or self_said or actor.organization_id not in asked, "who was to help said that help came"
        assert not step.done or self_said or actor.organization_id == loop.organization_id
