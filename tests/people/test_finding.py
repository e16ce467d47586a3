import pytest
from sqlalchemy import select
from sqlmodel import col

from cie import events, people
from cie.access import Role
from cie.db import reading, transaction
from cie.errors import Invalid, NotAllowed
from cie.people import (
    ContactKind,
    NewPerson,
    add_contact,
    add_identifier,
    add_person,
    find_people,
    likely_duplicates,
    recent_people,
)
from cie.people.birth import BirthDate
from cie.people.finding import MOST_CANDIDATES
from cie.people.matching import Grade
from tests.factories import NOON, make_participant, staff_of

PHONE = "+15595550142"


@pytest.fixture
def organization(session):
    return make_participant(session)


@pytest.fixture
def staff(organization):
    return staff_of(organization)


@pytest.fixture
def add(session, staff):
    def add(given, family="", birth="", phone="", **more):
        new = NewPerson(given, family, birth=BirthDate.from_text(birth), **more)
        person = add_person(session, staff, new, at=NOON)
        if phone:
            add_contact(session, staff, person.id, kind=ContactKind.PHONE, value=phone, at=NOON)
        return person

    return add


def new(given, family="", birth="", **more):
    return NewPerson(given, family, birth=BirthDate.from_text(birth), **more)


def ids(found):
    return [person.id for person in found]


class TestLikelyDuplicates:
    @pytest.mark.parametrize(
        ("asked", "phones"),
        [
            (new("Aster", "Moreno", "1992-03-27"), []),
            (new("Moreno", "Aster", "1992-03-27"), []),
            (new("Aster", "Moreno Ibáñez", "1992-03-27"), []),
            (new("Aster", "Morreno", "1992-03-27"), []),
            (new("Aster", "Moreno", "1992-10-05"), [PHONE]),
            (new("Aster", "Moreno"), ["559 555 0142"]),
        ],
    )
    def test_a_person_on_file_is_found_again(self, session, staff, add, asked, phones):
        person = add("Aster", "Moreno", "1992-03-27", PHONE)

        found = likely_duplicates(session, staff, asked, phones)

        assert ids(likeness.person for likeness in found) == [person.id]
        assert found[0].match.grade is not Grade.NONE
        assert found[0].match.reasons

    def test_a_nickname_and_swapped_day_and_month_are_found(self, session, staff, add):
        person = add("José", "Moreno", "1992-03-07")

        found = likely_duplicates(session, staff, new("Pepe", "Moreno", "1992-07-03"), [])

        assert ids(likeness.person for likeness in found) == [person.id]

    def test_the_chosen_name_counts(self, session, staff, add):
        person = add("Sage", "Paloma", "1990-01-05", chosen_name="Rowan")

        found = likely_duplicates(session, staff, new("Rowan", "Paloma", "1990-01-05"), [])

        assert ids(likeness.person for likeness in found) == [person.id]

    def test_names_of_two_letters_are_found(self, session, staff, add):
        person = add("Li", "Wu", "1990-05-06")

        found = likely_duplicates(session, staff, new("Li", "Wu"), [])

        assert ids(likeness.person for likeness in found) == [person.id]

    def test_a_stranger_is_not_shown(self, session, staff, add):
        add("Linden", "Reyes", "1971-06-30")

        assert likely_duplicates(session, staff, new("Aster", "Moreno", "1992-03-27"), [PHONE]) == []
        assert session.info["shown"].get(staff, set()) == set()

    def test_people_of_another_organization_are_not_shown(self, session, add):
        add("Aster", "Moreno", "1992-03-27", PHONE)
        other = staff_of(make_participant(session, name="Blue Kite Clinic"))

        assert likely_duplicates(session, other, new("Aster", "Moreno", "1992-03-27"), [PHONE]) == []

    def test_the_likeliest_come_first_and_no_more_than_asked(self, session, staff, add):
        likely = add("Aster", "Moreno", "1992-03-27")
        add("Aster", "Moreno", "1992-03-28")
        add("Aster", "Moreno")

        found = likely_duplicates(session, staff, new("Aster", "Moreno", "1992-03-27"), [], limit=2)

        assert len(found) == 2
        assert found[0].person.id == likely.id

    def test_those_who_share_most_are_scored_however_many_share_a_little(self, session, staff, add):
        person = add("Aster", "Moreno", "1992-03-27")
        for _ in range(MOST_CANDIDATES + 5):
            add("Linden", "Moreno")

        found = likely_duplicates(session, staff, new("Aster", "Moreno", "1992-03-27"), [], limit=1)

        assert found[0].person.id == person.id

    def test_what_was_shown_is_recorded(self, session, staff, add):
        person = add("Aster", "Moreno", "1992-03-27")

        likely_duplicates(session, staff, new("Aster", "Moreno", "1992-03-27"), [])

        assert session.info["shown"][staff] == {person.id}

    def test_a_phone_that_is_no_phone_is_refused(self, session, staff):
        with pytest.raises(Invalid) as error:
            likely_duplicates(session, staff, new("Aster"), ["12"])

        assert error.value.field == "phone"

    def test_network_administrators_see_nobody(self, session, organization):
        with pytest.raises(NotAllowed):
            likely_duplicates(session, staff_of(organization, Role.NETWORK_ADMINISTRATOR), new("Aster"), [])


class TestFindPeople:
    @pytest.mark.parametrize("typed", ["As", "aster", "Moreno", "more", "moreno ast", "Áster", "Astar", "Aster M"])
    def test_part_of_a_name_finds_the_person(self, session, staff, add, typed):
        person = add("Aster", "Moreno")
        add("Linden", "Reyes")

        assert ids(find_people(session, staff, typed)) == [person.id]

    def test_each_word_must_be_found(self, session, staff, add):
        add("Aster", "Moreno")
        both = add("Aster", "Reyes")

        assert ids(find_people(session, staff, "aster reyes")) == [both.id]
        assert find_people(session, staff, "aster paloma") == []

    def test_the_best_fit_comes_first(self, session, staff, add):
        whole = add("Rosa", "Lima")
        begins = add("Rosalinda", "Lima")

        assert ids(find_people(session, staff, "rosa")) == [whole.id, begins.id]

    def test_names_that_only_sound_alike_come_when_none_fits(self, session, staff, add):
        mario = add("Mario", "Reyes")

        assert ids(find_people(session, staff, "Maria")) == [mario.id]

        maria = add("María", "Reyes")
        assert ids(find_people(session, staff, "Maria")) == [maria.id]

    def test_a_nickname_finds_the_name_and_the_other_way(self, session, staff, add):
        jose, pepe = add("José", "Reyes"), add("Pepe", "Lima")

        assert set(ids(find_people(session, staff, "Pepe"))) == {jose.id, pepe.id}
        assert set(ids(find_people(session, staff, "jose"))) == {jose.id, pepe.id}

    @pytest.mark.parametrize("typed", ["559 555 0142", "(559) 555-0142", "+15595550142"])
    def test_a_whole_phone_number_finds_its_people(self, session, staff, add, typed):
        people = [add("Aster", "Moreno", phone=PHONE), add("Sage", "Moreno", phone=PHONE)]
        add("Linden", "Reyes", phone="+15595550143")

        assert set(ids(find_people(session, staff, typed))) == set(ids(people))

    def test_a_whole_identifier_finds_its_person(self, session, staff, add):
        person = add("Aster", "Moreno")
        add_identifier(session, staff, person.id, "cin", "90000000A", at=NOON)

        assert ids(find_people(session, staff, "90000000a")) == [person.id]
        assert find_people(session, staff, "90000000") == []

    def test_numbers_of_another_organization_find_nobody(self, session, staff, add):
        person = add("Aster", "Moreno", phone=PHONE)
        add_identifier(session, staff, person.id, "cin", "90000000A", at=NOON)
        other = staff_of(make_participant(session, name="Blue Kite Clinic"))

        assert find_people(session, other, PHONE) == []
        assert find_people(session, other, "90000000A") == []
        assert find_people(session, other, "Aster") == []

    def test_only_those_returned_are_recorded_as_shown(self, session, staff, add):
        add("Aster", "Moreno")
        newest = add("Aster", "Reyes")

        found = find_people(session, staff, "aster", limit=1)

        assert ids(found) == [newest.id]
        assert session.info["shown"][staff] == {newest.id}

    @pytest.mark.parametrize("typed", ["", " ", "a", "a b", "x" * 101, "?!"])
    def test_too_little_or_too_much_is_refused(self, session, staff, typed):
        with pytest.raises(Invalid) as error:
            find_people(session, staff, typed)

        assert error.value.field == "name"

    def test_organization_administrators_may_not_search(self, session, organization):
        with pytest.raises(NotAllowed):
            find_people(session, staff_of(organization, Role.ORGANIZATION_ADMINISTRATOR), "aster")


class TestRecentPeople:
    def test_the_newest_come_first(self, session, staff, add):
        people = [add("Rowan"), add("Aster"), add("Linden")]

        assert ids(recent_people(session, staff, limit=2)) == [people[2].id, people[1].id]
        assert session.info["shown"][staff] == {people[2].id, people[1].id}

    def test_people_of_another_organization_are_not_listed(self, session, add):
        add("Aster")
        other = staff_of(make_participant(session, name="Blue Kite Clinic"))

        assert recent_people(session, other) == []

    def test_organization_administrators_see_nobody(self, session, organization):
        with pytest.raises(NotAllowed):
            recent_people(session, staff_of(organization, Role.ORGANIZATION_ADMINISTRATOR))


class TestAccess:
    def test_a_search_leaves_an_access_row_with_whom_it_showed(self, database):
        with transaction() as session:
            staff = staff_of(make_participant(session))
            person_id = add_person(session, staff, NewPerson("Aster", "Moreno"), at=NOON).id

        with reading() as session:
            people.find_people(session, staff, "aster")

        with reading() as session:
            seen = select(col(events.AuditPerson.person_id))
            assert session.execute(seen).scalars().all() == [person_id]
