"""Protected services on a person's own page: absent, unless the person turned them on with staff; never for a proxy."""

import pytest
from sqlalchemy import select
from sqlmodel import col

from cie import people
from cie.access import Role
from cie.consent import Consent
from cie.db import current, transaction
from cie.events import AuditEntry
from cie.participants import ParticipantKind
from cie.people import PersonLink
from tests.factories import make_participant, make_staff
from tests.support.web import make_app, signed_in
from tests.web.my_place import HASH, drawn, make_my_place, pages, text
from tests.web.test_my_others import let

CHOSEN = "A service you chose"


@pytest.fixture
def place(migrated, database):
    return make_my_place(make_app(migrated))


@pytest.fixture
def navigator(place):
    with transaction() as session:
        user = make_staff(session, session.merge(place.clinic), Role.NAVIGATOR)
    return user, signed_in(place.app, user)


@pytest.fixture
def refuge(place):
    with transaction() as session:
        return make_participant(session, name="Harbor Light", kind=ParticipantKind.VICTIM_SERVICES)


def hidden(place, refuge):
    """What could tell of a protected service, given and released."""
    place.yes(recipient_ids=[str(refuge.id)], categories=["victim-services"])
    place.yes(categories=["victim-services"])
    place.release(refuge, at_person_request=True)
    place.release(place.pantry, masked=True)


def turn(place, *, on):
    place.change(people.show_protected, place.person_id, shows=on)


def everything(place):
    """A yes to all of it, so that the rules let a protected service be told at the person's request."""
    given = place.yes(categories=["general", "housing", "victim-services"])
    place.release(place.pantry)
    return given


class TestAbsence:
    def test_with_nothing_hidden_a_page_is_the_same_bytes_and_work_turned_on_or_off(self, place, monkeypatch):
        given = place.yes()
        place.release(place.pantry)
        browser = place.inside()
        pages(browser, given)

        off = drawn(browser, given, monkeypatch)
        turn(place, on=True)

        assert drawn(browser, given, monkeypatch) == off

    def test_turned_off_it_is_the_same_bytes_and_work_with_and_without(self, place, refuge, monkeypatch):
        given = place.yes()
        place.release(place.pantry)
        browser = place.inside()
        pages(browser, given)

        without = drawn(browser, given, monkeypatch)
        permit = place.yes(categories=["general", "victim-services"])
        hidden(place, refuge)
        place.change(take_away, permit)

        assert drawn(browser, given, monkeypatch) == without

    def test_a_yes_that_names_it_beside_others_stands_as_if_it_named_these_alone(self, place, refuge, monkeypatch):
        given = place.yes(recipient_ids=[str(place.pantry.id)])
        place.release(place.pantry)
        browser = place.inside()
        pages(browser, given)

        without = drawn(browser, given, monkeypatch)
        place.change(name_as_well, given, refuge.id)

        assert drawn(browser, given, monkeypatch) == without
        assert b"Lantern Pantry" in without[0][0]

    def test_off_is_how_it_begins_and_how_each_new_link_begins(self, place, refuge):
        everything(place)
        hidden(place, refuge)
        assert CHOSEN not in text(place.inside().get("/my/seen"))
        turn(place, on=True)
        assert CHOSEN in text(place.inside().get("/my/seen"))

        place.link = place.change(people.make_link, place.person_id, pin_hash=HASH)

        assert CHOSEN not in text(place.inside().get("/my/seen"))

    def test_a_proxy_never_sees_it(self, place, refuge):
        given = everything(place)
        visitor, _proxy = let(place)
        before = pages(visitor, given)

        hidden(place, refuge)
        turn(place, on=True)

        assert pages(visitor, given) == before
        assert not any(word in page for page in before for word in (b"violence", b"chose"))


def take_away(session, _actor, consent_id, *, at):
    """As if this yes had never stood on the page; what was released under it stays released."""
    record = session.get_one(Consent, consent_id)
    record.categories = ["victim-services"]
    session.add(record)


def name_as_well(session, _actor, consent_id, place_id, *, at):
    """The yes names one more place."""
    record = session.get_one(Consent, consent_id)
    record.recipient_ids = sorted([*record.recipient_ids, str(place_id)])
    session.add(record)


class TestTurnedOn:
    def test_the_person_sees_that_a_service_was_told_and_not_its_name(self, place, refuge):
        given = everything(place)
        hidden(place, refuge)
        turn(place, on=True)

        said, seen, back, copy = (page.decode() for page in pages(place.inside(), given))

        assert "Safety from violence" in said and CHOSEN in said
        assert seen.count(CHOSEN) == 2 and CHOSEN in back and CHOSEN in copy
        assert "Harbor Light" not in said + seen + back + copy
        assert "Lantern Pantry" not in back, "part of what it could read is protected"


class TestSwitch:
    def test_staff_turn_it_on_and_off_and_who_did_is_recorded(self, place, navigator):
        user, browser = navigator
        path = f"/people/{place.person_id}/own-page"

        on = browser.post(f"{path}/protected", page=path, shows="yes")
        assert "Their page tells of protected services now." in text(browser.get(on.location))
        off = browser.post(f"{path}/protected", page=path, shows="no")
        assert "Their page leaves protected services out now." in text(browser.get(off.location))

        with current().engine.connect() as connection:
            query = select(AuditEntry.actor_id, AuditEntry.codes).where(col(AuditEntry.action) == "own-page.protected")
            rows = connection.execute(query.order_by(col(AuditEntry.sequence))).all()
        assert [tuple(row) for row in rows] == [(user.id, '{"shows":true}'), (user.id, '{"shows":false}')]

    def test_without_a_link_there_is_nothing_to_turn_on(self, place, navigator):
        _user, browser = navigator
        path = f"/people/{place.person_id}/own-page"
        place.change(people.end_link, place.person_id)

        assert "Protected services on their page" not in text(browser.get(path))
        assert browser.post(f"{path}/protected", page=path, shows="yes").status_code == 409

    def test_another_organization_finds_no_such_person(self, place):
        with transaction() as session:
            user = make_staff(session, make_participant(session, name="Elsewhere"), Role.NAVIGATOR)
        stranger = signed_in(place.app, user)

        answer = stranger.post(f"/people/{place.person_id}/own-page/protected", page="/help", shows="yes")

        assert answer.status_code == 404
        with transaction() as session:
            assert session.get_one(PersonLink, place.link.id).shows_protected is False
