from datetime import timedelta

import pytest
from uuid_utils.compat import uuid7

from cie.access import Role
from cie.errors import Invalid, NotAllowed, NotFound, Stale
from cie.people import (
    ContactKind,
    NewPerson,
    add_contact,
    add_identifier,
    add_person,
    correct_person,
    find_people,
    history_of,
    likely_duplicates,
)
from cie.people.birth import BirthDate
from tests.factories import NOON, make_participant, staff_of

LATER = NOON + timedelta(hours=1)
ASTER = NewPerson("Aster", "Moreno", birth=BirthDate.from_text("1992-03-27"), zip="93702", language="es")


@pytest.fixture
def organization(session):
    return make_participant(session)


@pytest.fixture
def staff(organization):
    return staff_of(organization)


@pytest.fixture
def person(session, staff):
    return add_person(session, staff, ASTER, at=NOON)


@pytest.fixture
def stranger(session):
    return staff_of(make_participant(session, name="Blue Kite Clinic"))


class TestCorrectPerson:
    def test_the_record_changes_and_the_history_says_what_it_was(self, session, staff, person):
        changes = {"family_name": "Reyes", "birth": BirthDate.from_text("1992-03"), "household_size": 3}

        corrected = correct_person(session, staff, person.id, changes, seen_version=1, at=LATER)

        assert (corrected.full_name, corrected.birth_text, corrected.version) == ("Aster Reyes", "1992-03", 2)
        change = history_of(session, staff, person.id)[0]
        assert change.fields == {
            "family_name": ["Moreno", "Reyes"],
            "birth": ["1992-03-27", "1992-03"],
            "household_size": [None, 3],
        }
        assert (change.at, change.actor_kind, change.door) == (LATER, "staff", "web")

    def test_the_event_names_fields_and_never_values(self, session, staff, person):
        correct_person(session, staff, person.id, {"given_name": "Rowan"}, seen_version=1, at=LATER)

        event = session.info["events"][-1]
        assert (event.action, event.codes) == ("person.correct", {"fields": ["given_name"]})

    def test_the_person_is_found_under_the_new_name_only(self, session, staff, person):
        correct_person(session, staff, person.id, {"given_name": "Linden"}, seen_version=1, at=LATER)

        assert [found.id for found in find_people(session, staff, "linden")] == [person.id]
        assert find_people(session, staff, "aster") == []

    def test_phones_stay_filed_when_a_name_changes(self, session, staff, person):
        add_contact(session, staff, person.id, kind=ContactKind.PHONE, value="5595550142", at=NOON)

        correct_person(session, staff, person.id, {"given_name": "Linden"}, seen_version=1, at=LATER)

        assert [found.id for found in find_people(session, staff, "559 555 0142")] == [person.id]

    def test_a_corrected_birth_date_is_what_duplicates_are_compared_with(self, session, staff, person):
        changes = {"birth": BirthDate.from_text("1975-06-30")}
        correct_person(session, staff, person.id, changes, seen_version=1, at=LATER)

        found = likely_duplicates(session, staff, NewPerson("Aster", "Moreno", birth=changes["birth"]), [])

        assert "same birth date" in found[0].match.reasons

    def test_a_new_zip_brings_its_county(self, session, staff, person):
        corrected = correct_person(session, staff, person.id, {"zip": "93277"}, seen_version=1, at=LATER)

        assert corrected.county_fips == "06107"
        assert history_of(session, staff, person.id)[0].fields == {
            "zip": ["93702", "93277"],
            "county_fips": ["06019", "06107"],
        }

    def test_a_new_zip_in_two_counties_asks_which(self, session, staff, person):
        with pytest.raises(Invalid) as error:
            correct_person(session, staff, person.id, {"zip": "90265"}, seen_version=1, at=LATER)

        assert error.value.field == "county"
        assert person.zip == "93702"

    def test_a_chosen_county_stays_while_the_zip_does(self, session, staff, person):
        correct_person(session, staff, person.id, {"county_fips": "06107"}, seen_version=1, at=LATER)

        changes = {"zip": "93702", "pronouns": "she/her"}
        corrected = correct_person(session, staff, person.id, changes, seen_version=2, at=LATER)

        assert (corrected.county_fips, corrected.pronouns) == ("06107", "she/her")

    def test_what_is_taken_out_is_stored_as_nothing(self, session, staff, person):
        changes = {"family_name": "", "birth": BirthDate.unknown(), "zip": ""}

        corrected = correct_person(session, staff, person.id, changes, seen_version=1, at=LATER)

        assert (corrected.family_name, corrected.birth_sealed, corrected.county_fips) == (None, None, "")

    def test_saving_what_is_kept_already_changes_nothing(self, session, staff, person):
        correct_person(session, staff, person.id, {"given_name": " Aster"}, seen_version=1, at=LATER)

        assert person.version == 1
        assert history_of(session, staff, person.id) == []

    def test_a_page_from_before_another_change_is_refused(self, session, staff, person):
        correct_person(session, staff, person.id, {"given_name": "Rowan"}, seen_version=1, at=LATER)

        with pytest.raises(Stale):
            correct_person(session, staff, person.id, {"given_name": "Sage"}, seen_version=1, at=LATER)

        assert person.given_name == "Rowan"

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"given_name": "", "family_name": ""}, "given_name"),
            ({"zip": "10001"}, "zip"),
            ({"birth": BirthDate.from_text("2030")}, "birth_year"),
            ({"organization_id": None}, "organization_id"),
            ({"version": 9}, "version"),
        ],
    )
    def test_what_may_not_be_is_refused_and_nothing_changes(self, session, staff, person, changes, field):
        with pytest.raises(Invalid) as error:
            correct_person(session, staff, person.id, changes, seen_version=1, at=LATER)

        assert error.value.field == field
        assert (person.full_name, person.version) == ("Aster Moreno", 1)

    def test_another_organization_hears_what_it_would_hear_of_nobody(self, session, person, stranger):
        with pytest.raises(NotFound) as theirs:
            correct_person(session, stranger, person.id, {}, seen_version=1, at=LATER)
        with pytest.raises(NotFound) as nobody:
            correct_person(session, stranger, uuid7(), {}, seen_version=1, at=LATER)

        assert theirs.value.message == nobody.value.message

    def test_privacy_officers_may_not_correct(self, session, organization, person):
        with pytest.raises(NotAllowed):
            officer = staff_of(organization, Role.PRIVACY_OFFICER)
            correct_person(session, officer, person.id, {}, seen_version=1, at=LATER)


class TestHistoryOf:
    def test_it_holds_contact_points_and_numbers_newest_first(self, session, staff, person):
        add_contact(session, staff, person.id, kind=ContactKind.PHONE, value="5595550142", at=NOON)
        add_identifier(session, staff, person.id, "mrn", "MR204417", at=LATER)

        history = history_of(session, staff, person.id)

        assert [change.fields for change in history] == [
            {"mrn": [None, "MR204417"]},
            {"value": [None, "+15595550142"]},
        ]
        assert person.id in session.info["shown"][staff]

    def test_nothing_in_it_is_stored_in_the_clear(self, session, staff, person):
        correct_person(session, staff, person.id, {"given_name": "Rowan"}, seen_version=1, at=LATER)

        assert b"Rowan" not in history_of(session, staff, person.id)[0].fields_sealed

    def test_another_organization_does_not_see_it(self, session, person, stranger):
        with pytest.raises(NotFound):
            history_of(session, stranger, person.id)

    def test_organization_administrators_do_not_see_it(self, session, organization, person):
        with pytest.raises(NotAllowed):
            history_of(session, staff_of(organization, Role.ORGANIZATION_ADMINISTRATOR), person.id)
