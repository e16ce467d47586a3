"""Loading a directory file."""

from uuid import UUID

from sqlalchemy import func
from sqlmodel import select

from cie.access import SYSTEM
from cie.directory import Query, get_service_details, load_directory, search
from cie.directory.models import Address, Language, Location, Phone, Schedule, Service, ServiceArea, ServiceWord
from tests.directory.rows import directory_of, location_row, service_row
from tests.factories import NOON

COUNTED = (Service, Location, Address, Phone, Schedule, ServiceArea, Language, ServiceWord)


def counts(session):
    return [session.exec(select(func.count()).select_from(table)).one() for table in COUNTED]


def test_loading_twice_changes_nothing(session):
    data = directory_of(service_row(languages=["en", "es"]), service_row(name="Ride to care"))
    load_directory(session, SYSTEM, data, {}, at=NOON)
    once = counts(session)

    load_directory(session, SYSTEM, data, {}, at=NOON)

    assert counts(session) == once


def test_loading_again_brings_what_changed(session):
    row = service_row()
    data = directory_of(row)
    load_directory(session, SYSTEM, data, {}, at=NOON)

    row |= {"name": "Quilting circle", "description": "", "needs": [], "languages": ["hmn"]}
    load_directory(session, SYSTEM, data, {}, at=NOON)

    (hit,) = search(session, Query(words="quilting"), at=NOON).items
    assert hit.languages == ("hmn",)
    assert search(session, Query(need="food"), at=NOON).items == ()


def test_a_loaded_service_tells_all_its_facts(session):
    row = service_row(required_documents=["Photo ID"], minimum_age=18)
    load_directory(session, SYSTEM, directory_of(row), {}, at=NOON)

    details = get_service_details(session, UUID(row["id"]), at=NOON)

    assert [address.city for address in details.addresses] == ["Fresno"]
    assert details.phones == ("(559) 555-0102",)
    assert details.hit.conditions.documents == ("Photo ID",)
    assert details.hit.why.counties == ("06019",)
    assert [each.byday for each in details.schedules] == ["MO,TU,WE,TH,FR"]


def test_details_never_hold_a_confidential_address(session):
    row = service_row(location=location_row(confidential=True, address_1="9 Hidden Lane"))
    load_directory(session, SYSTEM, directory_of(row), {}, at=NOON)

    details = get_service_details(session, UUID(row["id"]), at=NOON)

    assert details.addresses == ()
    assert details.hit.confidential
    assert "Hidden" not in repr(details)
