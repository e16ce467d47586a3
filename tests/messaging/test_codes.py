"""Codes for one use: which phone may get one, what the text says, how long a code is good, how often one is sent."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from cie import messaging, people
from cie.db import reading, transaction
from cie.errors import NotPossibleNow, TooMany
from cie.events import DeliveryState, Outbox
from cie.messaging import OneTimeCode
from cie.messaging.gateway import GatewayUncertain
from cie.messaging.models import PhoneStop
from cie.people import ContactOwner, ContactPoint, ContactState, Person, PersonLink, Safety
from tests.factories import make_loop, make_phone
from tests.support.scan import every_cell
from tests.support.texts import RecordingGateway, deliver_all, outbox

NOW = datetime.now(UTC)
CODE = re.compile(r"\d{6}")


@pytest.fixture
def loop(database):
    with transaction() as session:
        return make_loop(session, language="en")


@pytest.fixture
def link(loop):
    with transaction() as session:
        return people.make_link(session, loop.navigator, loop.person.id, pin_hash="a hash", at=NOW)


@pytest.fixture
def gateway():
    return RecordingGateway()


@pytest.fixture
def deliver(migrated, gateway):
    return lambda: deliver_all(migrated, gateway)


def send(link, at=NOW):
    with transaction() as session:
        messaging.send_code(session, session.get_one(PersonLink, link.id), at=at)


def opens(link, code, at=NOW):
    with transaction() as session:
        return messaging.use_code(session, session.get_one(PersonLink, link.id), code, at=at)


def change(model, id, **fields):
    with transaction() as session:
        row = session.get_one(model, id)
        for name, value in fields.items():
            setattr(row, name, value)
        session.add(row)


def sent_code(gateway):
    return CODE.search(gateway.bodies[-1]).group()


class TestWhichPhone:
    @pytest.fixture
    def offered(self, session):
        """Whether a code is offered to a person with such a phone."""

        def ask(at=NOW, stopped=False, **fields):
            loop = make_loop(session)
            for name, value in fields.items():
                setattr(loop.phone, name, value)
            if stopped:
                session.merge(PhoneStop(phone_key=loop.phone.value_key, stopped_at=NOW))
            session.flush()
            link = people.make_link(session, loop.navigator, loop.person.id, pin_hash="a hash", at=NOW)
            return messaging.code_point(session, link, at=at) is not None

        return ask

    def test_ones_own_that_is_safe_and_may_be_texted_and_no_other(self, offered):
        wrong = [
            {"owner": ContactOwner.SHARED},
            {"owner": ContactOwner.HELPER},
            {"safety": Safety.UNKNOWN},
            {"safety": Safety.UNSAFE},
            {"may_text": False},
            {"is_current": False},
            {"state": ContactState.WRONG_NUMBER},
            {"stopped": True},
        ]

        assert offered()
        assert [fields for fields in wrong if offered(**fields)] == []

    def test_only_within_the_hours_that_are_safe_for_the_person(self, offered):
        hours = {"safe_from_hour": 9, "safe_until_hour": 17}
        half_past = [datetime(2026, 11, 24, hour, 30, tzinfo=UTC) for hour in (16, 17)]
        later = [datetime(2026, 11, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)]

        assert [offered(at, **hours) for at in (*half_past, *later)] == [False, True, True, False]

    def test_what_changed_since_it_was_asked_for_counts_when_it_is_sent(self, loop, link, gateway, deliver):
        send(link)
        change(ContactPoint, loop.phone.id, owner=ContactOwner.SHARED)

        deliver()

        assert gateway.sent == []
        with pytest.raises(NotPossibleNow, match="Use your PIN"):
            send(link)

    def test_the_safe_one_among_several(self, loop, link, gateway, deliver):
        with transaction() as session:
            make_phone(session, loop.person, "+15595550198", owner=ContactOwner.HELPER)
        send(link)

        deliver()

        assert [to for to, _body, _sid in gateway.sent] == ["+15595550142"]

    def test_at_any_hour_of_the_network_and_also_while_our_own_texts_are_paused(self, loop, link, gateway, deliver):
        messaging.use_text_hours(9, 10)
        change(Person, loop.person.id, texts_paused_at=NOW)

        send(link)
        deliver()

        assert len(gateway.sent) == 1


class TestText:
    @pytest.mark.parametrize(
        ("language", "words"),
        [
            ("en", r"Your code is \d{6}\. Never tell it to anybody\."),
            ("es", r"Su código es \d{6}\. No se lo diga a nadie\."),
        ],
    )
    def test_it_says_the_code_and_nothing_else(self, loop, link, gateway, deliver, language, words):
        change(Person, loop.person.id, language=language)
        send(link)

        deliver()

        assert re.fullmatch(words, gateway.bodies[-1])

    def test_it_does_not_wait_behind_a_text_that_is_tried_again(self, loop, link, gateway, deliver):
        gateway.fails = lambda: GatewayUncertain("lost")
        with transaction() as session:
            person = session.get_one(Person, loop.person.id)
            messaging.tell(session, person, "help-started", person.id, at=NOW)
        deliver()
        gateway.fails = lambda: None
        send(link)

        deliver()

        assert len(gateway.sent) == 1 and CODE.search(gateway.bodies[0])

    def test_the_code_is_nowhere_in_the_database(self, link, gateway, deliver):
        send(link)
        deliver()

        code = sent_code(gateway).encode()

        kept = every_cell()
        assert [
            table for table, content in kept.items() if re.search(rb"(?<![\d.])" + code + rb"(?!\d)", content)
        ] == []
        assert kept["one_time_code"]

    def test_too_late_it_is_not_sent(self, link, gateway, deliver):
        send(link)
        change(Outbox, outbox()["one-time-code"].id, created_at=NOW - timedelta(minutes=11))

        deliver()

        assert gateway.sent == []
        assert outbox()["one-time-code"].state == DeliveryState.DROPPED

    def test_not_for_a_link_that_ended_or_was_replaced_meanwhile(self, loop, link, gateway, deliver):
        send(link)
        with transaction() as session:
            people.make_link(session, loop.navigator, loop.person.id, pin_hash="another", at=NOW)

        deliver()

        assert gateway.sent == []


class TestCode:
    def test_it_opens_once(self, link, gateway, deliver):
        send(link)
        deliver()

        code = sent_code(gateway)

        assert not opens(link, "12345") and not opens(link, "")
        assert opens(link, code)
        assert not opens(link, code)

    def test_it_is_good_for_ten_minutes(self, link, gateway, deliver):
        send(link)
        deliver()
        with reading() as session:
            drawn = session.exec(select(OneTimeCode)).one().drawn_at

        assert not opens(link, sent_code(gateway), drawn + timedelta(minutes=10, seconds=1))
        assert opens(link, sent_code(gateway), drawn + timedelta(minutes=10))

    def test_the_last_two_are_good_and_an_older_one_is_not(self, link, gateway, deliver):
        for number in range(3):
            send(link, NOW + timedelta(seconds=number))
            deliver()
        first, second, third = (CODE.search(body).group() for body in gateway.bodies)

        assert len({first, second, third}) == 3
        assert not opens(link, first)
        assert opens(link, second)
        assert not opens(link, third), "one that was used uses up the other"

    def test_a_text_whose_answer_was_lost_is_sent_again_with_another_and_both_are_good(self, link, gateway, deliver):
        gateway.fails, gateway.loses = (lambda: GatewayUncertain("lost")), True
        send(link)
        deliver()
        gateway.fails = lambda: None
        change(Outbox, outbox()["one-time-code"].id, due_at=NOW)

        deliver()

        first, second = (CODE.search(body).group() for body in gateway.bodies)
        assert first != second
        assert opens(link, first)

    def test_a_new_link_does_not_take_the_codes_of_the_old_one(self, loop, link, gateway, deliver):
        send(link)
        deliver()
        with transaction() as session:
            people.make_link(session, loop.navigator, loop.person.id, pin_hash="another", at=NOW)

        assert not opens(link, sent_code(gateway))


class TestSends:
    def test_three_in_a_quarter_of_an_hour_and_six_a_day(self, link):
        quarter = timedelta(minutes=16)
        for number in range(3):
            send(link, NOW + timedelta(seconds=number))
        with pytest.raises(TooMany):
            send(link, NOW + timedelta(seconds=9))

        for number in range(3):
            send(link, NOW + quarter + timedelta(seconds=number))
        with pytest.raises(TooMany):
            send(link, NOW + 2 * quarter)

        send(link, NOW + timedelta(days=1))
