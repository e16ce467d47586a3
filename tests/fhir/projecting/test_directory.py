"""The directory over FHIR: what everybody may know of organizations, services and places, and nothing else."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from cie import directory, identity, participants
from cie.access import SYSTEM
from cie.db import reading, transaction
from cie.directory import CapacityStatus, Correction
from cie.fhir.checking import faults_in
from cie.fhir.projecting.audiences import add_audiences
from cie.fhir.resources.service_types import _OF_NEED
from cie.fhir.store import Stored
from cie.participants import Participant, ParticipantKind
from tests.directory.rows import location_row, organization_row, service_row
from tests.factories import make_participant, staff_of
from tests.fhir.place import make_all, of_type, read_by

NOW = datetime.now(UTC)
PLACE = location_row()
CAPACITY = "SDOHCC-ExtensionHealthcareServiceCapacityStatus"


def load(*rows, joined=None):
    with transaction() as session:
        directory.load_directory(session, SYSTEM, {"organizations": list(rows)}, joined or {}, at=NOW)


@pytest.fixture
def pantry(database) -> Participant:
    """A pantry that joined; somebody reads over FHIR, so that the directory is kept."""
    with transaction() as session:
        pantry = make_participant(session)
        add_audiences(session, [pantry.id])
    make_all()
    return pantry


def listed(pantry, **values):
    """A service of the pantry as it is read."""
    row = service_row(**values)
    organization = organization_row(row)
    load(organization, joined={organization["id"]: pantry.id})
    return read_by(pantry)[f"HealthcareService/{row['id']}"]


def room_of(service):
    (extension,) = [each for each in service["extension"] if each["url"].endswith(CAPACITY)]
    parts = {part["url"]: part for part in extension["extension"]}
    (code,) = parts["capacityStatus"]["valueCodeableConcept"]["coding"]
    return code["code"], parts.get("capacityNotes", {}).get("valueString")


class TestServices:
    def test_a_service_says_what_its_page_says(self, pantry):
        found = listed(
            pantry,
            location=PLACE,
            languages=["en", "es"],
            eligibility_description="Families of Fresno",
            minimum_age=18,
            required_documents=["A photo ID"],
            service_areas=[{"extent_type": "county", "extent": "06019"}, {"extent_type": "zip", "extent": "93702"}],
        )

        assert found["active"] is True
        assert found["providedBy"] == {"reference": f"Organization/{pantry.id}", "display": "Lantern Pantry"}
        assert [each["code"] for each in found["category"][0]["coding"]] == ["sdoh", "food-insecurity"]
        assert [each["coding"][0]["code"] for each in found["type"]] == ["548"]
        assert found["location"] == [{"reference": f"Location/{PLACE['id']}"}]
        assert found["comment"] == "A box of staples for the week."
        assert found["eligibility"] == [{"code": {"text": "Ages 18 and over"}, "comment": "Families of Fresno"}]
        assert [each["coding"][0]["code"] for each in found["communication"]] == ["en", "es"]
        assert {each["display"] for each in found["coverageArea"]} == {"Fresno County", "ZIP 93702"}
        assert found["extraDetails"] == "How to apply: Come by\n\nCost: Free\n\nWhat to bring: A photo ID"
        (hours,) = found["availableTime"]
        assert hours["daysOfWeek"] == ["mon", "tue", "wed", "thu", "fri"]
        assert (hours["availableStartTime"], hours["availableEndTime"]) == ("09:00:00", "17:00:00")

    def test_the_phone_that_people_call_is_the_one_for_appointments(self, pantry):
        found = listed(pantry)

        assert [each.rpartition("/")[2] for each in found["meta"]["profile"]] == [
            "SDOHCC-HealthcareServiceForReferralManagement",
            "SDOHCC-HealthcareService",
        ]
        assert found["telecom"][0]["value"] == "(559) 555-0102"
        assert found["telecom"][0]["extension"][0]["valueBoolean"] is True

    @pytest.mark.parametrize("status", [each for each in CapacityStatus if each != CapacityStatus.UNKNOWN])
    def test_room_is_said_with_the_day_of_the_word(self, pantry, status):
        code, notes = room_of(listed(pantry, capacity={"status": status, "days_ago": 2, "note": "Call on Monday."}))

        assert code == status.value
        assert notes.startswith("Last said on 20")
        assert notes.endswith(". Call on Monday.")

    @pytest.mark.parametrize(("status", "days_ago"), [("capacity", 31), ("unknown", 1)])
    def test_a_word_that_grew_old_or_was_never_given_is_unknown(self, pantry, status, days_ago):
        found = listed(pantry, capacity={"status": status, "days_ago": days_ago, "note": None})

        assert room_of(found)[0] == "unknown"
        assert faults_in(found) == []

    def test_every_change_is_read_at_once(self, pantry):
        service_id = UUID(listed(pantry)["id"])
        worker, key = staff_of(pantry), f"HealthcareService/{service_id}"

        with transaction() as session:
            directory.confirm_capacity(session, worker, service_id, CapacityStatus.WAITLIST, at=NOW)
        assert room_of(read_by(pantry)[key])[0] == "waitlist"

        with transaction() as session:
            directory.correct_service(session, worker, service_id, Correction("Bread", "Fresh"), at=NOW)
        assert read_by(pantry)[key]["name"] == "Bread"

        with transaction() as session:
            directory.learn_from_decline(session, worker, service_id, "service-ended", at=NOW)
        ended = read_by(pantry)[key]
        assert (ended["active"], "meta" in ended and "profile" in ended["meta"]) == (False, False)
        assert faults_in(ended) == []

    def test_hours_that_weeks_do_not_tell_are_told_in_words(self, pantry):
        night = {"byday": "FR,SU", "opens_at": "20:00", "closes_at": "06:00"}
        always = {"byday": "MO", "opens_at": "00:00", "closes_at": "23:59"}
        monthly = {"byday": "1SA,-1TU", "opens_at": "10:00", "closes_at": "12:00", "valid_to": "2027-06-30"}

        found = listed(pantry, schedules=[night, always, monthly])

        assert found["availableTime"] == [
            {"daysOfWeek": ["fri", "sun"], "availableStartTime": "20:00:00", "availableEndTime": "23:59:59"},
            {"daysOfWeek": ["sat", "mon"], "availableStartTime": "00:00:00", "availableEndTime": "06:00:00"},
            {"daysOfWeek": ["mon"], "allDay": True},
        ]
        words = "first Saturday of the month, last Tuesday of the month: 10:00 to 12:00 until 2027-06-30"
        assert found["availabilityExceptions"] == words
        assert faults_in(found) == []

    def test_each_need_has_a_type_of_service(self):
        assert set(_OF_NEED) == set(directory.needs())

    @pytest.mark.parametrize("need_code", directory.needs())
    def test_each_kind_of_service_conforms(self, pantry, need_code):
        found = listed(pantry, needs=[need_code], location=location_row(), interpretation_services="By phone")

        assert faults_in(found) == []

    def test_a_bare_one_conforms(self, pantry):
        row = service_row(needs=[], description="", schedules=[], service_areas=[], location=None, languages=[])
        load(organization_row(row, phones=[], email=None))

        found = read_by(pantry)[f"HealthcareService/{row['id']}"]

        assert len(found["meta"]["profile"]) == 1
        assert "referralMethod" not in found
        assert faults_in(found) == []


class TestPlaces:
    def test_a_place_has_its_address_and_its_organization(self, pantry):
        listed(pantry, location=PLACE)

        place = read_by(pantry)[f"Location/{PLACE['id']}"]

        assert (place["name"], place["address"]["line"]) == ("Main place", ["12 Elm Street"])
        assert place["managingOrganization"] == {"reference": f"Organization/{pantry.id}"}
        assert faults_in(place) == []

    def test_the_same_place_is_no_new_version(self, pantry):
        organization = organization_row(service_row(location=PLACE))
        load(organization)
        before = read_by(pantry)

        load(organization)

        assert read_by(pantry) == before

    def test_a_confidential_one_is_not_there_nor_anything_that_points_to_it(self, pantry):
        with transaction() as session:
            haven = make_participant(session, name="Haven", kind=ParticipantKind.VICTIM_SERVICES)
        hidden = location_row(confidential=True, address_1="99 Hidden Lane", city="Sanger", postal_code="93657")

        found = listed(haven, location=hidden, needs=["safety-from-abuse"], sensitivity="victim-services")

        everything = str(read_by(pantry))
        assert "location" not in found
        assert of_type(read_by(pantry), "Location") == []
        assert not any(word in everything for word in ("Hidden Lane", "Sanger", "93657", hidden["id"]))

    def test_one_that_becomes_confidential_is_gone_at_once_with_its_history(self, pantry):
        row = service_row(location=PLACE)
        organization = organization_row(row)
        load(organization)
        assert f"Location/{PLACE['id']}" in read_by(pantry)

        load({**organization, "services": [{**row, "location": {**PLACE, "confidential": True}}]})

        assert f"Location/{PLACE['id']}" not in read_by(pantry)
        assert PLACE["id"] not in str(read_by(pantry))


class TestOrganizations:
    def test_one_that_joined_has_its_id_here_and_what_the_directory_says(self, pantry):
        organization = organization_row(service_row(location=PLACE))
        load(organization, joined={organization["id"]: pantry.id})

        found = read_by(pantry)

        one = found[f"Organization/{pantry.id}"]
        assert f"Organization/{organization['id']}" not in found
        assert [each["value"] for each in one["telecom"]] == ["(559) 555-0102", "hello@lanternpantry.example.org"]
        assert one["address"][0]["city"] == "Fresno"
        assert faults_in(one) == []

    def test_one_that_did_not_join_has_the_id_of_the_directory(self, pantry):
        organization = organization_row(service_row(), name="Green Gate")

        load(organization)

        one = read_by(pantry)[f"Organization/{organization['id']}"]
        assert (one["name"], one["active"]) == ("Green Gate", True)
        assert faults_in(one) == []

    def test_how_one_talks_with_the_network_is_not_told(self, pantry):
        with transaction() as session:
            added = participants.add_participant(
                session, SYSTEM, name="Quiet Hall", kind=ParticipantKind.CBO, county_fips="06019",
                email="inside@quiet.example.org", phone="(559) 555-0177", at=NOW,
            )  # fmt: skip

        one = read_by(pantry)[f"Organization/{added.id}"]

        assert set(one) == {"resourceType", "id", "meta", "identifier", "active", "name"}

    def test_one_that_left_is_not_active(self, pantry):
        with transaction() as session:
            other = make_participant(session, name="Second Pantry")

        with transaction() as session:
            identity.close_organization(session, SYSTEM, other.id, at=NOW)

        assert read_by(pantry)[f"Organization/{other.id}"]["active"] is False


class TestOldWords:
    def test_a_word_decays_without_that_anybody_does_anything(self, pantry):
        service_id = listed(pantry, capacity={"status": "capacity", "days_ago": 29, "note": None})["id"]
        key = f"HealthcareService/{service_id}"
        before = read_by(pantry)[key]
        assert room_of(before)[0] == "capacity"

        make_all(NOW + timedelta(days=2))

        after = read_by(pantry)[key]
        assert room_of(after)[0] == "unknown"
        assert int(after["meta"]["versionId"]) == int(before["meta"]["versionId"]) + 1

    def test_one_that_was_said_again_does_not(self, pantry):
        service_id = UUID(listed(pantry, capacity={"status": "capacity", "days_ago": 29, "note": None})["id"])
        with transaction() as session:
            directory.confirm_capacity(session, staff_of(pantry), service_id, at=NOW)

        make_all(NOW + timedelta(days=2))

        assert room_of(read_by(pantry)[f"HealthcareService/{service_id}"])[0] == "capacity"


def test_nothing_is_kept_while_nobody_reads(database):
    load(organization_row(service_row()))

    with reading() as session:
        assert session.execute(select(Stored)).first() is None
