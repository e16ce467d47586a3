"""The end of exports: when their time is over, when they are ended, when keys change or are destroyed."""

from datetime import timedelta
from uuid import UUID

import pytest
from pydantic import SecretStr, ValidationError
from sqlmodel import select

from cie import participants
from cie.access import SYSTEM
from cie.app import compose
from cie.db import configure, reading, reseal_all, transaction
from cie.db.encryption import OWN_LAYOUT
from cie.events import AuditEntry
from cie.exports import Export, ExportLine
from cie.jobs import take_away_old_exports
from cie.participants import ParticipantKind
from tests.api.place import System
from tests.api.test_people import NEW
from tests.api.test_referrals import sent
from tests.conftest import KEYS
from tests.exports.making import ask, download, lines_of, made, make_all, path_of
from tests.factories import NOON, make_participant


def lines():
    with reading() as session:
        return session.exec(select(ExportLine)).all()


class TestExpiry:
    def test_after_its_time_it_says_so_and_its_lines_go(self, place):
        kept = made(place.clinic, "people")
        over = ask(place.clinic, "people")
        make_all(timedelta(seconds=-1))

        take_away_old_exports()

        found = place.clinic.get(f"/exports/{over['id']}").get_json()
        assert (found["status"], found["files"]) == ("expired", [])
        assert len(lines()) == len(lines_of(download(place.clinic, kept, "people"))) == 1

    def test_of_one_that_was_ended_or_failed_nothing_stays(self, place, monkeypatch):
        monkeypatch.setattr("cie.exports.ending.STEP", 1)
        sent(place)
        export = made(place.clinic, "people", "consents", "referrals")
        place.clinic.call("DELETE", f"/exports/{export['id']}")
        assert len(lines()) == 3

        take_away_old_exports()

        assert lines() == []

    def test_doing_it_again_changes_nothing(self, place):
        export = made(place.clinic, "people")
        for _ in range(2):
            take_away_old_exports()

        assert download(place.clinic, export, "people")

    @pytest.mark.parametrize("hours", [0, 169])
    def test_an_operator_sets_the_hours_within_reason(self, migrated, hours):
        with pytest.raises(ValidationError):
            type(migrated)(**{**migrated.model_dump(), "export_hours": hours})


class TestOld:
    def test_what_is_left_of_an_export_goes_after_a_month_with_its_audit_kept(self, place):
        old, young = made(place.clinic, "people"), made(place.clinic, "people")
        live = made(place.clinic, "people")
        for export in (old, young):
            place.clinic.call("DELETE", f"/exports/{export['id']}")
        with transaction() as session:
            for id_ in (old["id"], live["id"]):
                row = session.get_one(Export, UUID(id_))
                row.touched_at -= timedelta(days=31)
                session.add(row)

        take_away_old_exports()

        with reading() as session:
            assert {str(row.id) for row in session.exec(select(Export)).all()} == {young["id"], live["id"]}
            asked = session.exec(select(AuditEntry.subject_id).where(AuditEntry.action == "export.ask")).all()
        assert {str(id_) for id_ in asked} == {old["id"], young["id"], live["id"]}
        assert download(place.clinic, live, "people")


class TestKeys:
    def test_after_a_new_key_the_file_is_the_same(self, place, migrated):
        export = made(place.clinic, "people")
        before = download(place.clinic, export, "people")
        settings = migrated.model_copy(update={"data_keys": SecretStr(f"2:{'b' * 43}=,{KEYS['data_keys']}")})
        configure(settings)
        compose(settings)

        changed = dict(reseal_all())

        assert changed["export_line"] == 1
        assert download(place.clinic, export, "people") == before

    def test_that_of_a_victim_service_is_under_its_own_key_and_ends_with_it(self, place):
        with transaction() as session:
            refuge = make_participant(session, name="Safe Harbor", kind=ParticipantKind.VICTIM_SERVICES)
        theirs = System(place.app, refuge)
        theirs.post("/people", NEW)
        export = made(theirs, "people")
        assert {line.content_sealed[:1] for line in lines()} == {OWN_LAYOUT}
        with transaction() as session:
            participants.destroy_key(session, SYSTEM, refuge.id, at=NOON)

        answer = theirs.get(path_of(export, "people"))

        assert answer.status_code == 404
