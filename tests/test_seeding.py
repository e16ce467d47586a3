"""The seeds: the demo is made once, and many invented referrals look as if the verbs had made them."""

from collections import Counter
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlmodel import Session, SQLModel, col

from cie import consent, directory, events, measures, people, referrals, seeding
from cie.db import reading, transaction
from cie.directory.models import Service, ServiceArea, ServiceWord
from cie.directory.search_text import write_search_text_again
from cie.errors import NotPossibleNow
from cie.events import Outbox
from cie.fhir import KIND, UPKEEP
from cie.fhir.subscribing import Subscription
from cie.identity import ClientUse, Way
from cie.participants import Participant
from cie.patient_tasks import PatientTask, PatientTaskKind, PatientTaskMove, PatientTaskStatus
from cie.quarantine import RefusedMessage
from cie.referrals import OpenOffer, Owed, Referral, ReferralTask, TaskStatus, WorklistItem, loop_of, worklist_rows
from cie.seeding import scale
from tests.factories import NOON, staff_of
from tests.support.web import make_app

COUNT = 200
FIRST = 11
"""So many referrals there are before, those that anyone may take among them."""


@pytest.fixture
def seeded(database, migrated, monkeypatch):
    """Small batches, so that processes of their own make them ahead."""
    list(seeding.seed(migrated))
    monkeypatch.setattr(scale, "BATCH", 40)
    assert list(seeding.seed_scale(COUNT, at=NOON)) == [f"invented referrals: {COUNT}"]
    return database


def rows_of(session: Session, model: type[SQLModel]) -> set[tuple[object, ...]]:
    return {tuple(row) for row in session.execute(select(*model.__table__.columns))}


def test_many_referrals_look_as_the_verbs_would_have_left_them(seeded, migrated):
    with reading() as session:
        assert session.execute(select(func.count()).select_from(Referral)).scalar_one() == COUNT + FIRST
        assert events.verify(session).faults == ()
        lines, facts = rows_of(session, WorklistItem), rows_of(session, measures.ReferralFact)
        check_spread(session)
        check_person_and_release(session)
        check_same_seed(session)

    with transaction() as session:
        for referral in session.execute(select(Referral)).scalars().all():
            loop = loop_of(session, referral)
            worklist_rows.rebuild(session, loop)
            measures.rebuild(session, loop)

    with reading() as session:
        assert lines and rows_of(session, WorklistItem) == lines
        assert facts and rows_of(session, measures.ReferralFact) == facts
    with pytest.raises(NotPossibleNow, match="not empty"):
        list(seeding.seed(migrated))


def check_spread(session: Session) -> None:
    senders = Counter(session.execute(select(col(Referral.organization_id))).scalars())
    states = Counter(session.execute(select(col(ReferralTask.status))).scalars())
    urgencies = set(session.execute(select(col(Referral.urgency))).scalars())

    assert senders.most_common(1)[0][1] > COUNT / 3
    assert len(senders) > 4
    assert {"requested", "accepted", "in-progress", "completed", "rejected", "failed"} <= set(states)
    assert urgencies == set(referrals.Urgency)


def check_person_and_release(session: Session) -> None:
    """The newest one: found by name, and read by the receiver through the release."""
    query = select(ReferralTask).where(
        col(ReferralTask.status) == referrals.TaskStatus.COMPLETED, col(ReferralTask.requested_at) < NOON
    )
    task = session.execute(query.order_by(col(ReferralTask.id)).limit(1)).scalar_one()
    person = session.get_one(people.Person, task.person_id)
    released = consent.released_to(session, task.performer_id, task.id, consent.DataSet.REFERRAL)
    found = people.find_people(session, staff_of(task.organization_id), person.full_name)

    assert released.elements["name"] == person.full_name
    assert person.id in {match.id for match in found}


def check_same_seed(session: Session) -> None:
    world = scale.world_of(session)
    first, again, other = (scale.make(world, 40, seed, NOON, 0) for seed in (1, 1, 2))

    def plain(made: scale.Made) -> list[list[object]]:
        return [[value for value in row if not isinstance(value, bytes)] for row in made.rows[people.Person]]

    assert plain(first) == plain(again) != plain(other)
    assert [e.action for e in first.events] == [e.action for e in again.events]


@pytest.mark.parametrize(
    "at",
    [
        pytest.param(datetime(2026, 11, 28, 12, tzinfo=UTC), id="after-thanksgiving"),
        pytest.param(datetime(2027, 1, 4, 15, tzinfo=UTC), id="first-monday"),
    ],
)
def test_the_demo_shows_a_late_step_on_any_day(database, migrated, at):
    list(seeding.seed(migrated, at=at))

    with reading() as session:
        mine = col(WorklistItem.organization_id) == named(session, "Lantern Pantry")
        late = mine, col(WorklistItem.owed) == Owed.US, col(WorklistItem.due_at) < at
        lines = session.execute(select(WorklistItem).where(*late)).scalars().all()
        steps = {session.get_one(ReferralTask, line.task_id).status for line in lines}

    assert TaskStatus.ACCEPTED in steps


def test_the_demo_shows_requests_to_anyone_that_wait_were_taken_and_that_nobody_took(database, migrated):
    list(seeding.seed(migrated))

    with reading() as session:
        taken, referral = session.execute(
            select(OpenOffer, Referral).join(Referral).where(col(OpenOffer.status) == TaskStatus.ACCEPTED)
        ).one()
        waiting = session.execute(select(Referral).where(col(Referral.open_due_at) > datetime.now(UTC))).scalars().all()
        unclaimed = session.execute(select(Referral).where(col(Referral.open_returned_at).is_not(None))).scalars().all()
        lists = Counter(
            row.performer_id
            for row in session.execute(select(OpenOffer).where(col(OpenOffer.status) == TaskStatus.REQUESTED)).scalars()
        )
        assert session.get_one(ReferralTask, taken.task_id).status == TaskStatus.ACCEPTED
        assert (len(waiting), len(unclaimed)) == (3, 1)
        assert lists[named(session, "Lantern Pantry")] == 2
        assert lists[named(session, "Paper Boat Housing")] == 1
        assert events.verify(session).faults == ()
    assert referral.open_due_at is None


def named(session: Session, name: str) -> UUID:
    return session.execute(select(col(Participant.id)).where(col(Participant.name) == name)).scalar_one()


def test_the_demo_asks_people_in_each_way_and_shows_one_that_waits_and_one_answer_of_each(database, migrated):
    list(seeding.seed(migrated))

    with reading() as session:
        tasks = session.execute(select(PatientTask)).scalars().all()
        moves = session.execute(select(PatientTaskMove)).scalars().all()
    shown = {(task.kind, task.status) for task in tasks}
    assert shown == {(kind, status) for kind in PatientTaskKind for status in ("ready", "completed")}
    assert {move.actor_kind for move in moves if move.to_status == PatientTaskStatus.COMPLETED} == {"person"}


def test_the_partners_of_the_demo_sent_heard_and_were_refused_by_the_doors_of_real_ones(database, migrated):
    list(seeding.seed(migrated))

    lines = list(seeding.seed_programs(make_app(migrated)))

    with reading() as session:
        refused = session.execute(select(RefusedMessage)).scalars().all()
        told = session.execute(select(Subscription)).scalars().all()
        uses = session.execute(select(ClientUse)).scalars().all()
        waiting = session.execute(select(Outbox).where(col(Outbox.kind) == KIND, col(Outbox.settled_at).is_(None)))
        assert waiting.all() == []
        assert events.verify(session).faults == ()
    assert lines == ["programs of partners: 3, messages of theirs that were refused: 3"]
    assert {row.outcome["resourceType"] for row in refused} == {"OperationOutcome"}
    assert {(row.method, row.route) for row in refused} == {
        ("POST", "/fhir/"),
        ("POST", "/fhir/Patient"),
        ("PUT", "/fhir/Task/<resource_id>"),
    }
    assert {(each.status, each.reached_at is None) for each in told} == {("active", False), ("error", True)}
    assert Counter(use.way for use in uses if use.succeeded_at) == {Way.READ: 3, Way.SEND: 2}
    assert [found for id in UPKEEP.audiences() for found in UPKEEP.faults_of(id)] == []


def test_many_services_are_found_as_if_they_had_been_loaded(database, migrated):
    list(seeding.seed(migrated))
    with reading() as session:
        before = session.execute(select(func.count()).select_from(Service)).scalar_one()
        counties = extents(session)

    list(seeding.seed_services(before + 1))

    with transaction() as session:
        services, words = session.execute(select(Service)).scalars().all(), rows_of(session, ServiceWord)
        for service in services[::50]:
            write_search_text_again(session, service)
        assert rows_of(session, ServiceWord) == words
        new = min(extents(session) - counties)
        found = directory.search(session, directory.Query(need="food", county=new), at=NOON)
    assert len(services) == 3 * before
    assert found.total > 0


def extents(session: Session) -> set[str]:
    query = select(col(ServiceArea.extent)).where(col(ServiceArea.extent_type) == "county")
    return set(session.execute(query).scalars())


def test_without_organizations_there_is_nothing_to_refer_to(database):
    with pytest.raises(NotPossibleNow, match="cie seed"):
        list(seeding.seed_scale(10))
