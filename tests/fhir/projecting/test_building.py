"""Who begins to read over FHIR, and how the worker makes what there was before, part by part."""

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from cie import directory, participants, people, retention
from cie.access import SYSTEM, Role
from cie.app import compose
from cie.db import current, reading, transaction
from cie.fhir.projecting import building
from cie.fhir.projecting.audiences import make_again
from cie.fhir.store import EVERYONE, Audience, Earlier, Indexed, Stored
from cie.identity import ClientKind, Registration, register_client
from cie.jobs import Builder
from cie.participants import ParticipantKind
from cie.seeding import seed_services
from tests.directory.rows import organization_row, service_row
from tests.factories import make_loop, make_participant, make_person, make_staff, send_one, staff_of
from tests.fhir.place import of_type, read_by
from tests.oauth.place import new_key, public

NOW = datetime.now(UTC)


@pytest.fixture
def loop(database):
    """A loop that was sent before anybody read over FHIR."""
    with transaction() as session:
        loop = make_loop(session)
        make_staff(session, loop.clinic)
        send_one(session, loop)
    return loop


@pytest.fixture
def builder(migrated, database):
    upkeep = compose(migrated).upkeep
    return Builder(upkeep.next_turn, upkeep.make_part)


def register(organization, *scopes, at=NOW):
    said = Registration("EHR", ClientKind.SYSTEM, scopes, jwks=public(new_key()))
    with transaction() as session:
        return register_client(session, SYSTEM, organization.id, said, at=at)[0]


def readers():
    with reading() as session:
        return {row.organization_id: row.built_at is not None for row in session.execute(select(Audience)).scalars()}


def build(builder):
    parts = 0
    while builder.make_next():
        parts += 1
    return parts


class TestWhoReads:
    @pytest.mark.parametrize("scope", ["system/Task.rs", "system/*.cruds"])
    def test_an_organization_reads_from_its_first_program_over_fhir(self, loop, scope):
        register(loop.clinic, scope)

        assert readers() == {EVERYONE: False, loop.clinic.id: False}

    def test_a_program_of_the_other_doors_reads_nothing_here(self, loop):
        register(loop.clinic, "api/referrals.read")

        assert readers() == {}

    def test_a_second_program_changes_nothing(self, loop, builder):
        register(loop.clinic, "system/Task.rs")
        build(builder)

        register(loop.clinic, "system/Patient.rs")

        assert readers() == {EVERYONE: True, loop.clinic.id: True}


class TestParts:
    def test_what_there_was_before_is_made(self, loop, builder):
        register(loop.clinic, "system/*.cruds")

        build(builder)

        kinds = {key.partition("/")[0] for key in read_by(loop.clinic)}
        own = {"Patient", "ServiceRequest", "Task", "Practitioner", "PractitionerRole", "Consent"}
        assert kinds == {*own, "Organization", "HealthcareService"}
        assert readers() == {EVERYONE: True, loop.clinic.id: True}
        assert not builder.make_next()

    def test_one_who_was_asked_reads_what_was_released(self, loop, builder):
        register(loop.pantry, "system/*.cruds")

        build(builder)

        (patient,) = of_type(read_by(loop.pantry), "Patient")
        assert patient["name"][0]["text"] == "Aster Moreno"
        assert of_type(read_by(loop.pantry), "Practitioner") == []

    def test_it_goes_on_where_it_ended(self, loop, builder, monkeypatch):
        monkeypatch.setattr(building, "PART_RECORDS", 1)
        with transaction() as session:
            for _n in range(3):
                make_person(session, loop.clinic)
        register(loop.clinic, "system/*.cruds")

        parts = build(builder)

        assert len(of_type(read_by(loop.clinic), "Patient")) == 4
        assert parts > 10

    def test_a_part_that_breaks_off_leaves_nothing_and_is_made_again(self, loop, builder, monkeypatch):
        register(loop.clinic, "system/*.cruds")
        while of_type(read_by(loop.clinic), "Practitioner") == []:
            builder.make_next()
        before = after_of(loop.clinic)
        with monkeypatch.context() as patched:
            patched.setattr(people, "details_of", broken)
            assert builder.make_next()
        assert (after_of(loop.clinic), of_type(read_by(loop.clinic), "Patient")) == (before, [])

        builder.resting.clear()
        build(builder)

        assert len(of_type(read_by(loop.clinic), "Patient")) == 1

    def test_one_that_breaks_does_not_stop_the_others_and_names_nobody(self, loop, builder, monkeypatch, caplog):
        for organization in (loop.clinic, loop.pantry):
            register(organization, "system/*.cruds")
        with monkeypatch.context() as patched:
            patched.setattr(people, "details_of", broken)
            build(builder)

        assert readers() == {EVERYONE: True, loop.clinic.id: False, loop.pantry.id: True}
        assert "Aster" not in caplog.text

    def test_what_happens_meanwhile_is_kept(self, loop, builder):
        register(loop.clinic, "system/*.cruds")
        builder.make_next()

        with transaction() as session:
            other = make_person(session, loop.clinic, given_name="Rowan")
            people.correct_person(session, loop.navigator, other.id, {"given_name": "Rue"}, seen_version=1, at=NOW)

        assert any(each["name"][0].get("given") == ["Rue"] for each in of_type(read_by(loop.clinic), "Patient"))
        build(builder)
        assert len(of_type(read_by(loop.clinic), "Patient")) == 2

    def test_two_workers_make_each_resource_once(self, loop, migrated, monkeypatch):
        monkeypatch.setattr(building, "PART_RECORDS", 2)
        with transaction() as session:
            for _n in range(20):
                make_person(session, loop.clinic)
        register(loop.clinic, "system/*.cruds")
        upkeep, failures = compose(migrated).upkeep, []

        def work():
            builder = Builder(upkeep.next_turn, upkeep.make_part)
            try:
                build(builder)
                failures.extend(builder.resting)
            except Exception as error:
                failures.append(error)

        workers = [threading.Thread(target=work) for _n in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

        patients = of_type(read_by(loop.clinic), "Patient")
        assert failures == []
        assert len(patients) == 21
        assert {each["meta"]["versionId"] for each in patients} == {"1"}

    def test_what_was_begun_before_somebody_read_is_waited_for(self, loop, builder):
        if current().is_sqlite:
            pytest.skip("SQLite lets one write at a time")
        with transaction() as session:
            person = make_person(session, loop.clinic, given_name="Rowan")
        begun, go_on = threading.Event(), threading.Event()

        def correct():
            with transaction() as session:
                people.correct_person(session, loop.navigator, person.id, {"given_name": "Rue"}, seen_version=1, at=NOW)
                current_commit(session, begun, go_on)

        writer = threading.Thread(target=correct)
        writer.start()
        assert begun.wait(5)
        register(loop.clinic, "system/*.cruds")
        threading.Timer(0.3, go_on.set).start()
        build(builder)
        writer.join()

        assert [each["name"][0]["given"] for each in of_type(read_by(loop.clinic), "Patient")].count(["Rue"]) == 1


def current_commit(session, begun, go_on):
    """Wait after the projectors found that nobody reads yet."""
    for hook in current().before_commit:
        hook(session)
    session.flush()
    begun.set()
    go_on.wait(5)


def broken(*_arguments):
    raise ValueError("Aster Moreno")


def after_of(organization):
    with reading() as session:
        return session.get_one(Audience, organization.id).after


class TestLoadsInBulk:
    def test_what_was_loaded_without_telling_is_made_once_more(self, loop, builder):
        register(loop.clinic, "system/*.cruds")
        build(builder)
        with transaction() as session:
            directory.load_directory(
                session,
                SYSTEM,
                {"organizations": [organization_row(service_row(required_documents=["A photo ID"]))]},
                {},
                at=NOW,
            )
        before = len(of_type(read_by(loop.clinic), "HealthcareService"))

        list(seed_services(before))
        assert readers()[EVERYONE] is False
        build(builder)

        assert len(of_type(read_by(loop.clinic), "HealthcareService")) >= 2 * before

    def test_where_nobody_reads_nothing_is_marked(self, database):
        with transaction() as session:
            make_again(session)

        assert readers() == {}


class TestWhoReadsNoMore:
    def test_of_a_destroyed_key_nothing_is_left(self, database, builder):
        with transaction() as session:
            haven = make_participant(session, name="Haven", kind=ParticipantKind.VICTIM_SERVICES)
            make_person(session, haven)
        register(haven, "system/*.cruds")
        build(builder)
        assert of_type(read_by(haven), "Patient")
        officer = staff_of(haven, Role.PRIVACY_OFFICER)

        with transaction(alone=True) as session:
            retention.destroy_everything(session, officer, name="Haven", at=NOW)

        assert readers() == {EVERYONE: True}
        with reading() as session:
            for table in (Stored, Earlier, Indexed):
                assert session.execute(select(table).where(table.organization_id == haven.id)).first() is None

    def test_nor_is_anything_kept_for_it_again(self, database, builder):
        with transaction() as session:
            haven = make_participant(session, name="Haven", kind=ParticipantKind.VICTIM_SERVICES)
            participants.destroy_key(session, staff_of(haven, Role.PRIVACY_OFFICER), haven.id, at=NOW)

        register(haven, "system/*.cruds")

        assert readers() == {}
