"""A new data key: old values still open, new ones use it, and all can be sealed anew while the exchange works."""

import threading
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from cie import schema
from cie.app import compose
from cie.db import CannotOpen, configure, current, reading, reseal_all, transaction
from cie.db.encryption import header
from cie.people import Person
from tests.factories import make_loop, make_participant, make_person, make_staff, send_one
from tests.support.commands import cie, environment

OLD, NEW = "1:" + "a" * 43 + "=", "2:" + "b" * 43 + "="


def use_keys(migrated, keys: str) -> None:
    configure(migrated.model_copy(update={"data_keys": SecretStr(keys)}))
    compose(migrated)


def sealed_with(version: int) -> int:
    """How many values in the whole database this version of the key sealed."""
    count = 0
    with reading() as session:
        for table in schema.metadata.sorted_tables:
            for column in (c for c in table.columns if c.name.endswith("_sealed")):
                query = select(func.count()).where(func.substr(column, 1, 3) == header(version))
                count += session.execute(query).scalar_one()
    return count


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
    list(reseal_all())
    writer.join()
    list(reseal_all())

    assert faults == []
    assert sealed_with(1) == 0
    with reading() as session:
        assert {session.get_one(Person, id).given_name for id in ids} == {"New"}
        assert all(session.get_one(Person, id).full_name == "New Moreno" for id in ids)
    assert current().keyring.current == 2


def test_the_command_says_what_it_did_and_names_a_key_that_is_missing(database, migrated):
    with transaction() as session:
        make_person(session, make_participant(session))

    missing = cie("keys", "rotate", env=environment(migrated, CIE_DATA_KEYS=NEW))
    done = cie("keys", "rotate", env=environment(migrated, CIE_DATA_KEYS=f"{NEW},{OLD}"))

    assert missing.returncode == 1 and "key version 1 is not in CIE_DATA_KEYS" in missing.stderr
    assert done.returncode == 0, done.stderr
    assert "person: 1" in done.stdout and "sealed with key 2" in done.stdout
    assert sealed_with(1) == 0
