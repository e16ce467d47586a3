"""`cie keys`, and what `cie doctor` and `cie db upgrade` say and do about keys."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from sqlalchemy import select

from cie import messaging, participants, people
from cie.access import SYSTEM, Role
from cie.cli.database import give_missing_keys
from cie.cli.doctor_keys import key_ages, key_faults, keys_beside_data
from cie.cli.keys import key_lines
from cie.db import DataKey, note_data_key, reading, reseal_all, transaction
from cie.db.encryption import OWN_LAYOUT
from cie.events import Outbox
from cie.participants import Participant, ParticipantKind
from cie.people import NewPerson
from tests.conftest import settings_for
from tests.db.test_rotation import NEW, OLD, make_refuge, use_keys
from tests.factories import NOON, make_participant, make_person, make_phone, staff_of
from tests.support.commands import cie, environment

NOW = datetime.now(UTC)
YEAR = timedelta(days=365)


def run(settings, *arguments, **more):
    done = cie(*arguments, env=environment(settings, **more))
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def to_know(settings, now=NOW):
    with reading() as session:
        return list(key_ages(session, settings, now))


class TestAge:
    def test_a_key_is_in_use_since_the_first_start_with_it(self, database, migrated):
        for at in (NOON, NOW):
            note_data_key(at=at)
        use_keys(migrated, f"{NEW},{OLD}")
        note_data_key(at=NOW)

        with reading() as session:
            assert {row.version: row.first_used_at for row in session.execute(select(DataKey)).scalars()} == {
                1: NOON,
                2: NOW,
            }

    def test_doctor_asks_for_a_newer_one_after_a_year(self, database, migrated):
        note_data_key(at=NOW - YEAR)
        assert to_know(migrated) == []

        (line,) = to_know(migrated, NOW + timedelta(days=1))

        assert line == "CIE_DATA_KEYS: key 1 is in use for 366 days; put a new one first and run `cie keys rotate`"

    def test_or_after_what_the_settings_say(self, database, migrated):
        note_data_key(at=NOW - timedelta(days=31))

        assert to_know(migrated.model_copy(update={"key_days": 31})) == []
        assert len(to_know(migrated.model_copy(update={"key_days": 30}))) == 1

    def test_so_it_does_for_that_of_an_organization_while_there_is_one(self, database, migrated):
        with transaction() as session:
            refuge = make_refuge(session)
        later = NOON + YEAR + timedelta(days=1)

        (line,) = to_know(migrated, later)

        assert line == (
            f"organization {refuge.id}: its key is in use for 366 days; run `cie keys renew --organization {refuge.id}`"
        )
        with transaction() as session:
            participants.destroy_key(session, staff_of(refuge, Role.PRIVACY_OFFICER), refuge.id, at=NOON)
        assert to_know(migrated, later) == []

    def test_values_of_an_older_key_are_told_until_they_are_sealed_anew(self, database, migrated):
        with transaction() as session:
            refuge = make_refuge(session)
            make_person(session, refuge)
        told = [to_know(migrated)]
        with transaction() as session:
            participants.renew_key(session, SYSTEM, refuge.id, at=NOW)
        told.append(to_know(migrated))
        told.append(list(reseal_all()) and to_know(migrated))
        use_keys(migrated, f"{NEW},{OLD}")
        told.append(to_know(migrated))
        told.append(list(reseal_all()) and to_know(migrated))

        stale = ["keys: some values are still sealed with an older key; run `cie keys rotate`"]
        assert told == [[], stale, [], stale, []]

    def test_what_a_destroyed_key_sealed_is_no_fault(self, database, migrated):
        with transaction() as session:
            refuge = make_refuge(session)
            make_person(session, refuge)
        with transaction() as session:
            participants.destroy_key(session, staff_of(refuge, Role.PRIVACY_OFFICER), refuge.id, at=NOON)

        with reading() as session:
            assert list(key_faults(session)) == []
        assert to_know(migrated) == []


class TestBesideTheData:
    @pytest.fixture
    def settings(self, tmp_path):
        data, instance = tmp_path / "data", tmp_path / "instance"
        data.mkdir()
        return settings_for(f"sqlite:///{data}/cie.db", instance)

    @pytest.mark.parametrize(
        ("name", "content", "variable"),
        [
            ("data_keys", OLD, "CIE_DATA_KEYS"),
            ("secret_key", "s" * 48, "CIE_SECRET_KEY"),
            (".env", f"CIE_PUBLIC_URL=x\nCIE_DATA_KEYS={NEW},{OLD}\n", "CIE_DATA_KEYS"),
        ],
    )
    def test_a_key_in_the_folder_of_the_database_is_named_with_its_file(
        self, settings, tmp_path, name, content, variable
    ):
        file = tmp_path / "data" / name
        file.write_text(content)

        (line,) = keys_beside_data(settings)

        assert line == f"{variable}: it also lies in {file}, beside the data; keep keys apart from what they seal"

    def test_other_keys_other_files_and_other_folders_are_none_of_it(self, settings, tmp_path):
        (tmp_path / "data" / "data_keys").write_text(NEW)
        (tmp_path / "data" / "cie.db").write_bytes(b"\0" * 4096)
        (tmp_path / "instance").mkdir()
        (tmp_path / "instance" / "data_keys").write_text(OLD)

        assert list(keys_beside_data(settings)) == []

    def test_postgresql_lies_elsewhere(self, settings, tmp_path):
        (tmp_path / "data" / "data_keys").write_text(OLD)

        assert list(keys_beside_data(settings.model_copy(update={"database_url": "postgresql://x@db/cie"}))) == []

    def test_doctor_calls_it_a_fault_in_production(self, settings, tmp_path):
        key = urlsafe_b64encode(sha256(b"a key for this test").digest()).decode()
        env = production(settings, CIE_DATA_KEYS=f"1:{key}")
        (tmp_path / "data" / "keys.txt").write_text(key)
        run(settings, "db", "upgrade", **env)

        done = cie("doctor", env=environment(settings, **env))

        assert done.returncode == 1
        assert f"CIE_DATA_KEYS: it also lies in {tmp_path}/data/keys.txt" in done.stderr
        assert key not in done.stderr


def production(settings, **more):
    values = {
        "CIE_ENV": "production",
        "CIE_SECRET_KEY": sha256(b"a secret for this test").hexdigest(),
        "CIE_PUBLIC_URL": "https://exchange.example.org",
        "CIE_SMS_GATEWAY": "twilio",
        "CIE_SMS_MESSAGING_SERVICE_SID": "MG" + "2" * 32,
        "TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
        "TWILIO_AUTH_TOKEN": "0123456789abcdef" * 2,
        "CIE_TEXT_HOURS": "9-20",
    }
    return {**values, **more}


class TestCommand:
    def test_list_tells_of_each_key_its_age_and_how_much_it_seals(self, database, migrated):
        note_data_key(at=NOW - timedelta(days=40))
        with transaction() as session:
            refuge, gone = make_refuge(session), make_refuge(session)
            make_person(session, refuge)
            make_person(session, gone)
        with transaction() as session:
            participants.renew_key(session, SYSTEM, refuge.id, at=NOW)
            participants.destroy_key(session, staff_of(gone, Role.PRIVACY_OFFICER), gone.id, at=NOON)

        lines = run(migrated, "keys", "list", CIE_DATA_KEYS=f"{NEW},{OLD}")

        day = (NOW - timedelta(days=40)).date()
        assert lines[0].startswith("data key 2, current, in use since") and lines[0].endswith("(0 days): 0 values")
        # of each agreement who signed it, and the key of one organization
        assert lines[1].startswith("data key 1, older, in use since") and lines[1].endswith("(40 days): 3 values")
        assert str(day.year) in lines[1]
        assert lines[2].startswith(f"organization {refuge.id}, key 2, in use since") and lines[2].endswith(": 0 values")
        assert lines[3:] == [
            f"organization {refuge.id}, key 1, older: 4 values",
            f"organization {gone.id}, destroyed on 2026-11-24: 4 values that nobody can read",
        ]

    def test_list_names_a_key_that_is_still_needed_and_not_given(self, database, migrated):
        with transaction() as session:
            make_person(session, make_participant(session))
        use_keys(migrated, NEW)

        with reading() as session:
            lines = list(key_lines(session, NOW))

        assert lines == [
            "data key 2, current, not noted since when: 0 values",
            "data key 1, MISSING, not noted since when: 5 values",
        ]


class TestUpgrade:
    def test_a_victim_service_of_before_gets_a_key_and_its_people_are_filed_under_it(self, database, migrated):
        with transaction() as session:
            refuge = Participant(name="Safe Harbor", kind=ParticipantKind.VICTIM_SERVICES, created_at=NOON)
            session.add(refuge)
            session.flush()
            worker = staff_of(refuge, Role.NAVIGATOR)
            person = people.add_person(session, worker, NewPerson(given_name="Aster", family_name="Moreno"), at=NOW)
            phone = make_phone(session, person)
            messaging.tell(session, person, "help-started", person.id, at=NOON)
        before = phone.value_key

        too_early = cie("organization", "list", env=environment(migrated))
        lines = run(migrated, "db", "upgrade")
        again = give_missing_keys()
        use_keys(migrated, OLD)
        list(reseal_all())

        assert "the database is behind" in too_early.stderr, "it would go on without the key"
        assert "1 victim services now have their own" in lines[0]
        assert (lines[1:], again) == (["database: current"], 0)
        with reading() as session:
            (found,) = people.find_people(session, worker, "Aster")
            after = session.get_one(type(phone), phone.id).value_key
            orders = set(session.execute(select(Outbox.order_key)).scalars())
        assert found.given_name_sealed[:1] == OWN_LAYOUT and found.full_name == "Aster Moreno"
        assert after != before and orders == {f"phone:{after.hex()}"}
