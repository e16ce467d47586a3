"""Staff over FHIR: read by the programs of their own organization, and by nobody else."""

from datetime import UTC, datetime

import pytest

from cie import identity
from cie.access import Role
from cie.db import transaction
from cie.fhir.checking import faults_in
from tests.factories import make_staff, staff_of
from tests.fhir.place import make_reading_loop, of_type, read_by

NOW = datetime.now(UTC)


@pytest.fixture
def loop(database):
    return make_reading_loop()


def hired(organization, *roles, **fields):
    with transaction() as session:
        return make_staff(session, organization, *roles, **fields)


def test_a_colleague_has_a_name_a_work_email_and_what_they_do(loop):
    user = hired(loop.clinic, Role.NAVIGATOR, Role.PRIVACY_OFFICER, name="Wren Sage Alder", email="wren@example.org")

    found = read_by(loop.clinic)

    person, role = found[f"Practitioner/{user.id}"], found[f"PractitionerRole/{user.id}"]
    assert person["name"] == [{"text": "Wren Sage Alder", "family": "Alder", "given": ["Wren", "Sage"]}]
    assert person["telecom"] == role["telecom"] == [{"system": "email", "value": "wren@example.org", "use": "work"}]
    assert role["practitioner"] == {"reference": f"Practitioner/{user.id}", "display": "Wren Sage Alder"}
    assert role["organization"] == {"reference": f"Organization/{loop.clinic.id}"}
    assert [[each["code"] for each in code["coding"]] for code in role["code"]] == [
        ["768836001", "navigator"],
        ["privacy-officer"],
    ]
    assert faults_in(person) == faults_in(role) == []


def test_others_do_not_know_who_works_there(loop):
    hired(loop.clinic)

    assert of_type(read_by(loop.pantry), "Practitioner") == of_type(read_by(loop.pantry), "PractitionerRole") == []


def test_one_word_is_a_name(loop):
    user = hired(loop.clinic, name="Wren")

    person = read_by(loop.clinic)[f"Practitioner/{user.id}"]

    assert person["name"] == [{"text": "Wren", "family": "Wren"}]
    assert faults_in(person) == []


def test_new_roles_a_new_name_and_leaving_are_read_at_once(loop):
    hired(loop.clinic, Role.ORGANIZATION_ADMINISTRATOR)
    admin, user = staff_of(loop.clinic, Role.ORGANIZATION_ADMINISTRATOR), hired(loop.clinic)
    themselves = staff_of(loop.clinic, id=user.id)

    with transaction() as session:
        identity.set_roles(session, admin, user.id, [Role.SUPERVISOR], at=NOW)
    with transaction() as session:
        identity.set_preferences(session, themselves, name="Rue Alder", language="en", keys_on=False, at=NOW)
    with transaction() as session:
        identity.deactivate(session, admin, user.id, at=NOW)

    found = read_by(loop.clinic)
    role = found[f"PractitionerRole/{user.id}"]
    assert (role["code"][0]["text"], role["active"]) == ("Supervisor", False)
    assert found[f"Practitioner/{user.id}"]["name"][0]["text"] == "Rue Alder"
