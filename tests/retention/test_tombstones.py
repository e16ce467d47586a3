"""What was erased stays erased after an older copy of the database was put back."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import orjson
import pytest
from sqlalchemy import select

from cie import people, referrals, retention
from cie.access import Role
from cie.app import compose
from cie.db import KeyDestroyed, configure, current, reading, transaction
from cie.db.migrate import upgrade
from cie.directory.models import Service
from cie.errors import Invalid
from cie.participants import ParticipantKind
from cie.people import Person
from cie.referrals import Referral, ReferralStatus
from cie.referrals.models import Entry
from cie.retention import Ground, KeyStone, Tombstone
from tests.conftest import settings_for
from tests.factories import make_loop, make_participant, make_person, make_service, send_one, staff_of
from tests.retention.filling import every_value, grant_deletion, words_in
from tests.support.commands import cie, environment
from tests.support.scan import found_in, whole_database
from tests.test_leaks import SECRETS, play_whole_loop

NOW = datetime.now(UTC)
OF_OTHERS = {"staff name", "staff e-mail", "reason words"}


@pytest.fixture
def settings(tmp_path):
    made = settings_for(f"sqlite:///{tmp_path}/cie.db", tmp_path)
    configure(made)
    upgrade()
    compose(made)
    yield made
    current().close()


def erase_the_one() -> Person:
    with transaction() as session:
        person = session.execute(select(Person)).scalar_one()
        officer = staff_of(person.organization_id, Role.PRIVACY_OFFICER)
        grant_deletion(session, officer, person.id, at=NOW)
    with transaction() as session:
        retention.erase(session, officer, person.id, Ground.REQUEST, at=NOW)
    return person


def run(settings, *arguments: str) -> str:
    return lines(settings, *arguments)[-1]


def lines(settings, *arguments: str) -> list[str]:
    done = cie("tombstones", *arguments, env=environment(settings))
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()


def test_a_backup_that_was_put_back_is_erased_again(settings, tmp_path):
    play_whole_loop()
    current().close()
    shutil.copy(tmp_path / "cie.db", tmp_path / "backup")
    person = erase_the_one()
    assert run(settings, "export", str(tmp_path / "stones")) == f"tombstones: 1 in {tmp_path / 'stones'}"
    put_back(settings, tmp_path / "backup", tmp_path / "cie.db")
    assert words_in(every_value(), SECRETS) == set(SECRETS)
    current().close()

    said = run(settings, "apply", str(tmp_path / "stones"))

    assert said == "tombstones: 1 records erased again, 0 were not there"
    assert words_in(every_value(), SECRETS) == OF_OTHERS
    assert found_in(whole_database(), SECRETS) == set()
    with reading() as session:
        assert session.get_one(Person, person.id).erased_at == NOW
        assert [stone.person_id for stone in retention.tombstones(session)] == [person.id]


def test_a_key_that_was_destroyed_is_destroyed_again_with_what_stands_in_clear(settings, tmp_path):
    with transaction() as session:
        refuge = make_participant(session, name="Safe Harbor", kind=ParticipantKind.VICTIM_SERVICES)
        one, other = make_person(session, refuge, given_name="Philippa"), make_person(session, refuge)
        draft = referrals.save_draft(session, staff_of(refuge, Role.NAVIGATOR), asked_for(session, one), at=NOW)
    current().close()
    shutil.copy(tmp_path / "cie.db", tmp_path / "backup")
    officer = staff_of(refuge, Role.PRIVACY_OFFICER)
    with transaction(alone=True) as session:
        retention.erase(session, officer, other.id, Ground.PURGE, at=NOW)
    with transaction(alone=True) as session:
        retention.destroy_everything(session, officer, name="Safe Harbor", at=NOW)
    run(settings, "export", str(tmp_path / "stones"))
    put_back(settings, tmp_path / "backup", tmp_path / "cie.db")
    assert "Philippa" in every_value().values()

    first, again = (lines(settings, "apply", str(tmp_path / "stones")) for _time in range(2))

    assert first == [
        "keys: 1 destroyed again, 0 were not there",
        "tombstones: 1 records erased again, 0 were not there",
    ]
    assert again == [
        "keys: 0 destroyed again, 1 were not there",
        "tombstones: 1 records erased again, 0 were not there",
    ]
    with reading() as session:
        assert retention.destroyed_keys(session) == [KeyStone(refuge.id, NOW)]
        assert session.execute(select(Referral.status).where(Referral.id == draft.id)).scalar() == "entered-in-error"
        assert set(session.execute(select(Person.zip)).scalars()) == {""}
        current().own_keys.every()
        with pytest.raises(KeyDestroyed):
            _ = session.get_one(Person, one.id).given_name


def asked_for(session, person):
    service = make_service(session, make_participant(session))
    return referrals.Request(
        person_id=person.id, need_code="food", urgency=referrals.Urgency.WEEK, service_ids=(service.id,)
    )


def test_a_copy_in_which_there_was_no_such_organization_stays_as_it_is(session):
    assert not retention.destroy_again(session, KeyStone(uuid4(), NOW), at=NOW)

    assert retention.destroyed_keys(session) == []


def put_back(settings, backup: Path, file: Path) -> None:
    current().close()
    for each in file.parent.glob("cie.db-*"):
        each.unlink()
    shutil.copy(backup, file)
    configure(settings)
    compose(settings)


def test_the_file_holds_ids_codes_and_instants_alone_and_is_refused_when_it_was_changed(settings):
    play_whole_loop()
    person = erase_the_one()

    with reading() as session:
        data = retention.as_file(session)

    (row,) = orjson.loads(orjson.loads(data)["content"])
    assert set(row) == {"organization_id", "person_id", "ground", "erased_at", "erased_by_id"}
    assert row["person_id"] == str(person.id)
    assert found_in(data, SECRETS) == set()
    with pytest.raises(Invalid, match="signature"):
        retention.read_file(data.replace(str(person.id).encode(), str(uuid4()).encode()))


@pytest.mark.parametrize("spoilt", [b"", b"[]", b'{"content": 3}', b'{"content": "[]", "signature": "x"}'])
def test_a_file_that_is_none_is_refused(session, spoilt):
    with pytest.raises(Invalid):
        retention.read_file(spoilt)


class TestAgain:
    def test_a_loop_that_was_open_in_the_copy_ends(self, session):
        loop = make_loop(session)
        referral, task = send_one(session, loop, at=NOW)
        stone = Tombstone(
            organization_id=loop.clinic.id, person_id=loop.person.id, ground=Ground.REQUEST, erased_at=NOW
        )

        assert retention.erase_again(session, stone, at=NOW)

        session.refresh(loop.person)
        assert (loop.person.full_name, loop.person.erased_at) == ("", NOW)
        assert referral.status == ReferralStatus.REVOKED
        assert people.contact_points(session, loop.person) == []
        assert referrals.tasks_of(session, referral)[0].status != "requested"

    def test_twice_changes_nothing_more(self, session):
        loop = make_loop(session)
        stone = Tombstone(organization_id=loop.clinic.id, person_id=loop.person.id, ground=Ground.PURGE, erased_at=NOW)

        for _time in range(2):
            assert retention.erase_again(session, stone, at=NOW)

        assert len(retention.tombstones(session)) == 1

    def test_of_others_what_was_written_after_the_purge_stays_in_a_copy_of_after_it(self, session):
        loop = make_loop(session)
        refuge = make_participant(session, name="Safe Harbor", kind=ParticipantKind.VICTIM_SERVICES)
        task = note_on(session, loop, refuge, make_service(session, refuge), "Has a room")
        referrals.complete(session, staff_of(refuge), task.id, at=NOW)
        officer = staff_of(refuge, Role.PRIVACY_OFFICER)
        stone = retention.erase(session, officer, loop.person.id, Ground.PURGE, at=NOW)
        note_on(session, loop, refuge, session.get_one(Service, task.service_id), "Came again")

        assert not retention.erase_again(session, stone, at=NOW)

        assert [entry.text for entry in session.execute(select(Entry)).scalars()] == ["Came again"]

    def test_of_others_what_an_older_copy_still_has_goes(self, session):
        loop = make_loop(session)
        refuge = make_participant(session, name="Safe Harbor", kind=ParticipantKind.VICTIM_SERVICES)
        note_on(session, loop, refuge, make_service(session, refuge), "Has a room")
        stone = Tombstone(organization_id=refuge.id, person_id=loop.person.id, ground=Ground.PURGE, erased_at=NOW)

        assert retention.erase_again(session, stone, at=NOW)

        assert session.execute(select(Entry)).scalars().all() == []

    def test_somebody_who_is_not_in_the_copy_is_passed_over(self, session):
        stone = Tombstone(organization_id=uuid4(), person_id=uuid4(), ground=Ground.REQUEST, erased_at=NOW)

        assert not retention.erase_again(session, stone, at=NOW)
        assert list(retention.tombstones(session)) == []


def note_on(session, loop, refuge, service, words):
    """The person is referred to a victim service, which writes something down; its task."""
    request = loop.request(service_ids=(service.id,), at_person_request=True)
    referral = referrals.send(session, loop.navigator, request, previewed=None, at=NOW)
    (task,) = referrals.tasks_of(session, referral)
    referrals.accept(session, staff_of(refuge), task.id, at=NOW)
    referrals.write_note(session, staff_of(refuge), referral.id, words, at=NOW)
    return task
