"""Who keeps a service true, and how."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlmodel import select

from cie.access import Role
from cie.directory import (
    CapacityStatus,
    Category,
    Correction,
    Query,
    confirm_capacity,
    correct_service,
    room,
    search,
    set_sensitivity,
)
from cie.errors import Invalid, NotAllowed, NotFound
from cie.events import Change
from tests.factories import NOON, make_participant, make_service, staff_of

OLD = NOON - timedelta(days=41)


@pytest.fixture
def pantry(session):
    return make_participant(session)


class TestConfirmCapacity:
    def test_still_right_makes_the_last_word_new(self, session, pantry):
        service = make_service(session, pantry, capacity_status=CapacityStatus.WAITLIST, capacity_updated_at=OLD)

        confirm_capacity(session, staff_of(pantry), service.id, at=NOON)

        assert (room(service, at=NOON).status, room(service, at=NOON).age_days) == (CapacityStatus.WAITLIST, 0)

    def test_a_new_word_replaces_the_old_with_its_note(self, session, pantry):
        service = make_service(session, pantry, capacity_note="Old note", capacity_updated_at=OLD)

        confirm_capacity(session, staff_of(pantry), service.id, CapacityStatus.CAPACITY, note="Mondays", at=NOON)

        assert (service.capacity_status, service.capacity_note) == (CapacityStatus.CAPACITY, "Mondays")

    def test_without_a_last_word_there_is_nothing_to_confirm(self, session, pantry):
        service = make_service(session, pantry)

        with pytest.raises(Invalid) as caught:
            confirm_capacity(session, staff_of(pantry), service.id, at=NOON)

        assert caught.value.field == "status"

    def test_another_organization_does_not_find_the_service(self, session, pantry):
        service = make_service(session, pantry)
        other = make_participant(session, name="Open Basket Co-op")

        with pytest.raises(NotFound):
            confirm_capacity(session, staff_of(other), service.id, CapacityStatus.CAPACITY, at=NOON)

        assert service.capacity_updated_at is None

    def test_nobody_may_speak_for_an_organization_that_has_not_joined(self, session, pantry):
        service = make_service(session)

        with pytest.raises(NotFound):
            confirm_capacity(session, staff_of(pantry), service.id, CapacityStatus.CAPACITY, at=NOON)

    def test_a_role_without_the_directory_may_not(self, session, pantry):
        service = make_service(session, pantry)

        with pytest.raises(NotAllowed):
            confirm_capacity(
                session, staff_of(pantry, Role.PRIVACY_OFFICER), service.id, CapacityStatus.CAPACITY, at=NOON
            )

    def test_a_service_that_is_not_there_is_not_found(self, session, pantry):
        with pytest.raises(NotFound):
            confirm_capacity(session, staff_of(pantry), uuid4(), at=NOON)


class TestSetSensitivity:
    def test_a_caseworker_may_protect_more(self, session, pantry):
        service = make_service(session, pantry)

        set_sensitivity(session, staff_of(pantry), service.id, Category.MENTAL_HEALTH, at=NOON)

        assert service.sensitivity == Category.MENTAL_HEALTH

    @pytest.mark.parametrize("less", [Category.GENERAL, Category.MENTAL_HEALTH, Category.VICTIM_SERVICES])
    def test_to_protect_less_or_otherwise_takes_the_privacy_officer(self, session, pantry, less):
        service = make_service(session, pantry, sensitivity=Category.SUD_PART2)

        with pytest.raises(NotAllowed):
            set_sensitivity(session, staff_of(pantry), service.id, less, at=NOON)
        set_sensitivity(session, staff_of(pantry, Role.PRIVACY_OFFICER), service.id, less, at=NOON)

        assert service.sensitivity == less

    def test_another_organization_does_not_find_the_service(self, session, pantry):
        service = make_service(session, pantry)
        other = make_participant(session, name="Open Basket Co-op")

        with pytest.raises(NotFound):
            set_sensitivity(session, staff_of(other), service.id, Category.HIV, at=NOON)


class TestCorrectService:
    def test_what_it_said_before_is_kept_and_the_search_knows_the_new_words(self, session, pantry):
        service = make_service(session, pantry, fees_description="Free")

        correct_service(session, staff_of(pantry), service.id, Correction("Quilting circle", "We sew."), at=NOON)

        session.flush()
        change = session.exec(select(Change).where(Change.record_id == service.id)).one()
        assert change.fields["name"] == ["Food box, weekly", "Quilting circle"]
        assert change.fields["fees_description"] == ["Free", None]
        assert [hit.service.id for hit in search(session, Query(words="quilting"), at=NOON).items] == [service.id]

    def test_nothing_changed_is_still_a_check_of_the_facts(self, session, pantry):
        service = make_service(session, pantry)

        correct_service(session, staff_of(pantry), service.id, Correction(service.name, ""), at=NOON)

        assert service.assured_date == NOON.date()
        assert session.exec(select(Change).where(Change.record_id == service.id)).all() == []

    def test_a_service_needs_a_name(self, session, pantry):
        service = make_service(session, pantry)

        with pytest.raises(Invalid) as caught:
            correct_service(session, staff_of(pantry), service.id, Correction("  ", ""), at=NOON)

        assert (caught.value.field, service.name) == ("name", "Food box, weekly")

    def test_another_organization_does_not_find_the_service(self, session, pantry):
        service = make_service(session, pantry)
        other = make_participant(session, name="Open Basket Co-op")

        with pytest.raises(NotFound):
            correct_service(session, staff_of(other), service.id, Correction("Mine", ""), at=NOON)
