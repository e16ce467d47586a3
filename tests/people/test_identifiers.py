from concurrent.futures import ThreadPoolExecutor

import pytest
from uuid_utils.compat import uuid7

from cie.access import Role
from cie.db import transaction
from cie.errors import Invalid, NotAllowed, NotFound, NotPossibleNow
from cie.people import add_identifier, find_people, history_of, identifiers_of, remove_identifier
from tests.factories import NOON, make_participant, make_person, staff_of

CIN = "90000000A"


@pytest.fixture
def organization(session):
    return make_participant(session)


@pytest.fixture
def staff(organization):
    return staff_of(organization)


@pytest.fixture
def person(session, organization):
    return make_person(session, organization)


@pytest.fixture
def stranger(session):
    return staff_of(make_participant(session, name="Blue Kite Clinic"))


class TestAddIdentifier:
    def test_a_number_is_kept_in_one_form_with_history(self, session, staff, person):
        number = add_identifier(session, staff, person.id, "cin", " 9000 0000a", at=NOON)

        assert (number.namespace, number.value) == ("cin", CIN)
        assert list(identifiers_of(session, person)) == [number]
        assert [change.fields for change in history_of(session, staff, person.id)] == [{"cin": [None, CIN]}]
        assert session.info["events"][-1].codes == {"namespace": "cin"}

    def test_adding_it_again_changes_nothing(self, session, staff, person):
        first = add_identifier(session, staff, person.id, "cin", CIN, at=NOON)

        again = add_identifier(session, staff, person.id, "cin", CIN, at=NOON)

        assert again.id == first.id
        assert len(history_of(session, staff, person.id)) == 1

    def test_a_number_of_another_person_here_is_refused_without_a_name(self, session, organization, staff, person):
        add_identifier(session, staff, person.id, "mrn", "MR204417", at=NOON)
        other = make_person(session, organization, given_name="Linden")

        with pytest.raises(NotPossibleNow) as error:
            add_identifier(session, staff, other.id, "mrn", "mr-204417", at=NOON)

        assert error.value.message == "This number already belongs to another person here"
        assert list(identifiers_of(session, other)) == []

    def test_of_two_who_give_one_number_at_the_same_moment_one_is_refused(self, database):
        with transaction() as session:
            organization = make_participant(session)
            people = [make_person(session, organization).id for _ in range(2)]

        def add(person_id):
            try:
                with transaction() as session:
                    add_identifier(session, staff_of(organization), person_id, "cin", CIN, at=NOON)
            except NotPossibleNow:
                return "refused"
            return "kept"

        with ThreadPoolExecutor(2) as pool:
            outcomes = sorted(pool.map(add, people))

        assert outcomes == ["kept", "refused"]

    def test_two_organizations_may_keep_the_same_number(self, session, staff, person, stranger):
        theirs = make_person(session, make_participant(session, name="Tall Grass School"))
        add_identifier(session, staff, person.id, "cin", CIN, at=NOON)

        assert add_identifier(session, staff_of(theirs.organization_id), theirs.id, "cin", CIN, at=NOON)

    def test_one_value_in_two_namespaces_is_two_numbers(self, session, staff, person):
        add_identifier(session, staff, person.id, "mrn", "KX4400217", at=NOON)
        add_identifier(session, staff, person.id, "plan-member-id", "KX4400217", at=NOON)

        assert [number.namespace for number in identifiers_of(session, person)] == ["mrn", "plan-member-id"]

    def test_a_second_medi_cal_number_is_refused(self, session, staff, person):
        add_identifier(session, staff, person.id, "cin", CIN, at=NOON)

        with pytest.raises(NotPossibleNow) as error:
            add_identifier(session, staff, person.id, "cin", "90000001A", at=NOON)

        assert error.value.field == "identifier"

    def test_a_person_may_have_two_record_numbers(self, session, staff, person):
        add_identifier(session, staff, person.id, "mrn", "MR1", at=NOON)
        add_identifier(session, staff, person.id, "mrn", "MR2", at=NOON)

        assert [number.value for number in identifiers_of(session, person)] == ["MR1", "MR2"]

    @pytest.mark.parametrize(
        ("namespace", "value"),
        [("cin", "12"), ("ssn", "900000000"), ("mrn", "900-12-3456"), ("mrn", ""), ("", "MR204417")],
    )
    def test_what_is_no_such_number_is_refused(self, session, staff, person, namespace, value):
        with pytest.raises(Invalid) as error:
            add_identifier(session, staff, person.id, namespace, value, at=NOON)

        assert error.value.field == "identifier"
        assert list(identifiers_of(session, person)) == []

    def test_another_organization_hears_what_it_would_hear_of_nobody(self, session, person, stranger):
        with pytest.raises(NotFound) as theirs:
            add_identifier(session, stranger, person.id, "cin", CIN, at=NOON)
        with pytest.raises(NotFound) as nobody:
            add_identifier(session, stranger, uuid7(), "cin", CIN, at=NOON)

        assert theirs.value.message == nobody.value.message

    def test_privacy_officers_may_not_add(self, session, organization, person):
        with pytest.raises(NotAllowed):
            add_identifier(session, staff_of(organization, Role.PRIVACY_OFFICER), person.id, "cin", CIN, at=NOON)


class TestRemoveIdentifier:
    def test_the_history_keeps_what_it_was_and_another_person_may_have_it(self, session, organization, staff, person):
        number = add_identifier(session, staff, person.id, "cin", CIN, at=NOON)

        remove_identifier(session, staff, number.id, at=NOON)

        assert find_people(session, staff, CIN) == []
        assert history_of(session, staff, person.id)[0].fields == {"cin": [CIN, None]}
        assert add_identifier(session, staff, make_person(session, organization).id, "cin", CIN, at=NOON)

    def test_a_number_of_another_organization_is_not_found(self, session, staff, person, stranger):
        number = add_identifier(session, staff, person.id, "cin", CIN, at=NOON)

        with pytest.raises(NotFound) as theirs:
            remove_identifier(session, stranger, number.id, at=NOON)
        with pytest.raises(NotFound) as nobody:
            remove_identifier(session, stranger, uuid7(), at=NOON)

        assert theirs.value.message == nobody.value.message

    def test_privacy_officers_may_not_remove(self, session, organization, staff, person):
        number = add_identifier(session, staff, person.id, "cin", CIN, at=NOON)

        with pytest.raises(NotAllowed):
            remove_identifier(session, staff_of(organization, Role.PRIVACY_OFFICER), number.id, at=NOON)
