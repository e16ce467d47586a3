"""A new key, of the data or of one organization: old values still open, and all are sealed anew while people work."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from cie import participants, schema
from cie.access import SYSTEM, Role
from cie.app import compose
from cie.db import CannotOpen, configure, current, reading, reseal_all, transaction
from cie.db.encryption import NETWORK_LAYOUT, OWN_LAYOUT, header
from cie.participants import Participant, ParticipantKind
from cie.people import Person
from tests.factories import NOON, make_loop, make_participant, make_person, make_staff, send_one, staff_of
from tests.support.commands import cie, environment

OLD, NEW = "1:" + "a" * 43 + "=", "2:" + "b" * 43 + "="


def use_keys(migrated, keys: str) -> None:
    configure(migrated.model_copy(update={"data_keys": SecretStr(keys)}))
    compose(migrated)


def sealed_with(version: int, layout: bytes = NETWORK_LAYOUT) -> int:
    """How many values in the whole database this version of the key sealed."""
    count = 0
    with reading() as session:
        for table in schema.metadata.sorted_tables:
            for column in (c for c in table.columns if c.name.endswith("_sealed")):
                query = select(func.count()).where(func.substr(column, 1, 3) == header(version, layout))
                count += session.execute(query).scalar_one()
    return count


def while_names_are_corrected(ids: list[UUID], rotate: Callable[[], object]) -> list[BaseException]:
    """What went wrong for a worker who corrects each name while keys change."""
    faults: list[BaseException] = []

    def correct() -> None:
        try:
            for person_id in ids:
                with transaction() as session:
                    person = session.get_one(Person, person_id, with_for_update=True)
                    person.street = f"{datetime.now(UTC)}"
                    person.given_name = "New"
                    session.add(person)
        except BaseException as fault:
            faults.append(fault)

    writer = threading.Thread(target=correct)
    writer.start()
    rotate()
    writer.join()
    return faults


def make_refuge(session) -> Participant:
    return make_participant(session, name="Safe Harbor", kind=ParticipantKind.VICTIM_SERVICES)


def test_a_new_key_seals_what_is_new_and_everything_after_rotation(database, migrated):
    with transaction() as session:
        loop = make_loop(session, pronouns="they")
        send_one(session, loop, message="Mornings are best.")
        make_staff(session, loop.clinic)
    before = sealed_with(1)

    use_keys(migrated, f"{NEW},{OLD}")
    with transaction() as session:
        newer = make_person(session, session.get_one(type(loop.clinic), loop.clinic.id), given_name="Rowan")
    assert (sealed_with(1), sealed_with(2) > 0) == (before, True)

    changed = dict(reseal_all())
    assert changed["person"] == 1 and changed["release_element"] > 5
    assert sealed_with(1) == 0
    assert sum(dict(reseal_all()).values()) == 0

    use_keys(migrated, NEW)
    with reading() as session:
        assert session.get_one(Person, loop.person.id).full_name == "Aster Moreno"
        assert session.get_one(Person, newer.id).given_name == "Rowan"


def test_without_the_old_key_nothing_is_lost(database, migrated):
    with transaction() as session:
        person = make_person(session, make_participant(session))
    use_keys(migrated, NEW)

    with pytest.raises(CannotOpen, match="key version 1"):
        list(reseal_all())

    use_keys(migrated, f"{NEW},{OLD}")
    with reading() as session:
        assert session.get_one(Person, person.id).full_name == "Aster Moreno"


def test_rotation_under_load_loses_no_change(database, migrated, monkeypatch):
    """Workers correct names while everything is sealed anew in small steps."""
    monkeypatch.setattr("cie.db.rotation.STEP", 3)
    with transaction() as session:
        clinic = make_participant(session)
        ids = [make_person(session, clinic, given_name="Old").id for _n in range(30)]
    use_keys(migrated, f"{NEW},{OLD}")
    faults = while_names_are_corrected(ids, lambda: list(reseal_all()))
    list(reseal_all())

    assert faults == []
    assert sealed_with(1) == 0
    with reading() as session:
        assert {session.get_one(Person, id).given_name for id in ids} == {"New"}
        assert all(session.get_one(Person, id).full_name == "New Moreno" for id in ids)
    assert current().keyring.current == 2


class TestOfAnOrganization:
    def test_a_new_data_key_seals_its_key_anew_and_leaves_its_records(self, database, migrated):
        with transaction() as session:
            refuge = make_refuge(session)
            person = make_person(session, refuge)
        before = sealed_with(1, OWN_LAYOUT)

        use_keys(migrated, f"{NEW},{OLD}")
        changed = dict(reseal_all())
        use_keys(migrated, NEW)

        assert (changed["organization_key"], changed["person"]) == (1, 0)
        assert (sealed_with(1), sealed_with(1, OWN_LAYOUT)) == (0, before) and before > 3
        with reading() as session:
            assert session.get_one(Person, person.id).full_name == "Aster Moreno"

    def test_what_was_kept_before_it_had_a_key_goes_under_it(self, database):
        with transaction() as session:
            refuge = Participant(name="Safe Harbor", kind=ParticipantKind.VICTIM_SERVICES, created_at=NOON)
            session.add(refuge)
            session.flush()
            person = make_person(session, refuge)
        assert (sealed_with(1), sealed_with(1, OWN_LAYOUT)) == (4, 0)
        with transaction() as session:
            participants.give_key(session, SYSTEM, session.get_one(Participant, refuge.id), at=NOON)

        assert dict(reseal_all())["person"] == 1

        # what is left is the key itself
        assert (sealed_with(1), sealed_with(1, OWN_LAYOUT)) == (1, 4)
        with reading() as session:
            assert session.get_one(Person, person.id).full_name == "Aster Moreno"

    def test_a_newer_one_under_load_loses_no_change(self, database, monkeypatch):
        """Its workers and another's correct names while its key is made anew again and again."""
        monkeypatch.setattr("cie.db.rotation.STEP", 3)
        with transaction() as session:
            places = make_refuge(session), make_participant(session)
            ids = [make_person(session, place, given_name="Old").id for _n in range(15) for place in places]

        def renew() -> None:
            for _n in range(3):
                with transaction() as session:
                    participants.renew_key(session, SYSTEM, places[0].id, at=NOON)
                list(reseal_all())

        assert while_names_are_corrected(ids, renew) == []
        list(reseal_all())

        older = [sealed_with(version, OWN_LAYOUT) for version in (1, 2, 3)]
        assert (older, sealed_with(4, OWN_LAYOUT)) == ([0, 0, 0], 15 * 4)
        with reading() as session:
            assert {session.get_one(Person, id).full_name for id in ids} == {"New Moreno"}

    def test_what_a_destroyed_one_sealed_is_left_as_it_is(self, database, migrated):
        with transaction() as session:
            refuge = make_refuge(session)
            make_person(session, refuge)
        with transaction() as session:
            officer = staff_of(refuge, Role.PRIVACY_OFFICER)
            participants.destroy_key(session, officer, refuge.id, at=NOON)
        use_keys(migrated, f"{NEW},{OLD}")
        before = sealed_with(1, OWN_LAYOUT)

        assert dict(reseal_all())["person"] == 0

        assert (sealed_with(1), sealed_with(1, OWN_LAYOUT)) == (0, before)


def test_the_command_says_what_it_did_and_names_a_key_that_is_missing(database, migrated):
    with transaction() as session:
        make_person(session, make_participant(session))

    missing = cie("keys", "rotate", env=environment(migrated, CIE_DATA_KEYS=NEW))
    done = cie("keys", "rotate", env=environment(migrated, CIE_DATA_KEYS=f"{NEW},{OLD}"))

    assert missing.returncode == 1 and "key version 1 is not in CIE_DATA_KEYS" in missing.stderr
    assert done.returncode == 0, done.stderr
    assert "person: 1" in done.stdout and "sealed with key 2" in done.stdout
    assert sealed_with(1) == 0
