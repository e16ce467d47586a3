"""What nobody may do, tried again and again: moves that are in no table, and verbs of those who may not use them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from cie import consent, people, referrals
from cie.access import Actor, ActorKind, Door, Role
from cie.consent import Method
from cie.errors import CieError, Invalid, NotFound
from cie.referrals import Closing, ContactMethod, PersonWord, Reason, Referral, Request, Told, Urgency
from tests.loop_machine.machine import Dice, Machine
from tests.loop_machine.promises import ASKED, ASKER, BY_VOICE, MOVES
from tests.loop_machine.sharing import SENSITIVITY

IN_VAIN = ("try_moves", "try_moves", "try_moves", "try_rights", "try_sharing", "try_mixing")
FILE: dict[str, Any] = {"name": "a.txt", "content": b"Hello", "claimed": "text/plain"}
Try = tuple[Any, tuple[Any, ...], dict[str, Any]]


class TryingVerbs(Machine):
    """Each try must be refused, and is undone when it is not."""

    def try_moves(self, dice: Dice) -> None:
        """All that the table does not let either side make of one task, wherever it stands."""
        by_status = {task.status: task for task in self.tasks()}
        if not by_status:
            return
        task = by_status[dice.one_of(sorted(by_status))]
        asker, asked = self.world.staff(task.organization_id), self.world.staff(task.performer_id)
        for to, verb, values in self._moves():
            may = MOVES.get((task.status, to), set())
            if ASKED not in may and not (may and asker.organization_id == asked.organization_id):
                self.world.refuses(asked, verb, task.id, **values)
            if ASKER not in may and asker.organization_id != asked.organization_id:
                self.world.refuses(asker, verb, task.id, **values)
            if ASKED not in may and to in BY_VOICE:
                self.world.refuses(asker, verb, task.id, **values, told=Told("Wren"))
        if task.status != "requested":
            self.world.refuses(asked, referrals.put_on_waitlist, task.id, until=self._tomorrow)
        if task.requested_at is None or task.status in ("cancelled", "entered-in-error"):
            for one in (asker, asked):
                self.world.refuses(one, referrals.write_message, task.id, "Hello")
                self.world.refuses(one, referrals.add_attachment, task.id, **FILE, shared=True)
        self._try_ends(asker, self.world.record[Referral][task.referral_id])

    def _try_ends(self, asker: Actor, loop: Any) -> None:
        """What ended does not end once more."""
        if loop.status != "active":
            self.world.refuses(asker, referrals.close_loop, loop.id, closing=Closing.OTHER)
        if loop.status == "entered-in-error":
            self.world.refuses(asker, referrals.mark_in_error, loop.id)

    @property
    def _tomorrow(self) -> Any:
        return self.world.day + timedelta(days=2)

    def _moves(self) -> Iterator[tuple[str, Any, dict[str, Any]]]:
        yield "accepted", referrals.accept, {}
        yield "rejected", referrals.reject, {"reason": Reason.NO_ROOM}
        yield "in-progress", referrals.start, {}
        yield "on-hold", referrals.hold, {"reason": Reason.OTHER, "until": self._tomorrow}
        yield "completed", referrals.complete, {}
        yield "failed", referrals.fail, {"reason": Reason.OTHER}
        yield "cancelled", referrals.cancel, {"reason": Reason.OTHER}

    def try_rights(self, dice: Dice) -> None:
        """All verbs about one task, by a role that works with nobody, by a stranger, and for another person."""
        if not self.tasks():
            return
        task = dice.one_of(self.tasks())
        idle = self.world.staff(dice.one_of([task.organization_id, task.performer_id]), dice.number(0, 2), idle=True)
        for one in self._about(task):
            self._refused(idle, one)
            refusal = self._refused(self.world.staff(self.world.stranger.id), one)
            assert isinstance(refusal, NotFound | Invalid), f"a stranger learns that there is something: {refusal}"
        for other in (person.id for person in self.world.persons if person.id != task.person_id):
            somebody = Actor(ActorKind.PERSON, other, task.organization_id, door=Door.LINK)
            self._refused(somebody, (referrals.record_word, (task.referral_id, PersonWord.GOT_HELP), {}))
        self._try_rights_over_the_person(dice, task.person_id)

    def try_sharing(self, dice: Dice) -> None:
        """What the person does not allow at this moment goes nowhere, neither as a request nor as a message."""
        sharing, day = self.world.sharing, self.world.day
        for person in self.world.persons:
            for service, place in self.world.place_of.items():
                if not sharing.may_hear(person.id, place, "food", day):
                    request = Request(person.id, "food", Urgency.WEEK, (service,), at_person_request=True)
                    asker = self.world.staff(sharing.owner_of[person.id])
                    self.world.refuses(asker, referrals.send, request, previewed=None)
        tasks = self.tasks()
        for task in dice.some_of(tasks, min(len(tasks), 4)):
            about = SENSITIVITY[self.world.record[Referral][task.referral_id].need_code]
            if about not in sharing.allowed(task.person_id, task.performer_id, day):
                for side in (task.organization_id, task.performer_id):
                    self.world.refuses(self.world.staff(side), referrals.write_message, task.id, "Hello")

    def try_mixing(self, dice: Dice) -> None:
        """A draft is of one person, and so is a request with those that follow it."""
        newcomer = self.world.newcomer
        worker = self.world.staff(newcomer.organization_id)
        request = Request(newcomer.id, "food", Urgency.WEEK, ())
        self.world.act(worker, referrals.save_draft, replace(request, person_id=self.world.persons[0].id))
        for loop in self.world.record[Referral].values():
            if loop.person_id != newcomer.id:
                self.world.refuses(worker, referrals.save_draft, replace(request, replaces_id=loop.id))
                self.world.refuses(worker, referrals.save_draft, request, draft_id=loop.id)

    def _refused(self, actor: Actor, one: Try) -> CieError:
        verb, arguments, values = one
        return self.world.refuses(actor, verb, *arguments, **values)

    def _about(self, task: Any) -> Iterator[Try]:
        yield from ((verb, (task.id,), values) for _to, verb, values in self._moves())
        yield referrals.put_on_waitlist, (task.id,), {"until": self._tomorrow}
        yield referrals.write_message, (task.id, "Hello"), {}
        yield referrals.write_note, (task.referral_id, "Hello"), {}
        yield referrals.add_attachment, (task.id,), {**FILE, "shared": False}
        attempt = {"method": ContactMethod.PHONE, "reached": False, "minutes": 1, "happened_at": self.world.now}
        yield referrals.record_attempt, (task.id,), attempt
        yield referrals.assign, (task.referral_id, None), {}
        yield referrals.remind, (task.id,), {}
        yield referrals.close_loop, (task.referral_id,), {"closing": Closing.OTHER}
        yield referrals.mark_in_error, (task.referral_id,), {}
        yield referrals.record_word, (task.referral_id, PersonWord.GOT_HELP), {}
        request = Request(task.person_id, "food", Urgency.WEEK, (task.service_id,), at_person_request=True)
        yield referrals.send, (request,), {"previewed": None}
        yield referrals.save_draft, (request,), {}
        yield referrals.give_contact, (request,), {}

    def _try_rights_over_the_person(self, dice: Dice, person_id: Any) -> None:
        """A privacy officer may hear a no and a yes; who administers may not."""
        owner = self.world.sharing.owner_of[person_id]
        idle = self.world.staff(owner, dice.number(0, 2), idle=True)
        self._refused(idle, (people.pause_texts, (person_id,), {}))
        if Role.PRIVACY_OFFICER not in idle.roles:
            for said in (s for s in self.world.sharing.said if s.person_id == person_id and not s.ended):
                self._refused(idle, (consent.revoke, (said.id,), {"method": Method.SIGNED_PAPER}))
