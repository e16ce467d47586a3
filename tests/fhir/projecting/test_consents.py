"""What people allowed or refused, as the organization that keeps the record reads it over FHIR."""

from datetime import UTC, datetime, timedelta

import pytest

from cie import consent
from cie.access import Role
from cie.calendar import local_day
from cie.consent import Decision, Expiry, Method, SignerKind
from cie.db import transaction
from cie.directory import Category
from cie.fhir.checking import faults_in
from cie.fhir.projecting.audiences import make_again
from tests.factories import make_consent, send_one, staff_of
from tests.fhir.place import make_all, make_reading_loop, of_type, own_by, read_by

NOW = datetime.now(UTC)


@pytest.fixture
def loop(database):
    return make_reading_loop()


def record(loop, **said):
    """What a person said, written down by a worker."""
    values = {"decision": Decision.SHARE, "categories": [Category.GENERAL], "recipient_ids": [loop.pantry.id]}
    values |= {"method": Method.SIGNED_PAPER, "form": "sdohcc-consent", "at": NOW}
    values |= {"expiry": Expiry.NONE, "expires_on": None, "signed_on": local_day(NOW), **said}
    with transaction() as session:
        actor = staff_of(loop.clinic, Role.NAVIGATOR)
        return consent.record_consent(session, actor, loop.person.id, **values).id


def read(loop, id):
    return read_by(loop.clinic)[f"Consent/{id}"]


def stands(found):
    return found["status"], found["provision"]["type"]


class TestConsent:
    def test_a_yes_is_evidence_with_its_restrictions_left_to_the_record(self, loop):
        id = record(loop, expiry=Expiry.DAY, expires_on=local_day(NOW) + timedelta(days=30))

        found = read(loop, id)

        assert stands(found) == ("active", "permit")
        assert found["policyRule"]["coding"][0]["code"] == "OPTINR"
        assert found["category"][0]["coding"][0]["code"] == "IDSCL"
        assert found["organization"] == [{"reference": f"Organization/{loop.clinic.id}"}]
        assert found["provision"]["period"] == {
            "start": local_day(NOW).isoformat(),
            "end": (local_day(NOW) + timedelta(days=30)).isoformat(),
        }
        assert str(loop.pantry.id) not in str(found)

    def test_a_no_never_reads_as_active(self, loop):
        assert stands(read(loop, record(loop, decision=Decision.DO_NOT_SHARE, recipient_ids=[]))) == (
            "rejected",
            "deny",
        )

    def test_one_that_was_taken_back_is_inactive_from_then_on(self, loop):
        id = record(loop)

        with transaction() as session:
            consent.revoke(session, staff_of(loop.clinic, Role.NAVIGATOR), id, method=Method.IN_PERSON, at=NOW)

        assert stands(read(loop, id)) == ("inactive", "permit")
        assert read(loop, id)["provision"]["period"]["end"] == local_day(NOW).isoformat()

    def test_one_that_a_newer_one_replaced_is_inactive(self, loop):
        first = record(loop)

        second = record(loop, at=NOW + timedelta(minutes=1))

        assert (read(loop, first)["status"], read(loop, second)["status"]) == ("inactive", "active")

    def test_after_its_last_day_it_is_inactive_though_nothing_happened(self, loop, migrated):
        id = record(loop, expiry=Expiry.DAY, expires_on=local_day(NOW) + timedelta(days=1))
        assert read(loop, id)["status"] == "active"

        make_all(NOW + timedelta(days=3))

        assert read(loop, id)["status"] == "inactive"

    def test_who_signed_is_named_nowhere(self, loop):
        with transaction() as session:
            row = make_consent(session, loop.person, signer=SignerKind.PARENT_OR_GUARDIAN)
            row.signer_name = "Juniper Vale"
            session.add(row)
            make_again(session, [loop.clinic.id])
        make_all()

        found = read(loop, row.id)

        assert "performer" not in found
        assert "Juniper" not in str(found)

    def test_no_other_organization_reads_it(self, loop):
        record(loop)
        with transaction() as session:
            send_one(session, loop)

        assert of_type(own_by(loop.pantry), "Consent") == []

    def test_none_has_a_fault(self, loop):
        record(loop)
        record(loop, decision=Decision.DO_NOT_SHARE, recipient_ids=[], at=NOW + timedelta(minutes=1))

        found = of_type(read_by(loop.clinic), "Consent")

        assert len(found) == 3
        assert [fault for each in found for fault in faults_in(each)] == []
