"""How a loop and its tasks stand after each act, written down again from the design."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from cie.referrals import Referral, ReferralTask
from tests.loop_machine.promises import UNDER_WAY
from tests.loop_machine.snapshot import Step

OVER_LOOPS = ("completed", "revoked")


def check(step: Step, protected: Collection[UUID]) -> None:
    """All that holds of each loop; `protected` are the services whose name alone may put the person at risk."""
    tasks: dict[Any, list[Any]] = {}
    for task in step.after[ReferralTask].values():
        tasks.setdefault(task.referral_id, []).append(task)
    for loop in step.after[Referral].values():
        mine = tasks.get(loop.id, [])
        _it_stands_as_its_tasks_say(loop, mine)
        _nobody_is_asked_who_should_not_be(loop, mine)
        _a_protected_service_is_masked(loop, mine, protected)
    whoever_waits_is_not_hurried(step)


def _it_stands_as_its_tasks_say(loop: Any, tasks: list[Any]) -> None:
    statuses = {task.status for task in tasks}
    over = loop.status in OVER_LOOPS
    assert not (over and statuses & (UNDER_WAY | {"requested"})), "the loop ended and somebody is still asked"
    assert over == (loop.closed_at is not None) or loop.status == "entered-in-error"
    assert (loop.closing is not None) == (loop.closed_at is not None)
    assert loop.status != "completed" or loop.closing == "services-received"
    told = {task.status for task in tasks if not task.outcome_withheld}
    assert "completed" not in told or loop.status in ("completed", "entered-in-error")


def _nobody_is_asked_who_should_not_be(loop: Any, tasks: list[Any]) -> None:
    statuses = [task.status for task in tasks]
    if loop.status == "entered-in-error":
        assert set(statuses) <= {"entered-in-error"}, "taken back, and yet asked"
    if loop.status == "draft" or loop.kind == "informational":
        assert not statuses, "nobody is asked by a draft or a contact that was given"
    assert not loop.in_order or statuses.count("requested") <= 1, "asked in order, and yet at once"


def _a_protected_service_is_masked(loop: Any, tasks: list[Any], protected: Collection[UUID]) -> None:
    """Wherever the record is seen; and no clock runs there."""
    named = {loop.service_id, *(task.service_id for task in tasks)}
    assert loop.masked == bool(named & set(protected)), "a protected service is named, or another one is hidden"
    if loop.masked:
        clocks = {clock for t in tasks for clock in (t.due_at, t.reminded_at, t.returned_at)}
        assert clocks <= {None}, "a clock runs on a protected request"


def whoever_waits_is_not_hurried(step: Step) -> None:
    """On a waiting list the clock of the answer stands still."""
    for before, after in step.changed(ReferralTask):
        hurried = (before.reminded_at, before.returned_at) != (after.reminded_at, after.returned_at)
        assert not (hurried and before.waitlist_until and after.waitlist_until), "who is on a waiting list is hurried"
