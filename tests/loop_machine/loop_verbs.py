"""What the two sides do: answer, help, pause, end, write, take charge."""

from datetime import timedelta
from typing import Any

from cie import consent, referrals
from cie.access import Actor, ActorKind, Door
from cie.errors import ConsentRequired
from cie.referrals import (
    REASONS,
    Closing,
    ContactMethod,
    PersonWord,
    Reason,
    ReferralTask,
    Seen,
    TaskStatus,
    Told,
    WithheldAnswer,
)
from tests.loop_machine.asking import WRITTEN, AskingVerbs
from tests.loop_machine.machine import Dice
from tests.loop_machine.snapshot import Step

SAYS = {"message": {"text": WRITTEN}}
UNDER_WAY = ("accepted", "in-progress", "on-hold")
ANSWERING = (
    "accept", "accept", "accept_all", "reject", "reject", "waitlist", "start", "hold", "complete", "fail", "attempt",
)  # fmt: skip
LOOKING_AFTER = (
    "cancel", "close", "close", "in_error", "in_error", "throw_away", "remind", "charge", "hand_over", "word", "word",
    "message", "message", "note", "file", "file",
)  # fmt: skip


class LoopVerbs(AskingVerbs):
    """Verbs of both sides of a referral that was sent. The dice mostly lead to what is possible."""

    def task(self, dice: Dice, *wanted: str) -> Any:
        """When none stands as wanted, mostly one is sent, or taken on, first."""
        if not self.fitting(wanted) and not dice.once_in(6):
            if wanted == UNDER_WAY:
                self.accept(dice)
            else:
                self.send(dice)
        return super().task(dice, *wanted)

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
        until = values.get("until")
        assert not step.done or until is None or until > self.world.day, "we look again on a day that is past"
        return step

    def not_refused_for_words(self, step: Step) -> None:
        """An answer counts, whatever the person allows; where only the fact may go back, its words stay."""
        assert not isinstance(step.refusal, ConsentRequired), "an answer was refused for its words"

    def words(self, dice: Dice, task: Any) -> dict[str, Any]:
        """Of half of the answers, now and then just after something about the person changed."""
        if dice.once_in(2):
            return {}
        if dice.once_in(2):
            self.meanwhile(dice, task.person_id)
        return {"words": WRITTEN}

    def hears_no_reason(self, step: Step, task: Any) -> None:
        """A receiver that may not write, or learn who it is, hears that there are no further updates, never why."""
        if isinstance(step.refusal, ConsentRequired) and step.actor.organization_id != task.organization_id:
            is_its_own_rule = step.actor.organization_id == self.world.sharing.protected
            assert is_its_own_rule or "no further updates" in step.refusal.message, "a receiver hears why"

    def accept(self, dice: Dice) -> None:
        if task := self.task(dice, "requested"):
            self.hears_no_reason(self.answered(dice, referrals.accept, task, told=dice.once_in(4)), task)

    def accept_all(self, dice: Dice) -> None:
        for task in [t for t in self.tasks() if t.status == "requested"][-3:]:
            self.hears_no_reason(self.answered(dice, referrals.accept, task), task)

    def reject(self, dice: Dice) -> None:
        if task := self.task(dice, "requested"):
            reasons = [r for r in REASONS[TaskStatus.REJECTED] if r != Reason.SERVICE_ENDED or dice.once_in(4)]
            reason = Reason.MISSING_PAPERS if dice.once_in(9) else dice.one_of(reasons)
            values = self.words(dice, task)
            if reason == Reason.OTHER_FITS_BETTER or dice.once_in(9):
                values["proposed_service_id"] = dice.one_of(self.world.services)
            values |= {"reason": reason, "told": dice.once_in(4), "says": SAYS}
            step = self.answered(dice, referrals.reject, task, **values)
            assert not (step.done and reason == Reason.MISSING_PAPERS), "declined for what is a reason to pause"
            self.the_next_is_asked(step, task)

    def the_next_is_asked(self, step: Step, task: Any) -> None:
        """In order, the first that may still be told; who may not is passed over, and hinders no decline.

        After an answer that is not shared nobody is: that would tell that it was no help.
        """
        self.not_refused_for_words(step)
        loop = [t for t in step.before[ReferralTask].values() if t.referral_id == task.referral_id]
        waiting = sorted((t for t in loop if t.status == "draft"), key=lambda t: t.position)
        if step.new(WithheldAnswer):
            assert not any(step.after[ReferralTask][t.id].status != "draft" for t in waiting), "the next step tells it"
            return
        for following in waiting if step.done else ():
            status = step.after[ReferralTask][following.id].status
            if self.world.may_be_told(following):
                assert status == "requested", "nobody is asked next"
                return
            assert status == "entered-in-error", "asked, or left waiting, though it may not be told"

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
            words = self.words(dice, task)
            step = self.answered(dice, referrals.complete, task, told=dice.once_in(3), says=SAYS, **words)
            self.not_refused_for_words(step)

    def fail(self, dice: Dice) -> None:
        if task := self.task(dice, *UNDER_WAY):
            words = self.words(dice, task)
            reason = dice.one_of(REASONS[TaskStatus.FAILED])
            step = self.answered(dice, referrals.fail, task, reason=reason, told=dice.once_in(3), says=SAYS, **words)
            self.not_refused_for_words(step)

    def cancel(self, dice: Dice) -> None:
        if task := self.task(dice):
            words = self.words(dice, task)
            actor, reason = self.either(dice, task), dice.one_of(REASONS[TaskStatus.CANCELLED])
            self.world.coming(task)
            step = self.world.act(actor, referrals.cancel, task.id, reason=reason, says=SAYS, **words)
            self.not_refused_for_words(step)

    def either(self, dice: Dice, task: Any) -> Actor:
        return self.someone(dice, task.organization_id, task.performer_id)

    def attempt(self, dice: Dice) -> None:
        if task := self.task(dice, *UNDER_WAY):
            values = {"method": ContactMethod.PHONE, "reached": dice.once_in(3), "minutes": 1}
            happened = self.world.now - timedelta(hours=dice.number(-1, 3))
            actor = self.someone(dice, task.performer_id)
            step = self.world.act(actor, referrals.record_attempt, task.id, happened_at=happened, **values)
            assert not (step.done and happened > self.world.now), "a try that is still to come"

    def message(self, dice: Dice) -> None:
        if task := self.task(dice):
            actor = self.either(dice, task)
            self.hears_no_reason(self.world.act(actor, referrals.write_message, task.id, WRITTEN, says=SAYS), task)

    def note(self, dice: Dice) -> None:
        if task := self.task(dice):
            self.world.act(self.either(dice, task), referrals.write_note, task.referral_id, "He has a dog")

    def file(self, dice: Dice) -> None:
        if task := self.task(dice):
            content, name = b"A letter of support", "letter.pdf" if dice.once_in(2) else "letter.txt"
            told = {"file": {"name": name, "type": "text/plain", "bytes": len(content)}}
            values = {"name": name, "content": content, "claimed": "text/plain", "shared": not dice.once_in(3)}
            actor = self.either(dice, task)
            step = self.world.act(actor, referrals.add_attachment, task.id, says={"message": told}, **values)
            is_kept = name == "letter.pdf" or not values["shared"]
            assert not (is_kept and step.new(consent.Release)), "a file went though it was kept apart"
            self.hears_no_reason(step, task)

    def close(self, dice: Dice) -> None:
        wanted = dice.one_of([("active",), ("active",), ("completed", "revoked")])
        if loop := self.loop(dice, *wanted, contact_given=dice.once_in(2)):
            closing = dice.one_of(list(Closing))
            actor = self.someone(dice, loop.organization_id)
            step = self.world.act(actor, referrals.close_loop, loop.id, closing=closing)
            assert not (step.done and loop.status != "active"), "ended twice"

    def in_error(self, dice: Dice) -> None:
        if loop := self.loop(dice, *dice.one_of([(), ("completed", "revoked")])) if dice.once_in(2) else None:
            step = self.world.act(self.someone(dice, loop.organization_id), referrals.mark_in_error, loop.id)
            assert not (step.done and loop.status == "entered-in-error"), "taken back twice"

    def remind(self, dice: Dice) -> None:
        if task := self.task(dice, "requested"):
            self.world.act(self.someone(dice, task.organization_id), referrals.remind, task.id)

    def charge(self, dice: Dice) -> None:
        if task := self.task(dice):
            actor = self.either(dice, task)
            place = dice.one_of(self.world.places).id if dice.once_in(4) else actor.organization
            user = None if dice.once_in(4) else self.world.staff(place, dice.number(0, 9)).id
            step = self.world.act(actor, referrals.assign, task.referral_id, user)
            is_colleague = user is None or place == actor.organization
            assert not step.done or is_colleague, "in charge of what another organization does"

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
        who = dice.one_of(self.world.persons).id if dice.once_in(4) else loop.person_id
        person = Actor(ActorKind.PERSON, who, loop.organization_id, door=Door.LINK)
        is_self = dice.once_in(2)
        actor = person if is_self else self.someone(dice, loop.organization_id, *asked)
        step = self.world.act(actor, referrals.record_word, loop.id, dice.one_of(list(PersonWord)))
        assert not step.done or not is_self or who == loop.person_id, "the word of somebody else"
        assert not step.done or is_self or actor.organization_id not in asked, "who was to help said that help came"
        assert not step.done or is_self or actor.organization_id == loop.organization_id
