"""What the two sides do: ask, answer, help, pause, end, write, take charge."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import initialize

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
    Request,
    Seen,
    TaskStatus,
    Told,
    Urgency,
)
from tests.loop_machine.machine import Dice, Machine
from tests.loop_machine.sharing import plain
from tests.loop_machine.snapshot import Step

URGENCIES = (Urgency.WEEK, Urgency.WEEK, Urgency.WEEK, Urgency.TWO_DAYS, Urgency.TWO_DAYS, Urgency.NOT_URGENT)
WRITTEN = "Please come on Monday"
SAYS = {"message": {"text": WRITTEN}}
UNDER_WAY = ("accepted", "in-progress", "on-hold")
SEED = st.integers(0, 10**9)
ASKING = ("send", "send", "send_late", "refer_again", "refer_again", "draft", "draft", "give_contact")
ANSWERING = (
    "accept", "accept", "accept_all", "reject", "reject", "waitlist", "start", "hold", "complete", "fail", "attempt",
)  # fmt: skip
LOOKING_AFTER = (
    "cancel", "close", "close", "in_error", "in_error", "throw_away", "remind", "charge", "hand_over", "word", "word",
    "message", "message", "note", "file",
)  # fmt: skip


class LoopVerbs(Machine):
    """Verbs of referrals. The dice mostly lead to what is possible, now and then to anything."""

    @initialize(seeds=st.lists(SEED, min_size=1, max_size=3))
    def what_was_sent_before(self, seeds: list[int]) -> None:
        for seed in seeds:
            self.send(Dice(seed))

    def request(self, dice: Dice, count: int, **fields: Any) -> Request:
        """Of a person, to some services; to a protected one mostly at the person's own wish."""
        values: dict[str, Any] = {
            "person_id": self.world.persons[dice.once_in(3)].id,
            "need_code": "rent-help" if dice.once_in(3) else "food",
            "service_ids": tuple(dice.some_of(self.world.services, count)),
            "message": WRITTEN if dice.once_in(2) else None,
            "urgency": Urgency.TODAY if dice.once_in(25) else dice.one_of(URGENCIES),
            "in_order": dice.once_in(2),
            "at_person_request": not dice.once_in(4),
        }
        return Request(**{**values, **fields})

    def send(self, dice: Dice, *, late: bool = False) -> None:
        self.previewed_and_sent(dice, self.request(dice, dice.one_of([1, 1, 2, 3])), late=late)

    def send_late(self, dice: Dice) -> None:
        """Something happens between the preview and the sending."""
        self.send(dice, late=True)

    def refer_again(self, dice: Dice) -> None:
        """After a decline or an end, mostly to whom the decliner named."""
        loop = self.loop(dice, "active", "revoked")
        if loop is not None and loop.id in self.world.requests:
            tasks = [t for t in self.tasks() if t.referral_id == loop.id]
            named = [t.proposed_service_id for t in tasks if t.proposed_service_id]
            chosen = tuple(named[-1:]) or (dice.one_of(self.world.services),)
            again = replace(self.world.requests[loop.id], service_ids=chosen, replaces_id=loop.id)
            self.previewed_and_sent(dice, again)

    def previewed_and_sent(self, dice: Dice, request: Request, *, late: bool = False) -> None:
        world, draft = self.world, self.draft_of(request) if dice.once_in(2) else None
        owner_id = world.sharing.owner_of[request.person_id]
        with reading() as session:
            found = referrals.preview(session, world.staff(owner_id), request, at=world.now)
            marks = [p.fingerprint for p in found]
            shown = [plain({e.code: e.value for e in p.ruling.permitted} if p.ruling else {}) for p in found]
        if late:
            self.meanwhile(dice, request.person_id)
        self.expect(request, found, shown)
        actor = self.someone(dice, owner_id)
        step = world.act(actor, referrals.send, request, previewed=marks, draft_id=draft)
        if step.done:
            world.requests[step.result.id] = request

    def expect(self, request: Request, found: Sequence[Any], shown: list[dict[str, Any]]) -> None:
        """What the receivers are to see; they are told apart by service, since their tasks have no id yet."""
        data_set = DataSet.REFERRAL if len(request.service_ids) == 1 else DataSet.OFFER
        wanted = {p.service.id: (p.performer_id, data_set, seen) for p, seen in zip(found, shown, strict=True)}
        self.world.sharing.next_tasks = wanted

    def draft_of(self, request: Request) -> UUID | None:
        drafts = [r for r in self.world.record[Referral].values() if r.status == "draft"]
        return next((r.id for r in drafts if r.person_id == request.person_id), None)

    def draft(self, dice: Dice) -> None:
        """Save one, or resume one; a loop that was sent is tried as one, too."""
        loop = self.loop(dice, *(("draft",) if dice.once_in(2) else ()))
        fields = {"person_id": loop.person_id} if loop else {}
        request = self.request(dice, dice.number(0, 2), **fields)
        resumed = loop.id if loop and dice.once_in(2) else None
        actor = self.someone(dice, self.world.sharing.owner_of[request.person_id])
        self.world.act(actor, referrals.save_draft, request, draft_id=resumed)

    def throw_away(self, dice: Dice) -> None:
        loop = self.loop(dice, "draft")
        if loop is not None and loop.status == "draft":
            self.world.act(self.someone(dice, loop.organization_id), referrals.mark_in_error, loop.id)

    def give_contact(self, dice: Dice) -> None:
        request = self.request(dice, 1, kind=Kind.INFORMATIONAL)
        day = self.world.day + timedelta(days=dice.number(-1, 9)) if dice.once_in(2) else None
        said = "Come any Tuesday" if dice.once_in(3) else None
        draft = self.draft_of(request) if dice.once_in(3) else None
        actor = self.someone(dice, self.world.sharing.owner_of[request.person_id])
        self.world.act(actor, referrals.give_contact, request, follow_up_on=day, said=said, draft_id=draft)

    def answered(self, dice: Dice, verb: Any, task: Any, *, told: bool = False, **values: Any) -> Step:
        """By the side that was asked, or by the asking side that heard it by phone; now and then from a stale page."""
        side = task.organization_id if told else task.performer_id
        values |= {"told": Told("Wren")} if told else {}
        is_stale = dice.once_in(9)
        if is_stale:
            values["seen"] = Seen(task.version - 1)
        self.world.coming(task)
        step = self.world.act(self.someone(dice, side), verb, task.id, **values)
        assert not (step.done and is_stale), "answered from a stale page"
        return step

    def accept(self, dice: Dice) -> None:
        if task := self.task(dice, "requested"):
            self.answered(dice, referrals.accept, task, told=dice.once_in(4))

    def accept_all(self, dice: Dice) -> None:
        for task in [t for t in self.tasks() if t.status == "requested"][-3:]:
            self.answered(dice, referrals.accept, task)

    def reject(self, dice: Dice) -> None:
        if task := self.task(dice, "requested"):
            reasons = [r for r in REASONS[TaskStatus.REJECTED] if r != Reason.SERVICE_ENDED or dice.once_in(4)]
            reason = Reason.MISSING_PAPERS if dice.once_in(9) else dice.one_of(reasons)
            values: dict[str, Any] = {"words": None if dice.once_in(3) else WRITTEN}
            if reason == Reason.OTHER_FITS_BETTER or dice.once_in(9):
                values["proposed_service_id"] = dice.one_of(self.world.services)
            told = dice.once_in(4)
            self.answered(dice, referrals.reject, task, reason=reason, told=told, says=SAYS, **values)

    def waitlist(self, dice: Dice) -> None:
        if task := self.task(dice, "requested"):
            until = self.world.day + timedelta(days=dice.number(-1, 20))
            self.answered(dice, referrals.put_on_waitlist, task, until=until, told=dice.once_in(4))

    def start(self, dice: Dice) -> None:
        if task := self.task(dice, *UNDER_WAY):
            self.answered(dice, referrals.start, task)

    def hold(self, dice: Dice) -> None:
        if task := self.task(dice, *UNDER_WAY):
            until = self.world.day + timedelta(days=dice.number(-1, 9))
            reason = dice.one_of(REASONS[TaskStatus.ON_HOLD])
            self.answered(dice, referrals.hold, task, reason=reason, until=until)

    def complete(self, dice: Dice) -> None:
        if task := self.task(dice, *UNDER_WAY):
            words = {"words": WRITTEN} if dice.once_in(2) else {}
            self.answered(dice, referrals.complete, task, told=dice.once_in(3), says=SAYS, **words)

    def fail(self, dice: Dice) -> None:
        if task := self.task(dice, *UNDER_WAY):
            words = {"words": WRITTEN} if dice.once_in(2) else {}
            reason = dice.one_of(REASONS[TaskStatus.FAILED])
            self.answered(dice, referrals.fail, task, reason=reason, told=dice.once_in(3), says=SAYS, **words)

    def cancel(self, dice: Dice) -> None:
        if task := self.task(dice):
            words = {"words": WRITTEN} if dice.once_in(2) else {}
            actor, reason = self.either(dice, task), dice.one_of(REASONS[TaskStatus.CANCELLED])
            self.world.coming(task)
            self.world.act(actor, referrals.cancel, task.id, reason=reason, says=SAYS, **words)

    def either(self, dice: Dice, task: Any) -> Actor:
        return self.someone(dice, task.organization_id, task.performer_id)

    def attempt(self, dice: Dice) -> None:
        if task := self.task(dice, *UNDER_WAY):
            values = {"method": ContactMethod.PHONE, "reached": dice.once_in(3), "minutes": 1}
            happened = self.world.now - timedelta(hours=dice.number(-1, 3))
            actor = self.someone(dice, task.performer_id)
            self.world.act(actor, referrals.record_attempt, task.id, happened_at=happened, **values)

    def message(self, dice: Dice) -> None:
        if task := self.task(dice):
            self.world.act(self.either(dice, task), referrals.write_message, task.id, WRITTEN, says=SAYS)

    def note(self, dice: Dice) -> None:
        if task := self.task(dice):
            self.world.act(self.either(dice, task), referrals.write_note, task.referral_id, "He has a dog")

    def file(self, dice: Dice) -> None:
        if task := self.task(dice):
            content, name = b"A letter of support", "letter.pdf" if dice.once_in(3) else "letter.txt"
            told = {"file": {"name": name, "type": "text/plain", "bytes": len(content)}}
            values = {"name": name, "content": content, "claimed": "text/plain", "shared": not dice.once_in(3)}
            actor = self.either(dice, task)
            step = self.world.act(actor, referrals.add_attachment, task.id, says={"message": told}, **values)
            is_kept = name == "letter.pdf" or not values["shared"]
            assert not (is_kept and step.new(consent.Release)), "a file went though it was kept apart"

    def close(self, dice: Dice) -> None:
        wanted = dice.one_of([("active",), ("active",), ("completed", "revoked")])
        if loop := self.loop(dice, *wanted, contact_given=dice.once_in(3)):
            closing = dice.one_of(list(Closing))
            self.world.act(self.someone(dice, loop.organization_id), referrals.close_loop, loop.id, closing=closing)

    def in_error(self, dice: Dice) -> None:
        if loop := self.loop(dice, *dice.one_of([(), ("completed", "revoked")])) if dice.once_in(2) else None:
            self.world.act(self.someone(dice, loop.organization_id), referrals.mark_in_error, loop.id)

    def remind(self, dice: Dice) -> None:
        if task := self.task(dice, "requested"):
            self.world.act(self.someone(dice, task.organization_id), referrals.remind, task.id)

    def charge(self, dice: Dice) -> None:
        if task := self.task(dice):
            actor = self.either(dice, task)
            user = None if dice.once_in(4) else self.world.staff(actor.organization, dice.number(0, 9)).id
            self.world.act(actor, referrals.assign, task.referral_id, user)

    def hand_over(self, dice: Dice) -> None:
        place = dice.one_of(self.world.places[:3])
        one, other = (worker.id for worker in dice.some_of(place.workers, 2))
        actor = self.world.staff(place.id, dice.number(0, 9), idle=dice.once_in(2))
        self.world.act(actor, referrals.hand_over, one, None if dice.once_in(3) else other)

    def word(self, dice: Dice) -> None:
        """The person's own word, from themselves or taken by staff, also by those who were asked to help."""
        loop = self.loop(dice, "active", "completed", "revoked")
        if loop is None:
            return
        asked = {t.performer_id for t in self.tasks() if t.referral_id == loop.id}
        person = Actor(ActorKind.PERSON, loop.person_id, loop.organization_id, door=Door.LINK)
        is_self = dice.once_in(2)
        actor = person if is_self else self.someone(dice, loop.organization_id, *asked)
        step = self.world.act(actor, referrals.record_word, loop.id, dice.one_of(list(PersonWord)))
        assert not step.done or is_self or actor.organization_id not in asked, "who was to help said that help came"
        assert not step.done or is_self or actor.organization_id == loop.organization_id
