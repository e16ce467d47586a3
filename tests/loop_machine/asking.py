"""What the sender does first: preview and send, keep drafts, refer again, give a contact."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import initialize

from cie import referrals
from cie.consent import DataSet
from cie.db import reading
from cie.referrals import Kind, Referral, Request, Urgency
from tests.loop_machine.machine import Dice, Machine
from tests.loop_machine.promises import OVER
from tests.loop_machine.sharing import plain

URGENCIES = (Urgency.WEEK, Urgency.WEEK, Urgency.WEEK, Urgency.TWO_DAYS, Urgency.TWO_DAYS, Urgency.NOT_URGENT)
WRITTEN = "Please come on Monday"
SEED = st.integers(0, 10**9)
ASKING = ("send", "send", "send_late", "refer_again", "refer_again", "draft", "draft", "give_contact", "send_apart")


class AskingVerbs(Machine):
    """Verbs of whoever asks. The dice mostly lead to what is possible, now and then to anything."""

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
            "urgency": Urgency.TODAY if dice.once_in(12) else dice.one_of(URGENCIES),
            "in_order": dice.once_in(2),
            "at_person_request": not dice.once_in(4),
        }
        return Request(**{**values, **fields})

    def send(self, dice: Dice, *, late: bool = False) -> None:
        self.previewed_and_sent(dice, self.request(dice, dice.one_of([1, 1, 2, 3])), late=late)

    def send_late(self, dice: Dice) -> None:
        """Something happens between the preview and the sending."""
        self.send(dice, late=True)

    def send_apart(self, dice: Dice) -> None:
        """What goes rests on two consents, of which one ends first."""
        values = {"person_id": self.world.persons[0].id, "need_code": "rent-help", "urgency": Urgency.WEEK}
        self.agree_apart(dice, self.world.persons[0].id)
        self.previewed_and_sent(dice, self.request(dice, 1, service_ids=(self.world.services[0],), **values))

    def refer_again(self, dice: Dice) -> None:
        """After a decline or an end, mostly to whom the decliner named."""
        stuck = [] if dice.once_in(3) else self.stuck()
        loop = dice.one_of(stuck) if stuck else self.loop(dice, "active", "revoked")
        if loop is not None and loop.id in self.world.requests:
            tasks = [t for t in self.tasks() if t.referral_id == loop.id]
            named = [t.proposed_service_id for t in tasks if t.proposed_service_id]
            chosen = tuple(named[-1:]) or (dice.one_of(self.world.services),)
            again = replace(self.world.requests[loop.id], service_ids=chosen, replaces_id=loop.id)
            self.previewed_and_sent(dice, again)

    def stuck(self) -> list[Any]:
        """Loops that are open while nobody is asked any more."""
        asked = {t.referral_id for t in self.tasks() if t.status not in OVER}
        loops = sorted(self.world.record[Referral].values(), key=lambda r: r.id)
        return [r for r in loops if r.status == "active" and r.id not in asked]

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
        assert not (step.done and request.urgency == Urgency.TODAY), "asked today of who does not help the same day"
        if step.done:
            world.requests[step.result.id] = request
            ended = {before.id for before, after in step.changed(Referral) if before.closed_at != after.closed_at}
            world.texting.replaced |= ended

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
        step = self.world.act(actor, referrals.give_contact, request, follow_up_on=day, said=said, draft_id=draft)
        assert not step.done or day is None or day > self.world.day, "we look again on a day that is past"
