from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlmodel import col

from cie.access import Role
from cie.db import match_key
from cie.errors import Invalid, NotAllowed
from cie.geography import LEAST_SHARE_TO_ASK, counties, counties_of_zip
from cie.people import NewPerson, Person, add_person, birth_of
from cie.people.birth import BirthDate
from cie.people.models import BlockingKey
from tests.factories import NOON, make_participant, staff_of


@pytest.fixture
def organization(session):
    return make_participant(session)


@pytest.fixture
def staff(organization):
    return staff_of(organization)


def zip_in_two_counties():
    """Malibu: Los Angeles and Ventura counties."""
    return "90265"


def fields_of(error):
    return {fault.field for fault in error.value.errors}


class TestAddPerson:
    def test_the_person_belongs_to_the_organization_that_adds(self, session, organization, staff):
        birth = BirthDate.from_text("1992-03-27")
        new = NewPerson(
            "Aster", "Moreno", birth=birth, street="12 Elm St", zip="93702", language="es", household_size=4
        )

        person = add_person(session, staff, new, at=NOON)

        assert person.organization_id == organization.id
        assert (person.full_name, birth_of(person), person.street) == ("Aster Moreno", birth, "12 Elm St")
        assert (person.zip, person.language, person.household_size) == ("93702", "es", 4)
        assert (person.version, person.created_at) == (1, NOON)
        assert [event.action for event in session.info["events"]] == ["person.add"]

    def test_names_are_kept_without_extra_spaces(self, session, staff):
        person = add_person(session, staff, NewPerson("  Aster  Luz ", "Moreno\t"), at=NOON)

        assert person.full_name == "Aster Luz Moreno"

    def test_a_chosen_name_alone_is_enough(self, session, staff):
        person = add_person(session, staff, NewPerson(chosen_name="Rowan", no_fixed_address=True), at=NOON)

        assert (person.full_name, person.no_fixed_address, person.given_name) == ("Rowan", True, None)

    def test_what_is_not_known_is_stored_as_nothing(self, session, staff):
        person = add_person(session, staff, NewPerson("Aster"), at=NOON)

        assert person.birth_sealed is None
        assert person.street_sealed is None

    def test_keys_are_stored_as_hmacs_of_this_organization(self, session, organization, staff):
        person = add_person(session, staff, NewPerson("Aster", "Moreno"), at=NOON)

        query = select(col(BlockingKey.key)).where(col(BlockingKey.person_id) == person.id)
        keys = set(session.execute(query).scalars())
        assert match_key("start:aster", organization.id) in keys
        assert match_key("start:aster") not in keys
        assert b"start:aster" not in keys

    def test_without_any_name_nobody_is_added(self, session, staff):
        with pytest.raises(Invalid) as error:
            add_person(session, staff, NewPerson(given_name="  "), at=NOON)

        assert error.value.field == "given_name"
        assert session.execute(select(Person)).first() is None

    def test_all_faults_are_told_at_once(self, session, staff):
        born = BirthDate.from_text("2026-11-25")
        new = NewPerson(birth=born, zip="10001", county_fips="36061", language="Spanish", household_size=0)

        with pytest.raises(Invalid) as error:
            add_person(session, staff, new, at=NOON)

        assert fields_of(error) == {"given_name", "birth_day", "zip", "county", "language", "household_size"}

    @pytest.mark.parametrize(
        ("new", "field"),
        [
            (NewPerson("Aster", zip="89501"), "zip"),
            (NewPerson("Aster", zip="9370"), "zip"),
            (NewPerson("Aster", street="12 Elm St", no_fixed_address=True), "street"),
            (NewPerson("A" * 101), "given_name"),
            (NewPerson("Aster", pronouns="x" * 101), "pronouns"),
            (NewPerson("Aster", household_size=31), "household_size"),
            (NewPerson("Aster", language=""), "language"),
            (NewPerson("Aster", county_fips="6019"), "county"),
            (NewPerson("Aster", birth=BirthDate.from_text("1899")), "birth_year"),
        ],
    )
    def test_one_fault_is_named(self, session, staff, new, field):
        with pytest.raises(Invalid) as error:
            add_person(session, staff, new, at=NOON)

        assert error.value.field == field

    def test_a_birthday_of_today_in_california_is_taken(self, session, staff):
        evening = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
        today = NewPerson("Aster", birth=BirthDate.from_text("2026-11-24"))
        tomorrow = NewPerson("Aster", birth=BirthDate.from_text("2026-11-25"))

        assert add_person(session, staff, today, at=evening)
        with pytest.raises(Invalid):
            add_person(session, staff, tomorrow, at=evening)

    @pytest.mark.parametrize("birth", ["", "1992", "1992-03", "1992-03-27~", "1992-03-27"])
    def test_a_birth_date_is_kept_as_far_as_it_is_known(self, session, staff, birth):
        person = add_person(session, staff, NewPerson("Aster", birth=BirthDate.from_text(birth)), at=NOON)

        assert (person.birth_text or "") == birth

    @pytest.mark.parametrize(
        "role", [Role.ORGANIZATION_ADMINISTRATOR, Role.PRIVACY_OFFICER, Role.NETWORK_ADMINISTRATOR]
    )
    def test_only_case_workers_add_people(self, session, organization, role):
        with pytest.raises(NotAllowed):
            add_person(session, staff_of(organization, role), NewPerson("Aster"), at=NOON)


class TestCounty:
    def test_the_zip_names_the_county(self, session, staff):
        person = add_person(session, staff, NewPerson("Aster", zip="93702-1234"), at=NOON)

        assert (person.zip, person.county_fips) == ("93702", "06019")

    def test_without_a_zip_there_is_no_county(self, session, staff):
        person = add_person(session, staff, NewPerson("Aster"), at=NOON)

        assert person.county_fips == ""

    def test_a_chosen_county_stands_against_the_zip(self, session, staff):
        person = add_person(session, staff, NewPerson("Aster", zip="93702", county_fips="06107"), at=NOON)

        assert person.county_fips == "06107"

    def test_a_zip_in_two_counties_asks_which(self, session, staff):
        with pytest.raises(Invalid) as error:
            add_person(session, staff, NewPerson("Aster", zip=zip_in_two_counties()), at=NOON)

        assert error.value.field == "county"
        assert "Los Angeles" in error.value.message
        assert "Ventura" in error.value.message

    def test_a_zip_in_two_counties_is_taken_with_a_choice(self, session, staff):
        new = NewPerson("Aster", zip=zip_in_two_counties(), county_fips="06111")

        assert add_person(session, staff, new, at=NOON).county_fips == "06111"

    def test_nobody_is_asked_about_a_sliver_of_land(self, session, staff):
        # Chatsworth: nearly all in Los Angeles County, a strip in Ventura County.
        shares = counties_of_zip("91311")
        person = add_person(session, staff, NewPerson("Aster", zip="91311"), at=NOON)

        assert shares[1].share < LEAST_SHARE_TO_ASK < shares[0].share
        assert person.county_fips == shares[0].fips == "06037"

    def test_california_has_58_counties(self):
        assert len(counties()) == 58
        assert counties_of_zip("00000") == ()
