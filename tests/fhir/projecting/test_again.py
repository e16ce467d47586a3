"""`cie fhir rebuild`: what is kept is what would be made; where it is not, it is named and made again."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import delete, select, update

from cie import consent, directory, events, identity, people, referrals, screening
from cie.access import SYSTEM, Role
from cie.app import compose
from cie.consent import Consent, Method
from cie.db import reading, transaction
from cie.directory import CapacityStatus
from cie.errors import CieError
from cie.fhir.store import EVERYONE, Audience, Indexed, Stored
from cie.people import ContactKind
from cie.referrals import ReferralTask, TaskStatus
from cie.screening import Need, SafetyGate, Screening
from tests.directory.rows import organization_row, service_row
from tests.factories import make_consent, make_person, make_staff, send_one, staff_of
from tests.fhir.place import make_reading_loop, read_by
from tests.fhir.screened import DANGER, every_answer, load_instruments
from tests.support.commands import cie, environment

NOW = datetime.now(UTC)


@pytest.fixture
def loop(database):
    loop = make_reading_loop()
    with transaction() as session:
        make_staff(session, loop.clinic)
        send_one(session, loop, at=NOW, message="Mornings are best")
        directory.load_directory(session, SYSTEM, {"organizations": [organization_row(service_row())]}, {}, at=NOW)
    return loop


@pytest.fixture
def upkeep(migrated, database):
    return compose(migrated).upkeep


def drift(upkeep):
    """What is wrong, by type and id, for whomever."""
    return {f"{kind}/{id}": fault for each in upkeep.audiences() for (kind, id), fault in upkeep.faults_of(each)}


def row_of(session, organization, key):
    kind, _, id = key.partition("/")
    mine = (Stored.organization_id == organization.id, Stored.resource_type == kind, Stored.resource_id == id)
    return session.execute(select(Stored).where(*mine)).scalar_one()


def key_of(organization, kind):
    return next(key for key in read_by(organization) if key.startswith(f"{kind}/"))


class TestDrift:
    def test_there_is_none(self, loop, upkeep):
        assert drift(upkeep) == {}

    def test_a_body_that_says_something_else_is_found(self, loop, upkeep):
        key = key_of(loop.clinic, "Patient")
        with transaction() as session:
            row = row_of(session, loop.clinic, key)
            row.body = row.body.replace("Moreno", "Morena")

        assert drift(upkeep) == {key: "differs"}

    def test_one_that_is_not_there_is_found(self, loop, upkeep):
        key = key_of(loop.pantry, "Task")
        with transaction() as session:
            row = row_of(session, loop.pantry, key)
            session.execute(update(Stored).where(Stored.id == row.id).values(body_sealed=None))

        assert drift(upkeep) == {key: "is missing"}

    def test_one_that_nothing_makes_is_found(self, loop, upkeep):
        key = key_of(loop.clinic, "Patient")
        with transaction() as session:
            row = row_of(session, loop.clinic, key)
            row.resource_id = "018f0000-0000-7000-8000-000000000000"
            session.add(row)

        assert drift(upkeep) == {key: "is missing", "Patient/018f0000-0000-7000-8000-000000000000": "is too much"}

    def test_so_is_one_that_is_found_by_something_else(self, loop, upkeep):
        key = key_of(loop.clinic, "Task")
        with transaction() as session:
            row = row_of(session, loop.clinic, key)
            session.execute(delete(Indexed).where(Indexed.stored_id == row.id, Indexed.name == "status"))

        assert drift(upkeep) == {key: "differs"}

    def test_making_it_again_mends_all_of_it_and_changes_nothing_else(self, loop, upkeep):
        before = read_by(loop.clinic)
        patient, task = key_of(loop.clinic, "Patient"), key_of(loop.clinic, "Task")
        with transaction() as session:
            row = row_of(session, loop.clinic, patient)
            row.resource_id = "018f0000-0000-7000-8000-000000000000"
            session.add(row)
            index = row_of(session, loop.clinic, task)
            session.execute(delete(Indexed).where(Indexed.stored_id == index.id))

        for each in upkeep.audiences():
            upkeep.made_again(each)

        assert drift(upkeep) == {}
        after = read_by(loop.clinic)
        assert set(after) == set(before)
        assert {key: body for key, body in after.items() if key != patient} == {
            key: body for key, body in before.items() if key != patient
        }

    def test_looking_writes_nothing(self, loop, upkeep):
        with transaction() as session:
            row = row_of(session, loop.clinic, key_of(loop.clinic, "Patient"))
            row.body = row.body.replace("Moreno", "Morena")
        before = everything()

        drift(upkeep)

        assert everything() == before


def everything():
    with reading() as session:
        return [list(session.execute(select(table.__table__))) for table in (Audience, Stored, Indexed)]


class TestCommand:
    def test_it_names_each_and_ends_with_one(self, loop, migrated):
        key = key_of(loop.clinic, "Patient")
        env = environment(migrated)
        with transaction() as session:
            row = row_of(session, loop.clinic, key)
            row.body = row.body.replace("Moreno", "Morena")

        done = cie("fhir", "rebuild", "--check", "--organization", str(loop.clinic.id), env=env)

        assert (done.returncode, done.stdout) == (1, f"{loop.clinic.id}: {key} differs\n")
        assert "Morena" not in done.stderr
        again = cie("fhir", "rebuild", env=env)
        assert (again.returncode, again.stderr) == (0, "")
        assert cie("fhir", "rebuild", "--check", env=env).returncode == 0

    def test_one_who_does_not_read_is_named(self, database, migrated):
        done = cie("fhir", "rebuild", "--check", "--organization", str(EVERYONE), env=environment(migrated))

        assert (done.returncode, "no program reads over FHIR" in done.stderr) == (1, True)


class Life:
    """Random acts of a small exchange; what is refused is no act."""

    def __init__(self, loop, seed):
        self.loop, self.random, self.at = loop, Random(seed), NOW - timedelta(days=2)
        self.persons, self.services = [loop.person.id], [loop.service.id]

    def act(self):
        self.at += timedelta(minutes=self.random.randrange(1, 90))
        try:
            with transaction() as session:
                self.random.choice(self.acts)(self, session)
        except CieError:
            pass

    def comes(self, session):
        person = make_person(session, self.loop.clinic, given_name=self.random.choice(["Rowan", "Rue", "Sage"]))
        events.record(session, self.loop.navigator, "consent.record", make_consent(session, person), at=self.at)
        people.correct_person(session, self.loop.navigator, person.id, {"zip": "93701"}, seen_version=1, at=self.at)
        self.persons.append(person.id)

    def is_sent(self, session):
        person_id = self.random.choice(self.persons)
        request = self.loop.request(person_id=person_id, message=self.random.choice([None, "Ring twice"]))
        referrals.send(session, self.loop.navigator, request, previewed=None, at=self.at)

    def is_answered(self, session):
        tasks = session.execute(select(ReferralTask).order_by(ReferralTask.id)).scalars().all()
        if not tasks:
            return
        task, worker = self.random.choice(tasks), self.loop.caseworker
        if task.status == TaskStatus.REQUESTED and self.random.random() < 0.3:
            referrals.reject(session, worker, task.id, reason=referrals.Reason.NO_ROOM, at=self.at)
        elif task.status == TaskStatus.REQUESTED:
            referrals.accept(session, worker, task.id, at=self.at)
        else:
            self.random.choice([referrals.start, referrals.complete])(session, worker, task.id, at=self.at)

    def is_taken_back(self, session):
        given = session.execute(select(Consent).where(Consent.person_id == self.random.choice(self.persons))).scalars()
        for each in given.all()[:1]:
            consent.revoke(session, self.loop.navigator, each.id, method=Method.IN_PERSON, at=self.at)

    def is_asked(self, session):
        form = self.random.choice(screening.instruments(session))
        gate = self.random.choice([None, SafetyGate.NOT_SAFE])
        answers = every_answer(form, self.random.randrange(8))
        person_id = self.random.choice(self.persons)
        screening.record_screening(session, self.loop.navigator, person_id, form.id, answers, gate=gate, at=self.at)

    def is_asked_in_private(self, session):
        worker, waiting = self.loop.navigator, select(Screening).where(Screening.safety_gate == SafetyGate.NOT_SAFE)
        for each in session.execute(waiting.limit(1)).scalars():
            screening.answer_safety_gate(session, worker, each.id, SafetyGate.SAFE, at=self.at)
            screening.save_section(session, worker, each.id, "safety", DANGER, at=self.at)
            if self.random.random() < 0.5:
                screening.finish(session, worker, each.id, at=self.at)

    def is_agreed_upon(self, session):
        for each in session.execute(select(Need).order_by(Need.id.desc()).limit(1)).scalars():
            verb = self.random.choice([screening.confirm_need, screening.dismiss_need])
            verb(session, self.loop.navigator, each.id, at=self.at)

    def is_reached_elsewhere(self, session):
        number = f"559555{self.random.randrange(1000, 9999)}"
        person_id = self.random.choice(self.persons)
        people.add_contact(session, self.loop.navigator, person_id, kind=ContactKind.PHONE, value=number, at=self.at)

    def says_room(self, session):
        status = self.random.choice(list(CapacityStatus))
        directory.say_capacity(session, self.loop.caseworker, self.random.choice(self.services), status, at=self.at)

    def is_hired_and_leaves(self, session):
        user = make_staff(session, self.loop.clinic, name=self.random.choice(["Wren", "Linnet Reed"]))
        if self.random.random() < 0.5:
            boss = staff_of(self.loop.clinic, Role.ORGANIZATION_ADMINISTRATOR)
            identity.deactivate(session, boss, user.id, at=self.at)

    acts = (comes, is_sent, is_sent, is_answered, is_answered, is_taken_back, is_reached_elsewhere, says_room,
            is_hired_and_leaves, is_asked, is_asked_in_private, is_agreed_upon)  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_after_whatever_happens_what_is_kept_is_what_would_be_made(loop, upkeep, seed):
    life = Life(loop, seed)
    load_instruments()

    for _n in range(60):
        life.act()

    assert drift(upkeep) == {}
    assert len(read_by(loop.clinic)) > 10
