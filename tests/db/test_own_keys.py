"""The records of a victim service are sealed under a key of its own; each process knows whose are, and when it ends."""

from datetime import UTC, datetime
from time import monotonic

import pytest
from pydantic import SecretStr
from sqlalchemy import event, select, update

from cie import identity, participants, schema
from cie.access import SYSTEM, Role
from cie.app import compose
from cie.db import CannotOpen, KeyDestroyed, OrganizationKey, configure, current, match_key, reading, transaction
from cie.db.encryption import NETWORK_LAYOUT, OWN_LAYOUT
from cie.db.own_keys import FRESH_SECONDS
from cie.participants import Participant, ParticipantKind
from cie.people import Person
from tests.factories import NOON, make_participant, make_person, make_staff, staff_of
from tests.support.commands import cie, environment

VICTIM_SERVICES = ParticipantKind.VICTIM_SERVICES


def make_refuge(session, **fields):
    return make_participant(session, name="Safe Harbor", kind=VICTIM_SERVICES, **fields)


def begin_anew(settings):
    """As a process that has just started, and knows of nobody."""
    configure(settings)
    compose(settings)


def layouts(record) -> set[bytes]:
    """Which kind of key sealed each value of a record."""
    values = [getattr(record, c.name) for c in record.__table__.columns if c.name.endswith("_sealed")]
    return {value[:1] for value in values if value}


def in_another_process(migrated, *arguments):
    done = cie(*arguments, env=environment(migrated))
    assert done.returncode == 0, done.stderr
    return done.stdout


class statements:
    """The statements that run meanwhile."""

    def __enter__(self):
        self.seen = []
        event.listen(current().engine, "before_cursor_execute", self._see)
        return self.seen

    def _see(self, _connection, _cursor, statement, *_rest):
        self.seen.append(statement)

    def __exit__(self, *_fault):
        event.remove(current().engine, "before_cursor_execute", self._see)


class TestSealing:
    def test_its_records_are_under_its_own_key_and_those_of_others_are_not(self, session):
        refuge, clinic = make_refuge(session), make_participant(session)

        theirs, others = make_person(session, refuge), make_person(session, clinic)

        assert (layouts(theirs), layouts(others)) == ({OWN_LAYOUT}, {NETWORK_LAYOUT})
        assert (theirs.full_name, others.full_name) == ("Aster Moreno", "Aster Moreno")

    def test_its_staff_and_its_agreement_stay_with_the_network(self, session):
        refuge = make_refuge(session)

        worker = make_staff(session, refuge)

        (signed,) = participants.agreements_of(session, staff_of(refuge, Role.ORGANIZATION_ADMINISTRATOR), refuge.id)
        assert layouts(worker) == layouts(signed) == {NETWORK_LAYOUT}

    def test_what_staff_typed_before_a_sign_out_is_under_it_too(self, session):
        refuge = make_refuge(session)
        worker = make_staff(session, refuge)

        kept = identity.keep_form(session, worker.id, "/people/new", {"given_name": ["Aster"]}, at=NOON)

        assert (layouts(kept), kept.fields) == ({OWN_LAYOUT}, {"given_name": "Aster"})

    def test_a_value_opens_for_no_other_organization(self, session):
        refuge, other = make_refuge(session), make_refuge(session)
        person = make_person(session, refuge)

        person.organization_id = other.id

        with pytest.raises(CannotOpen):
            _ = person.given_name

    def test_without_the_row_of_its_key_the_data_keys_open_nothing(self, database, migrated):
        with transaction() as session:
            person = make_person(session, make_refuge(session))
        with transaction() as session:
            session.execute(OrganizationKey.__table__.delete())
        begin_anew(migrated)

        with pytest.raises(CannotOpen, match="is not there"):
            _ = person.given_name

    def test_every_table_that_seals_says_whose_a_row_is(self):
        silent = [
            table.name
            for table in schema.metadata.sorted_tables
            if any(c.name.endswith("_sealed") for c in table.columns)
            and ("organization_id" not in table.columns or table.columns["organization_id"].nullable)
        ]

        assert silent == []


class TestMatchKeys:
    def test_they_come_from_its_own_key(self, session):
        refuge, clinic = make_refuge(session), make_participant(session)

        ours, network = match_key("start:aster", refuge.id), current().keyring

        assert ours == match_key("start:aster", refuge.id)
        assert ours != network.match_key("start:aster", refuge.id)
        assert match_key("start:aster", clinic.id) == network.match_key("start:aster", clinic.id)

    def test_a_newer_key_leaves_them_as_they_are(self, database):
        with transaction() as session:
            refuge = make_refuge(session)
        before = match_key("start:aster", refuge.id)

        with transaction() as session:
            participants.renew_key(session, SYSTEM, refuge.id, at=NOON)

        assert current().keyring_of(refuge.id).current == 2
        assert match_key("start:aster", refuge.id) == before


class TestWhatAProcessKnows:
    def test_an_organization_without_one_is_asked_about_once(self, database, migrated):
        with transaction() as session:
            clinic = make_participant(session)
        begin_anew(migrated)
        person = Person(organization_id=clinic.id, created_at=NOON)

        with statements() as first:
            person.given_name = "Aster"
        with statements() as later:
            person.family_name = "Moreno"
            _ = person.full_name

        assert (sum("organization_key" in s for s in first), later) == (1, [])

    def test_reading_what_the_network_sealed_asks_nothing(self, database, migrated):
        with transaction() as session:
            person = make_person(session, make_participant(session))
        begin_anew(migrated)

        with statements() as seen:
            assert person.given_name == "Aster"

        assert seen == []

    def test_one_that_joins_in_another_process_has_its_key_here(self, database, migrated):
        printed = in_another_process(
            migrated, "organization", "add", "--name", "Safe Harbor", "--kind", "victim-services"
        )

        with transaction() as session:
            refuge = session.execute(select(Participant)).scalar_one()
            person = make_person(session, refuge)

        assert str(refuge.id) in printed
        assert layouts(person) == {OWN_LAYOUT}
        with reading() as session:
            assert session.get_one(Person, person.id).given_name == "Aster"

    @pytest.mark.parametrize("kind", [ParticipantKind.CBO, VICTIM_SERVICES])
    def test_one_that_did_not_join_after_all_leaves_nothing(self, database, migrated, kind):
        """The same organization comes again, as a restored one would, and is what it is then."""
        with pytest.raises(RuntimeError), transaction() as session:
            gone = make_refuge(session)
            lost = make_person(session, gone)
            raise RuntimeError("the change is given up")

        with transaction() as session:
            back = make_participant(session, id=gone.id, kind=kind)
            person = make_person(session, back)

        assert layouts(lost) == {OWN_LAYOUT}
        assert layouts(person) == ({OWN_LAYOUT} if kind == VICTIM_SERVICES else {NETWORK_LAYOUT})
        begin_anew(migrated)
        with reading() as session:
            assert session.get_one(Person, person.id).given_name == "Aster"

    def test_an_undone_step_within_a_change_keeps_the_key_of_the_whole(self, database):
        with transaction() as session:
            refuge = make_refuge(session)
            step = session.begin_nested()
            step.rollback()
            person = make_person(session, refuge)

        assert layouts(person) == {OWN_LAYOUT}

    def test_a_newer_key_of_another_process_opens_at_once(self, database, migrated, monkeypatch):
        with transaction() as session:
            refuge = make_refuge(session)
            person = make_person(session, refuge)
        assert current().keyring_of(refuge.id).current == 1
        monkeypatch.setattr("cie.db.own_keys.monotonic", lambda: 0.0)

        in_another_process(migrated, "keys", "renew", "--organization", str(refuge.id))

        with reading() as session:
            renewed = session.get_one(Person, person.id)
            assert renewed.given_name_sealed[1:3] == b"\x00\x02"
            assert renewed.given_name == "Aster"

    def test_a_key_that_another_process_destroyed_ends_here_within_seconds(self, database, monkeypatch):
        with transaction() as session:
            refuge = make_refuge(session)
            person = make_person(session, refuge)
        assert person.given_name == "Aster"
        with database.engine.begin() as elsewhere:
            elsewhere.execute(update(OrganizationKey).values(keys_sealed=None, destroyed_at=datetime.now(UTC)))
        assert person.given_name == "Aster"

        monkeypatch.setattr("cie.db.own_keys.monotonic", lambda: monotonic() + FRESH_SECONDS + 1)

        with pytest.raises(KeyDestroyed):
            _ = person.given_name

    def test_a_key_that_the_data_keys_do_not_open_is_named(self, database, migrated):
        with transaction() as session:
            person = make_person(session, make_refuge(session))

        begin_anew(migrated.model_copy(update={"data_keys": SecretStr("2:" + "b" * 43 + "=")}))

        with pytest.raises(CannotOpen, match="key version 1 is not in CIE_DATA_KEYS"):
            _ = person.given_name
