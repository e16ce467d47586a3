"""A victim service destroys all that it keeps: what stands in the way, what goes, and who may."""

from datetime import UTC, datetime

import pytest
from sqlmodel import select

from cie import retention
from cie.access import Role
from cie.db import KeyDestroyed, reading, transaction
from cie.errors import Invalid, NotAllowed, NotFound, NotPossibleNow
from cie.participants import ParticipantKind
from cie.people import Person
from tests.factories import make_loop, make_participant, make_person, send_one, staff_of

NOW = datetime.now(UTC)


@pytest.fixture
def refuge(database):
    with transaction() as session:
        refuge = make_participant(session, name="Safe Harbor", kind=ParticipantKind.VICTIM_SERVICES)
        make_person(session, refuge, given_name="Philippa")
    return refuge


def officer_of(place):
    return staff_of(place, Role.PRIVACY_OFFICER)


def destroy(place, *, name="Safe Harbor", by=None):
    with transaction() as session:
        retention.destroy_everything(session, by or officer_of(place), name=name, at=NOW)


def names(place):
    with reading() as session:
        return [person.given_name for person in served(session, place)]


def served(session, place):
    return session.exec(select(Person).where(Person.organization_id == place.id)).all()


def test_nothing_that_it_sealed_opens_again_and_nobody_is_added(refuge):
    assert names(refuge) == ["Philippa"]

    destroy(refuge)

    with pytest.raises(KeyDestroyed):
        names(refuge)
    with pytest.raises(NotFound), transaction() as session:
        make_person(session, refuge)


def test_what_stands_in_clear_of_those_it_served_goes_and_of_others_it_stays(refuge):
    with transaction() as session:
        make_person(session, make_participant(session))

    destroy(refuge)

    with reading() as session:
        query = select(Person.organization_id == refuge.id, Person.zip, Person.county_fips, Person.language)
        rows = set(session.exec(query.order_by(Person.id)).all())
    assert rows == {(True, "", "", "en"), (False, "93702", "06019", "es")}


def test_it_is_done_once(refuge):
    destroy(refuge)

    with pytest.raises(NotPossibleNow):
        destroy(refuge)


@pytest.mark.parametrize("name", ["", "Safe Harbour", "safe harbor"])
def test_the_name_is_typed_so_that_it_is_meant(refuge, name):
    with pytest.raises(Invalid) as caught:
        destroy(refuge, name=name)

    assert caught.value.field == "name" and names(refuge) == ["Philippa"]


def test_a_hold_stands_in_the_way(refuge):
    with transaction() as session:
        (person,) = served(session, refuge)
        retention.set_hold(session, officer_of(refuge), person.id, reason="A suit in Fresno", at=NOW)

    with pytest.raises(NotPossibleNow, match="hold"):
        destroy(refuge)


def test_an_open_referral_stands_in_the_way(database):
    with transaction() as session:
        loop = make_loop(session)
        send_one(session, loop, at=NOW)

    with reading() as session:
        assert [retention.what_is_open(session, officer_of(each), at=NOW) for each in (loop.clinic, loop.pantry)] == [
            True,
            True,
        ]


def test_others_find_no_such_page_and_other_roles_may_not(refuge):
    with transaction() as session:
        pantry = make_participant(session)

    with pytest.raises(NotFound):
        destroy(pantry, name=pantry.name)
    with pytest.raises(NotAllowed):
        destroy(refuge, by=staff_of(refuge))
    assert names(refuge) == ["Philippa"]
