import re
from datetime import timedelta

import pytest
from uuid_utils.compat import uuid7

from cie.access import Role
from cie.db import match_key
from cie.errors import Invalid, NotAllowed, NotFound, NotPossibleNow
from cie.people import (
    TEXT_PERMISSION_WORDING,
    ContactKind,
    ContactOwner,
    ContactState,
    Safety,
    add_contact,
    contact_points,
    correct_contact,
    find_people,
    history_of,
    may_be_texted,
    permission_words,
    remove_contact,
    texting_point,
    withdraw_text_permission,
)
from tests.factories import NOON, make_participant, make_person, staff_of

LATER = NOON + timedelta(hours=1)
VERSION = TEXT_PERMISSION_WORDING["version"]
ALLOWED = {"may_text": True, "wording_version": VERSION, "safety": Safety.SAFE}


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


@pytest.fixture
def mobile(session, staff, person):
    """A mobile number that may be texted."""
    return add_contact(session, staff, person.id, kind=ContactKind.SMS, value="5595550142", at=NOON, **ALLOWED)


def fields_of(error):
    return {fault.field for fault in error.value.errors}


class TestWording:
    @pytest.mark.parametrize("language", ["en", "es"])
    def test_it_says_whose_number_an_example_how_often_and_stop(self, language):
        words = permission_words(language, label="Valley Exchange", number="(559) 555-0100")

        assert "(559) 555-0100" in words
        assert words.count("Valley Exchange") == 2
        assert re.search(r"4 (to|a) 12", words)
        assert "STOP" in words

    @pytest.mark.parametrize("language", ["en", "es"])
    def test_it_names_no_need(self, language):
        words = permission_words(language, label="Valley Exchange", number="(559) 555-0100").lower()

        assert not re.search(r"food|rent|housing|shelter|clinic|comida|renta|vivienda|clínica", words)

    def test_other_languages_are_read_in_english(self):
        assert permission_words("mix", label="A", number="B") == permission_words("en", label="A", number="B")
        assert permission_words("es-MX", label="A", number="B") == permission_words("es", label="A", number="B")


class TestAddContact:
    def test_a_mobile_number_with_permission_may_be_texted(self, session, person, mobile):
        assert (mobile.value, mobile.permission_at, mobile.wording_version) == ("+15595550142", NOON, VERSION)
        assert texting_point(session, person) is mobile

    def test_the_phone_key_holds_across_the_network(self, session, mobile, stranger):
        theirs = make_person(session, make_participant(session, name="Paper Boat Housing"))
        other = staff_of(theirs.organization_id)
        point = add_contact(session, other, theirs.id, kind=ContactKind.PHONE, value="(559) 555-0142", at=NOON)

        assert point.value_key == mobile.value_key == match_key("phone:+15595550142")

    def test_the_person_is_found_by_the_number(self, session, staff, person, mobile):
        assert [found.id for found in find_people(session, staff, "559-555-0142")] == [person.id]

    def test_an_email_address_is_kept_too(self, session, staff, person):
        point = add_contact(session, staff, person.id, kind=ContactKind.EMAIL, value="a@Example.org", at=NOON)

        assert (point.value, point.value_key) == ("a@example.org", match_key("email:a@example.org"))

    def test_without_permission_nothing_says_when_it_was_given(self, session, staff, person):
        point = add_contact(
            session,
            staff,
            person.id,
            kind=ContactKind.SMS,
            value="5595550142",
            wording_version=VERSION,
            safety=Safety.SAFE,
            at=NOON,
        )

        assert (point.may_text, point.wording_version, point.permission_at) == (False, "", None)
        assert not may_be_texted(point)

    def test_unknown_safety_means_no_text(self, session, staff, person):
        add_contact(
            session,
            staff,
            person.id,
            kind=ContactKind.SMS,
            value="5595550142",
            may_text=True,
            wording_version=VERSION,
            at=NOON,
        )

        assert texting_point(session, person) is None

    def test_history_and_event_keep_it(self, session, staff, person, mobile):
        change = history_of(session, staff, person.id)[0]

        assert change.fields == {"value": [None, "+15595550142"], "wording_version": [None, VERSION]}
        assert session.info["events"][-1].codes == {"kind": "sms", "may_text": True}

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"value": "555"}, "value"),
            ({"kind": ContactKind.EMAIL, "value": "aster"}, "value"),
            ({"safe_from_hour": 18, "safe_until_hour": 9}, "safe_from_hour"),
            ({"safe_from_hour": 9, "safe_until_hour": 9}, "safe_from_hour"),
            ({"safe_from_hour": -1}, "safe_from_hour"),
            ({"safe_until_hour": 25}, "safe_from_hour"),
            ({"kind": ContactKind.PHONE, "may_text": True, "wording_version": VERSION}, "may_text"),
            ({"may_text": True}, "wording_version"),
            ({"may_text": True, "wording_version": "1999-01"}, "wording_version"),
        ],
    )
    def test_what_may_not_be_is_refused(self, session, staff, person, given, field):
        values = {"kind": ContactKind.SMS, "value": "5595550142", **given}

        with pytest.raises(Invalid) as error:
            add_contact(session, staff, person.id, **values, at=NOON)

        assert error.value.field == field
        assert contact_points(session, person) == []

    def test_all_faults_are_told_at_once(self, session, staff, person):
        with pytest.raises(Invalid) as error:
            add_contact(
                session, staff, person.id, kind=ContactKind.PHONE, value="1", may_text=True, safe_from_hour=30, at=NOON
            )

        assert fields_of(error) == {"value", "safe_from_hour", "may_text", "wording_version"}

    @pytest.mark.parametrize("kind", [ContactKind.SMS, ContactKind.PHONE])
    def test_a_number_that_the_person_has_already_is_refused(self, session, staff, person, mobile, kind):
        with pytest.raises(NotPossibleNow) as error:
            add_contact(session, staff, person.id, kind=kind, value="(559) 555-0142", at=NOON)

        assert error.value.field == "value"

    def test_another_organization_hears_what_it_would_hear_of_nobody(self, session, person, stranger):
        number = {"kind": ContactKind.SMS, "value": "5595550142"}
        with pytest.raises(NotFound) as theirs:
            add_contact(session, stranger, person.id, **number, at=NOON)
        with pytest.raises(NotFound) as nobody:
            add_contact(session, stranger, uuid7(), **number, at=NOON)

        assert theirs.value.message == nobody.value.message

    def test_privacy_officers_may_not_add(self, session, organization, person):
        officer = staff_of(organization, Role.PRIVACY_OFFICER)

        with pytest.raises(NotAllowed):
            add_contact(session, officer, person.id, kind=ContactKind.SMS, value="5595550142", at=NOON)


class TestCorrectContact:
    def test_a_new_number_is_a_new_row_without_permission_or_safety(self, session, staff, person, mobile):
        changed = correct_contact(session, staff, mobile.id, {"value": "559 555 0143"}, at=LATER)

        assert changed.id != mobile.id
        assert (mobile.is_current, mobile.value, mobile.may_text) == (False, "+15595550142", True)
        assert (changed.value, changed.may_text, changed.wording_version) == ("+15595550143", False, "")
        assert (changed.permission_at, changed.introduced_at, changed.safety) == (None, None, Safety.UNKNOWN)
        assert contact_points(session, person) == [changed]
        assert texting_point(session, person) is None

    def test_hours_owner_and_voicemail_go_with_a_new_number(self, session, staff, mobile):
        careful = {"safe_from_hour": 10, "safe_until_hour": 14, "no_voicemail": True, "owner": ContactOwner.SHARED}
        correct_contact(session, staff, mobile.id, careful, at=LATER)

        changed = correct_contact(session, staff, mobile.id, {"value": "5595550143"}, at=LATER)

        assert {name: getattr(changed, name) for name in careful} == careful

    def test_a_new_number_is_found_and_the_old_is_not(self, session, staff, person, mobile):
        correct_contact(session, staff, mobile.id, {"value": "5595550143"}, at=LATER)

        assert [found.id for found in find_people(session, staff, "559 555 0143")] == [person.id]
        assert find_people(session, staff, "559 555 0142") == []

    def test_the_history_keeps_both_numbers(self, session, staff, person, mobile):
        changed = correct_contact(session, staff, mobile.id, {"value": "5595550143"}, at=LATER)

        fields = history_of(session, staff, person.id)[0].fields
        assert fields["value"] == ["+15595550142", "+15595550143"]
        assert fields["may_text"] == [True, False]
        assert session.info["events"][-1].codes["corrects"] == str(mobile.id)
        assert session.info["events"][-1].subject_id == changed.id

    def test_a_permission_given_with_a_new_number_is_refused(self, session, staff, mobile):
        with pytest.raises(Invalid) as error:
            correct_contact(session, staff, mobile.id, {"value": "5595550143", **ALLOWED}, at=LATER)

        assert error.value.field == "may_text"
        assert mobile.is_current

    def test_another_kind_ends_permission(self, session, staff, mobile):
        changed = correct_contact(session, staff, mobile.id, {"kind": ContactKind.PHONE}, at=LATER)

        assert (changed.kind, changed.value, changed.may_text) == (ContactKind.PHONE, "+15595550142", False)

    def test_a_number_found_wrong_and_right_again_needs_permission_again(self, session, staff, person, mobile):
        correct_contact(session, staff, mobile.id, {"state": ContactState.WRONG_NUMBER}, at=LATER)
        assert find_people(session, staff, "559 555 0142") == []

        correct_contact(session, staff, mobile.id, {"state": ContactState.ACTIVE}, at=LATER)

        assert texting_point(session, person) is None
        assert [found.id for found in find_people(session, staff, "559 555 0142")] == [person.id]

    def test_safety_hours_and_owner_are_mended_in_place(self, session, staff, person, mobile):
        changes = {"safety": Safety.UNSAFE, "safe_until_hour": 12, "owner": ContactOwner.HELPER}

        mended = correct_contact(session, staff, mobile.id, changes, at=LATER)

        assert mended is mobile
        assert (mended.may_text, mended.permission_at) == (True, NOON)
        assert history_of(session, staff, person.id)[0].fields == {
            "safety": ["safe", "unsafe"],
            "safe_until_hour": [24, 12],
            "owner": ["self", "helper"],
        }

    def test_permission_can_be_given_later(self, session, staff, person):
        point = add_contact(
            session, staff, person.id, kind=ContactKind.SMS, value="5595550142", safety=Safety.SAFE, at=NOON
        )

        correct_contact(session, staff, point.id, {"may_text": True, "wording_version": VERSION}, at=LATER)

        assert texting_point(session, person) is point
        assert point.permission_at == LATER
        assert history_of(session, staff, person.id)[0].fields["permission_at"] == [None, LATER.isoformat()]

    def test_an_old_wording_still_counts_for_a_permission_on_file(self, session, staff, mobile):
        mobile.wording_version = "2025-01"
        session.add(mobile)

        mended = correct_contact(session, staff, mobile.id, {"may_text": True, "no_voicemail": True}, at=LATER)

        assert (mended.no_voicemail, mended.may_text, mended.wording_version) == (True, True, "2025-01")

    def test_saving_what_is_kept_already_changes_nothing(self, session, staff, person, mobile):
        same = {"value": "(559) 555-0142", "owner": ContactOwner.SELF, **ALLOWED}

        assert correct_contact(session, staff, mobile.id, same, at=LATER) is mobile
        assert len(history_of(session, staff, person.id)) == 1

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"value": "1"}, "value"),
            ({"kind": ContactKind.EMAIL}, "value"),
            ({"safe_until_hour": 0}, "safe_from_hour"),
            ({"wording_version": "1999-01"}, "wording_version"),
            ({"is_current": False}, "is_current"),
        ],
    )
    def test_what_may_not_be_is_refused(self, session, staff, person, mobile, changes, field):
        with pytest.raises(Invalid) as error:
            correct_contact(session, staff, mobile.id, changes, at=LATER)

        assert error.value.field == field
        assert contact_points(session, person) == [mobile]

    def test_a_number_that_was_replaced_cannot_be_changed(self, session, staff, mobile):
        correct_contact(session, staff, mobile.id, {"value": "5595550143"}, at=LATER)

        with pytest.raises(NotPossibleNow):
            correct_contact(session, staff, mobile.id, {"value": "5595550144"}, at=LATER)

    def test_a_number_that_the_person_has_already_is_refused(self, session, staff, person, mobile):
        other = add_contact(session, staff, person.id, kind=ContactKind.PHONE, value="5595550143", at=NOON)

        with pytest.raises(NotPossibleNow):
            correct_contact(session, staff, other.id, {"value": "5595550142"}, at=LATER)

    def test_another_organization_hears_what_it_would_hear_of_nothing(self, session, mobile, stranger):
        with pytest.raises(NotFound) as theirs:
            correct_contact(session, stranger, mobile.id, {}, at=LATER)
        with pytest.raises(NotFound) as nothing:
            correct_contact(session, stranger, uuid7(), {}, at=LATER)

        assert theirs.value.message == nothing.value.message

    def test_privacy_officers_may_not_correct(self, session, organization, mobile):
        with pytest.raises(NotAllowed):
            correct_contact(session, staff_of(organization, Role.PRIVACY_OFFICER), mobile.id, {}, at=LATER)


class TestWithdrawTextPermission:
    def test_texts_end_and_it_is_kept_when(self, session, staff, person, mobile):
        withdraw_text_permission(session, staff, mobile.id, at=LATER)

        assert texting_point(session, person) is None
        assert (mobile.permission_at, mobile.wording_version, mobile.is_current) == (LATER, "", True)
        assert history_of(session, staff, person.id)[0].fields == {
            "may_text": [True, False],
            "wording_version": [VERSION, ""],
            "permission_at": [NOON.isoformat(), LATER.isoformat()],
        }

    def test_saying_so_twice_changes_nothing(self, session, staff, person, mobile):
        withdraw_text_permission(session, staff, mobile.id, at=LATER)

        withdraw_text_permission(session, staff, mobile.id, at=LATER + timedelta(hours=1))

        assert mobile.permission_at == LATER
        assert len(history_of(session, staff, person.id)) == 2

    def test_another_organization_may_not(self, session, mobile, stranger):
        with pytest.raises(NotFound):
            withdraw_text_permission(session, stranger, mobile.id, at=LATER)

        assert mobile.may_text

    def test_a_number_that_was_removed_is_refused(self, session, staff, mobile):
        remove_contact(session, staff, mobile.id, at=LATER)

        with pytest.raises(NotPossibleNow):
            withdraw_text_permission(session, staff, mobile.id, at=LATER)


class TestRemoveContact:
    def test_the_row_is_kept_and_the_number_used_no_more(self, session, staff, person, mobile):
        remove_contact(session, staff, mobile.id, at=LATER)

        assert contact_points(session, person) == []
        assert find_people(session, staff, "559 555 0142") == []
        assert history_of(session, staff, person.id)[0].fields == {"value": ["+15595550142", None]}

    def test_the_number_can_be_added_again_without_its_old_permission(self, session, staff, person, mobile):
        remove_contact(session, staff, mobile.id, at=LATER)

        again = add_contact(session, staff, person.id, kind=ContactKind.SMS, value="5595550142", at=LATER)

        assert not again.may_text

    def test_another_organization_may_not(self, session, mobile, stranger):
        with pytest.raises(NotFound):
            remove_contact(session, stranger, mobile.id, at=LATER)

    def test_privacy_officers_may_not(self, session, organization, mobile):
        with pytest.raises(NotAllowed):
            remove_contact(session, staff_of(organization, Role.PRIVACY_OFFICER), mobile.id, at=LATER)
