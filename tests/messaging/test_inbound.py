"""Texts that a person must read: which those are, until when, who sees them, and that each is handled once."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from cie import messaging, people
from cie.access import Role
from cie.errors import Invalid, NotAllowed, NotFound, NotPossibleNow
from cie.events import NETWORK
from cie.events.models import Change
from cie.messaging import TextMessage
from cie.messaging.telling import is_stopped
from cie.people.models import ContactState, DangerAlert
from tests.factories import NOON, make_loop, make_participant, make_person, make_phone, staff_of

PHONE = "+15595550142"
MONDAY_AFTERNOON = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
MONDAY_CLOSE = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
TUESDAY_CLOSE = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)


@pytest.fixture
def loop(session):
    return make_loop(session, language="en")


def text_in(session, body, *, at=NOON, phone=PHONE, number=iter(range(10_000))):
    messaging.receive(session, phone=phone, body=body, gateway_id=f"SM{next(number)}", at=at)
    return session.exec(select(TextMessage).order_by(TextMessage.id.desc())).first()


class TestWhatMustBeRead:
    @pytest.mark.parametrize(
        "body", ["they said friday maybe", "wrong number", "we moved to fresno", "she passed away"]
    )
    def test_what_answers_nothing_and_what_ends_a_number(self, session, loop, body):
        message = text_in(session, body)

        assert messaging.unread_texts(session, loop.navigator) == [message]
        assert messaging.unread_count(session, loop.navigator) == 1

    @pytest.mark.parametrize("body", ["STOP", "HELP", "ESPANOL"])
    def test_what_the_machine_understood_is_not_on_the_list(self, session, loop, body):
        text_in(session, body)

        assert messaging.unread_count(session, loop.navigator) == 0

    def test_danger_goes_to_the_person_on_call_and_to_no_list(self, session, loop):
        text_in(session, "my husband hit me again and I am scared")

        assert messaging.unread_count(session, loop.navigator) == 0
        assert len(session.exec(select(DangerAlert)).all()) == 1

    def test_a_number_that_nobody_has_is_shown_to_nobody_and_counted(self, session, loop):
        message = text_in(session, "hello?", phone="+15595550199")

        assert message.organization_id == NETWORK
        assert messaging.unread_count(session, loop.navigator) == 0
        assert messaging.texts_from_unknown_numbers(session, since=NOON) == 1
        assert messaging.texts_from_unknown_numbers(session, since=NOON + timedelta(days=1)) == 0
        with pytest.raises(NotFound):
            messaging.get_text(session, loop.navigator, message.id)

    def test_danger_from_a_number_that_was_removed_reaches_those_on_call_where_it_stood(self, session, loop):
        people.remove_contact(session, loop.navigator, loop.phone.id, at=NOON)

        message = text_in(session, "my husband hit me again and I am scared")

        (alert,) = session.exec(select(DangerAlert)).all()
        assert (alert.person_id, alert.source_id) == (loop.person.id, message.id)
        assert messaging.warnings_from_unknown_numbers(session, since=NOON).count == 0

    def test_other_words_from_a_number_that_was_removed_are_shown_to_nobody(self, session, loop):
        people.remove_contact(session, loop.navigator, loop.phone.id, at=NOON)

        assert text_in(session, "hello?").organization_id == NETWORK

    @pytest.mark.parametrize("body", ["my husband hit me again and I am scared", "mi esposo me pega, tengo miedo"])
    def test_danger_from_a_number_that_nobody_ever_had_is_counted_apart(self, session, loop, body):
        text_in(session, "hello?", phone="+15595550199")
        text_in(session, body, phone="+15595550199", at=NOON + timedelta(minutes=1))

        warnings = messaging.warnings_from_unknown_numbers(session, since=NOON)

        assert (warnings.count, warnings.newest_at) == (1, NOON + timedelta(minutes=1))
        assert messaging.texts_from_unknown_numbers(session, since=NOON) == 2
        assert messaging.warnings_from_unknown_numbers(session, since=NOON + timedelta(days=1)).count == 0
        assert session.exec(select(DangerAlert)).all() == []

    def test_another_organization_sees_none(self, session, loop):
        message = text_in(session, "they said friday maybe")

        assert messaging.unread_texts(session, loop.caseworker) == []
        assert messaging.unread_count(session, loop.caseworker) == 0
        with pytest.raises(NotFound):
            messaging.get_text(session, loop.caseworker, message.id)

    def test_the_oldest_come_first_and_pages_follow_each_other(self, session, loop):
        made = [text_in(session, f"hm {n}", at=NOON + timedelta(minutes=n)) for n in range(5)]

        pages = [messaging.unread_texts(session, loop.navigator, offset=offset, limit=2) for offset in (0, 2, 4)]

        assert [message for page in pages for message in page] == made


class TestWrongNumber:
    def test_whoever_has_the_number_keeps_in_their_own_record_that_it_is_not_theirs(self, session, loop):
        briar = make_person(session, loop.pantry, given_name="Briar")
        points = [loop.phone, make_phone(session, briar)]

        text_in(session, "wrong number")

        told = [event for event in session.info["events"] if event.action == "text.wrong-number"]
        changes = session.exec(select(Change).where(Change.record_type == "contact_point")).all()
        assert {point.state for point in points} == {ContactState.WRONG_NUMBER}
        assert {(e.subject_id, e.organization_id, e.actor.id) for e in told} == {
            (point.id, point.organization_id, point.person_id) for point in points
        }
        assert {change.record_id for change in changes} == {point.id for point in points}
        assert {tuple(change.fields["state"]) for change in changes} == {("active", "wrong-number")}


class TestStopInDanger:
    def test_both_are_heeded(self, session, loop):
        text_in(session, "stop texting me, he is hitting me")

        assert is_stopped(session, loop.phone)
        assert session.exec(select(DangerAlert)).one().person_id == loop.person.id


class TestStopOfAnUnknownNumber:
    def test_it_holds_when_somebody_gets_that_number_later(self, session, loop):
        text_in(session, "STOP", phone="+15595550199")

        told = [event for event in session.info["events"] if event.action == "text.stop"]
        assert is_stopped(session, make_phone(session, loop.person, "+15595550199"))
        assert [event.organization_id for event in told] == [NETWORK]

    def test_until_that_phone_says_start(self, session, loop):
        text_in(session, "STOP", phone="+15595550199")
        text_in(session, "START", phone="+15595550199")

        assert not is_stopped(session, make_phone(session, loop.person, "+15595550199"))


class TestReadBy:
    @pytest.mark.parametrize(
        ("came_at", "due"),
        [
            (MONDAY_AFTERNOON, MONDAY_CLOSE),
            (MONDAY_CLOSE, MONDAY_CLOSE),
            (MONDAY_CLOSE + timedelta(hours=1), TUESDAY_CLOSE),
            (MONDAY_AFTERNOON - timedelta(days=1), MONDAY_CLOSE),
            (MONDAY_AFTERNOON - timedelta(days=2), MONDAY_CLOSE),
        ],
        ids=["the same day", "at the last minute", "in the evening", "on Sunday", "on Saturday"],
    )
    def test_by_the_close_of_business_of_its_day(self, came_at, due):
        assert messaging.read_by(came_at) == due

    @pytest.mark.parametrize("hours", range(0, 120, 5))
    def test_late_is_counted_as_it_is_shown(self, session, loop, hours):
        text_in(session, "hm", at=MONDAY_AFTERNOON)
        now = MONDAY_AFTERNOON + timedelta(hours=hours)

        late = messaging.unread_count(session, loop.navigator, late_at=now)

        assert bool(late) == (now > messaging.read_by(MONDAY_AFTERNOON))


class TestHandleText:
    def test_it_leaves_the_list_with_a_note_that_is_sealed(self, session, loop):
        message = text_in(session, "they said friday maybe")

        messaging.handle_text(session, loop.navigator, message.id, note=" Called. Friday is right. ", at=NOON)

        assert (message.note, message.handled_at) == ("Called. Friday is right.", NOON)
        assert b"Friday" not in message.note_sealed
        assert messaging.unread_count(session, loop.navigator) == 0
        assert session.info["events"][-1].action == "text.handle"

    def test_only_once(self, session, loop):
        message = text_in(session, "they said friday maybe")
        messaging.handle_text(session, loop.navigator, message.id, note="Called.", at=NOON)

        with pytest.raises(NotPossibleNow):
            messaging.handle_text(session, loop.navigator, message.id, note="Called too.", at=NOON)

        assert message.note == "Called."

    def test_a_note_has_an_end(self, session, loop):
        message = text_in(session, "hm")

        with pytest.raises(Invalid):
            messaging.handle_text(session, loop.navigator, message.id, note="x" * 2001, at=NOON)

    def test_privacy_officers_do_not(self, session, loop):
        message = text_in(session, "hm")

        with pytest.raises(NotAllowed):
            officer = staff_of(loop.clinic, Role.PRIVACY_OFFICER)
            messaging.handle_text(session, officer, message.id, note="", at=NOON)

    def test_to_another_organization_it_does_not_exist(self, session, loop):
        message = text_in(session, "hm")

        with pytest.raises(NotFound):
            stranger = staff_of(make_participant(session, name="Tall Grass School"))
            messaging.handle_text(session, stranger, message.id, note="", at=NOON)


class TestPausing:
    def test_texts_are_paused_and_go_on(self, session, loop):
        people.pause_texts(session, loop.navigator, loop.person.id, at=NOON)
        assert loop.person.texts_paused_at == NOON

        people.resume_texts(session, loop.navigator, loop.person.id, at=NOON)
        assert loop.person.texts_paused_at is None

    def test_they_do_not_go_on_while_somebody_may_be_in_danger(self, session, loop):
        text_in(session, "my husband hit me again and I am scared")

        with pytest.raises(NotPossibleNow):
            people.resume_texts(session, loop.navigator, loop.person.id, at=NOON)

        assert loop.person.texts_paused_at == NOON

    def test_another_organization_pauses_nothing(self, session, loop):
        with pytest.raises(NotFound):
            people.pause_texts(session, loop.caseworker, loop.person.id, at=NOON)

        assert loop.person.texts_paused_at is None
