"""Random verbs by random actors through random doors at random times never break what the loop promises."""

import random
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlmodel import col, select

from cie import consent, events, messaging, referrals
from cie.access import Actor, Door, Role
from cie.consent import DataSet, Decision, Method
from cie.db import reading, transaction
from cie.errors import CieError
from cie.events import AuditEntry, Outbox
from cie.people import ContactPoint, Safety
from cie.referrals import (
    REASONS,
    TRANSITIONS,
    UNDER_WAY,
    Closing,
    ContactMethod,
    PersonWord,
    ReferralTask,
    Request,
    TaskHistory,
    TaskStatus,
    Told,
    Urgency,
    WordOfPerson,
)
from tests.factories import NOON, Loop, make_consent, make_loop, make_participant, make_service, staff_of

PICK = st.integers(0, 10**6)


class LoopMachine(RuleBasedStateMachine):
    @initialize()
    def open_the_exchange(self) -> None:
        self.now: datetime = NOON
        self.expected: dict[tuple[UUID, UUID], dict[str, Any]] = {}
        self.recorded = 0
        with transaction() as session:
            self.loop: Loop = make_loop(session)
            self.others = [make_participant(session, name=f"Other {n}") for n in range(2)]
            self.services = [self.loop.service.id, *(make_service(session, o).id for o in self.others)]
        self.referrals: list[UUID] = []

    def actor(self, pick: int, task: ReferralTask | None = None) -> Actor:
        organizations = [self.loop.clinic, self.loop.pantry, *self.others]
        likely = [o for o in organizations if task and o.id in (task.performer_id, task.requester_id)]
        chosen = (likely * 3 + organizations)[pick % (len(likely) * 3 + len(organizations))]
        roles = [Role.CASEWORKER, Role.NAVIGATOR, Role.SUPERVISOR, Role.NETWORK_ADMINISTRATOR]
        actor = staff_of(chosen, roles[pick % 7 if pick % 7 < 4 else 0])
        door = [Door.WEB, Door.API, Door.LINK][pick % 3]
        return Actor(actor.kind, actor.id, actor.organization_id, actor.roles, door=door)

    def task(self, pick: int) -> ReferralTask | None:
        with reading() as session:
            tasks = session.exec(select(ReferralTask).order_by(col(ReferralTask.id))).all()
        mine = [t for t in tasks if t.referral_id in self.referrals]
        return mine[pick % len(mine)] if mine else None

    def attempt(self, verb: Any, *arguments: Any, **values: Any) -> None:
        try:
            with transaction() as session:
                verb(session, *arguments, at=self.now, **values)
        except CieError:
            pass

    @rule(minutes=st.integers(1, 60 * 24 * 6))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(pick=PICK, count=st.integers(1, 3), in_order=st.booleans(), urgency=st.sampled_from(Urgency))
    def send(self, pick: int, count: int, in_order: bool, urgency: Urgency) -> None:
        services = random.Random(pick).sample(self.services, count)
        request = Request(self.loop.person.id, "food", urgency, tuple(services), "Please call", in_order=in_order)
        actor = self.actor(pick % 2)
        try:
            with transaction() as session:
                previews = referrals.preview(session, actor, request, at=self.now)
                marks = [p.ruling.fingerprint if p.ruling else "" for p in previews]
                referral = referrals.send(session, actor, request, previewed=marks, at=self.now)
                self.referrals.append(referral.id)
                for task, preview in zip(referrals.tasks_of(session, referral), previews, strict=True):
                    assert preview.ruling
                    self.expected[task.id, task.performer_id] = {e.code: e.value for e in preview.ruling.permitted}
        except CieError:
            pass

    @rule(pick=PICK)
    def answer_a_newest_offer(self, pick: int) -> None:
        with reading() as session:
            tasks = session.exec(select(ReferralTask).order_by(col(ReferralTask.id).desc()).limit(3)).all()
        for task in tasks[: 1 + pick % 3]:
            self.attempt(referrals.accept, staff_of(task.performer_id), task.id)

    @rule(pick=PICK, voice=st.booleans())
    def accept(self, pick: int, voice: bool) -> None:
        if task := self.task(pick):
            told = Told("Wren") if voice else None
            self.attempt(referrals.accept, self.actor(pick, task), task.id, told=told)

    @rule(pick=PICK, reason=st.sampled_from([*REASONS[TaskStatus.REJECTED], *REASONS[TaskStatus.ON_HOLD]]))
    def reject(self, pick: int, reason: Any) -> None:
        if task := self.task(pick):
            self.attempt(referrals.reject, self.actor(pick, task), task.id, reason=reason, words="Sorry")

    @rule(pick=PICK, days=st.integers(-2, 20))
    def waitlist(self, pick: int, days: int) -> None:
        if task := self.task(pick):
            until = (self.now + timedelta(days=days)).date()
            self.attempt(referrals.put_on_waitlist, self.actor(pick, task), task.id, until=until)

    @rule(pick=PICK)
    def start(self, pick: int) -> None:
        if task := self.task(pick):
            self.attempt(referrals.start, self.actor(pick, task), task.id)

    @rule(pick=PICK, reason=st.sampled_from(REASONS[TaskStatus.ON_HOLD]))
    def hold(self, pick: int, reason: Any) -> None:
        if task := self.task(pick):
            until = (self.now + timedelta(days=5)).date()
            self.attempt(referrals.hold, self.actor(pick, task), task.id, reason=reason, until=until)

    @rule(pick=PICK)
    def complete(self, pick: int) -> None:
        if task := self.task(pick):
            self.attempt(referrals.complete, self.actor(pick, task), task.id, words="Done")

    @rule(pick=PICK, reason=st.sampled_from(REASONS[TaskStatus.FAILED]))
    def fail(self, pick: int, reason: Any) -> None:
        if task := self.task(pick):
            self.attempt(referrals.fail, self.actor(pick, task), task.id, reason=reason)

    @rule(pick=PICK, reason=st.sampled_from(REASONS[TaskStatus.CANCELLED]))
    def cancel(self, pick: int, reason: Any) -> None:
        if task := self.task(pick):
            self.attempt(referrals.cancel, self.actor(pick, task), task.id, reason=reason)

    @rule(pick=PICK, reached=st.booleans())
    def try_to_reach(self, pick: int, reached: bool) -> None:
        if task := self.task(pick):
            self.attempt(
                referrals.record_attempt,
                self.actor(pick, task),
                task.id,
                method=ContactMethod.PHONE,
                reached=reached,
                minutes=1,
                happened_at=self.now,
            )

    @rule(pick=PICK, closing=st.sampled_from(Closing))
    def close(self, pick: int, closing: Closing) -> None:
        if task := self.task(pick):
            self.attempt(referrals.close_loop, self.actor(pick, task), task.referral_id, closing=closing)

    @rule(pick=st.integers(0, 30))
    def mark_in_error(self, pick: int) -> None:
        if pick > 27 and (task := self.task(pick)):
            self.attempt(referrals.mark_in_error, self.loop.navigator, task.referral_id)

    @rule(pick=PICK, word=st.sampled_from(PersonWord))
    def person_says(self, pick: int, word: PersonWord) -> None:
        if task := self.task(pick):
            actor = self.actor(pick, task)
            try:
                with transaction() as session:
                    referrals.record_word(session, actor, task.referral_id, word, at=self.now)
            except CieError:
                return
            assert actor.organization_id == task.requester_id

    @rule(pick=PICK)
    def late_answers_are_looked_after(self, pick: int) -> None:
        if task := self.task(pick):
            with transaction() as session:
                referrals.remind_or_return(session, session.get_one(ReferralTask, task.id), at=self.now)

    @rule(pick=PICK)
    def the_person_decides(self, pick: int) -> None:
        with transaction() as session:
            decision = Decision.DO_NOT_SHARE if pick % 10 == 7 else Decision.SHARE
            make_consent(session, self.loop.person, decision=decision, given_at=self.now)

    @rule(pick=PICK)
    def the_person_takes_it_back(self, pick: int) -> None:
        if pick % 10 != 7:
            return
        with transaction() as session:
            for given in consent.consents_of(session, self.loop.clinic.id, self.loop.person.id):
                if given.revoked_at is None and given.decision == Decision.SHARE:
                    consent.revoke(session, self.loop.navigator, given.id, method=Method.IN_PERSON, at=self.now)

    @rule(may=st.booleans(), safety=st.sampled_from(Safety))
    def texting_changes(self, may: bool, safety: Safety) -> None:
        with transaction() as session:
            point = session.get_one(ContactPoint, self.loop.phone.id)
            point.may_text, point.safety = may, safety
            session.add(point)

    @invariant()
    def each_task_moved_only_as_the_table_allows(self) -> None:
        with reading() as session:
            rows = session.exec(select(TaskHistory).order_by(col(TaskHistory.at), col(TaskHistory.id))).all()
            tasks = {t.id: t for t in session.exec(select(ReferralTask)).all()}
        moves: dict[UUID, list[TaskHistory]] = defaultdict(list)
        for row in rows:
            moves[row.task_id].append(row)
        for task in tasks.values():
            status = TaskStatus.DRAFT
            for row in moves[task.id]:
                assert row.from_status == status
                assert (row.from_status, row.to_status) in TRANSITIONS
                status = row.to_status
            assert task.status == status
            assert task.version == 1 + len(moves[task.id]) or task.version > len(moves[task.id])

    @invariant()
    def there_is_never_a_second_winner(self) -> None:
        with reading() as session:
            tasks = session.exec(select(ReferralTask)).all()
        under_way: dict[UUID, int] = defaultdict(int)
        for task in tasks:
            under_way[task.referral_id] += task.status in UNDER_WAY
        assert all(count <= 1 for count in under_way.values())

    @invariant()
    def every_change_is_audited(self) -> None:
        with reading() as session:
            moved = len(session.exec(select(TaskHistory)).all())
            said = len(session.exec(select(WordOfPerson)).all())
            entries = session.exec(select(AuditEntry)).all()
        actions = [e.action for e in entries]
        statuses = {f"task.{s.value}" for s in TaskStatus}
        assert sum(a in statuses for a in actions) == moved
        assert actions.count("person.word") == said

    @invariant()
    def what_is_read_is_what_was_previewed(self) -> None:
        with reading() as session:
            for (task_id, recipient_id), previewed in self.expected.items():
                for data_set in (DataSet.OFFER, DataSet.REFERRAL):
                    released = consent.released_to(session, recipient_id, task_id, data_set)
                    if released and released.release.version == 1 and set(released.elements) <= set(previewed):
                        assert released.elements == previewed

    @invariant()
    def a_text_waits_only_with_permission(self) -> None:
        with reading() as session:
            rows = session.exec(select(Outbox).where(col(Outbox.kind) == messaging.KIND)).all()
            point = session.get_one(ContactPoint, self.loop.phone.id)
            allowed = point.may_text and point.safety == Safety.SAFE
            newest = max((r.created_at for r in rows), default=None)
        if not allowed and newest is not None and rows:
            from cie.app import text_deliverer
            from cie.settings import Settings
            from tests.conftest import KEYS

            deliverer = text_deliverer(Settings(env="test", **KEYS))
            with transaction() as session:
                outcome = deliverer.prepare(session, session.get_one(Outbox, rows[-1].id), at=self.now)
            assert isinstance(outcome, events.Outcome)

    def teardown(self) -> None:
        with reading() as session:
            assert events.verify(session).faults == ()


def test_random_verbs_never_break_the_loop(database, request: pytest.FixtureRequest) -> None:
    from cie import schema

    class Fresh(LoopMachine):
        def teardown(self) -> None:
            super().teardown()
            with database.engine.begin() as connection:
                for table in reversed(schema.metadata.sorted_tables):
                    connection.execute(table.delete())

    run_state_machine_as_test(
        Fresh,
        settings=settings(
            max_examples=300 if request.config.getoption("--prove") else 20,
            stateful_step_count=50,
            deadline=None,
            phases=[Phase.generate, *([Phase.shrink] if request.config.getoption("--prove") else [])],
            derandomize=not request.config.getoption("--prove"),
            suppress_health_check=list(HealthCheck),
        ),
    )
