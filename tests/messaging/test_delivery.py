"""Delivering texts: what is asked again before one goes, and what is made of the gateway's answer."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from cie import messaging, referrals
from cie.db import reading, transaction
from cie.events import DeliveryState, Outbox
from cie.jobs.delivery import BROKEN_ATTEMPTS
from cie.messaging import KIND, TextMessage
from cie.messaging.gateway import GatewayDown, GatewayRefused, GatewayUncertain, RefusalKind
from cie.messaging.models import PhoneStop, TextQuestion
from cie.people import ContactPoint, ContactState, Person
from tests.factories import make_loop, make_person, make_phone, send_one
from tests.support.texts import RecordingGateway, deliver_all, outbox

NOW = datetime.now(UTC)


@pytest.fixture
def loop(database):
    with transaction() as session:
        return make_loop(session, language="en")


@pytest.fixture
def gateway():
    return RecordingGateway()


@pytest.fixture
def deliver(migrated, gateway):
    return lambda: deliver_all(migrated, gateway)


def tell(person, template="help-started", subject_id=None, **codes):
    with transaction() as session:
        person = session.get_one(Person, person.id)
        messaging.tell(session, person, template, subject_id or person.id, at=NOW, codes=codes)


def change(model, id, **fields):
    with transaction() as session:
        row = session.get_one(model, id)
        for name, value in fields.items():
            setattr(row, name, value)
        session.add(row)


def make_due(template):
    change(Outbox, outbox()[template].id, due_at=NOW)


def refuses(code, permanent, kind):
    return lambda: GatewayRefused(code, permanent, kind)


class TestPrepare:
    def test_the_first_text_goes_first_and_once(self, loop, gateway, deliver):
        tell(loop.person)
        deliver()
        tell(loop.person, "paused")
        deliver()

        beginnings = [" ".join(body.split()[2:5]) for body in gateway.bodies]
        assert beginnings == ["we will text", "help has started.", "your request is"]

    @pytest.mark.parametrize(
        ("language", "words"), [("en", "They will contact you by May 12."), ("es", "antes del 12 de mayo")]
    )
    def test_a_day_is_written_in_the_persons_language(self, loop, gateway, deliver, language, words):
        change(Person, loop.person.id, language=language)

        tell(loop.person, "someone-can-help", by="2027-05-13T00:00:00+00:00")
        deliver()

        assert words in gateway.bodies[-1]

    def test_every_text_of_a_sent_referral_can_be_rendered(self, loop, gateway, deliver):
        with transaction() as session:
            send_one(session, loop, at=NOW)

        deliver()

        assert {row.state for row in outbox().values()} <= {DeliveryState.SENT, DeliveryState.WAITING}
        assert any("You will hear from us by" in body for body in gateway.bodies)

    @pytest.mark.parametrize(
        "withdrawn",
        [
            lambda loop: change(ContactPoint, loop.phone.id, may_text=False),
            lambda loop: change(ContactPoint, loop.phone.id, state=ContactState.WRONG_NUMBER),
            lambda loop: change(Person, loop.person.id, texts_paused_at=NOW),
            lambda loop: _stop(loop.phone),
        ],
    )
    def test_what_was_withdrawn_after_queueing_is_not_sent(self, loop, gateway, deliver, withdrawn):
        tell(loop.person)

        withdrawn(loop)
        deliver()

        assert gateway.sent == []
        assert {row.state for row in outbox().values()} == {DeliveryState.DROPPED}

    def test_outside_the_hours_it_waits_until_they_open(self, loop, gateway, deliver):
        tell(loop.person)
        change(ContactPoint, loop.phone.id, safe_from_hour=0, safe_until_hour=0)

        deliver()

        assert gateway.sent == []
        assert {row.state for row in outbox().values()} == {DeliveryState.WAITING}
        assert all(row.due_at > NOW for row in outbox().values())


def _stop(phone):
    with transaction() as session:
        session.add(PhoneStop(phone_key=phone.value_key, stopped_at=NOW))


class TestAnswer:
    def test_a_text_that_was_taken_is_recorded_with_its_id(self, loop, gateway, deliver):
        tell(loop.person)
        deliver()

        row = outbox()["help-started"]
        assert (row.state, row.reference) == (DeliveryState.SENT, gateway.sent[-1][2])
        with reading() as session:
            assert session.get_one(TextMessage, row.id).gateway_id == row.reference

    def test_with_the_gateway_away_it_is_tried_again_and_not_looked_up(self, loop, gateway, deliver):
        gateway.fails = lambda: GatewayDown("away")
        tell(loop.person)
        deliver()
        assert outbox()["first-text"].state == DeliveryState.RETRY

        gateway.fails = lambda: None
        make_due("first-text")
        deliver()

        assert len(gateway.sent) == 2
        assert gateway.looked_up == 0

    def test_with_its_answer_lost_it_is_looked_up_and_not_sent_twice(self, loop, gateway, deliver):
        gateway.fails, gateway.loses = (lambda: GatewayUncertain("lost")), True
        tell(loop.person)
        deliver()
        assert (outbox()["first-text"].state, outbox()["first-text"].result) == (DeliveryState.RETRY, "uncertain")

        gateway.fails = lambda: None
        make_due("first-text")
        deliver()

        assert len(gateway.sent) == 2
        assert outbox()["first-text"].reference == gateway.sent[0][2]

    def test_an_uncertain_text_that_did_not_go_is_sent(self, loop, gateway, deliver):
        gateway.fails = lambda: GatewayUncertain("no answer")
        tell(loop.person)
        deliver()

        gateway.fails = lambda: None
        make_due("first-text")
        deliver()

        assert len(gateway.sent) == 2

    def test_the_same_words_to_two_who_share_a_phone_are_two_texts(self, loop, gateway, deliver):
        with transaction() as session:
            other = make_person(session, loop.clinic, given_name="Robin", language="en")
            for point in (make_phone(session, other, introduced_at=NOW), session.merge(loop.phone)):
                point.introduced_at = NOW
        tell(loop.person)
        tell(other)
        failing = iter([None, GatewayUncertain("lost")])
        gateway.fails = lambda: next(failing, None)
        deliver()
        with reading() as session:
            (second,) = session.exec(select(Outbox).where(Outbox.state == DeliveryState.RETRY)).all()

        change(Outbox, second.id, due_at=NOW)
        deliver()

        assert len(gateway.sent) == 2
        assert len(set(gateway.bodies)) == 1

    def test_a_passing_refusal_is_tried_again(self, loop, gateway, deliver):
        gateway.fails = refuses(30003, False, RefusalKind.UNREACHABLE)
        tell(loop.person)
        deliver()

        assert outbox()["first-text"].state == DeliveryState.RETRY

    def test_a_number_that_is_none_is_a_dead_letter_and_gets_no_more(self, loop, gateway, deliver):
        gateway.fails = refuses(21211, True, RefusalKind.BAD_NUMBER)
        tell(loop.person)
        deliver()

        assert outbox()["first-text"].state == DeliveryState.DEAD
        assert outbox()["help-started"].state == DeliveryState.DROPPED
        with reading() as session:
            assert session.get_one(ContactPoint, loop.phone.id).state == ContactState.BAD_NUMBER

    def test_an_opt_out_that_the_carrier_knows_of_is_kept(self, loop, gateway, deliver):
        gateway.fails = refuses(21610, True, RefusalKind.OPTED_OUT)
        tell(loop.person)
        deliver()

        assert {row.state for row in outbox().values()} == {DeliveryState.DROPPED}
        with reading() as session:
            assert session.get(PhoneStop, loop.phone.value_key).reason == "gateway"

    def test_whatever_breaks_while_sending_is_uncertain_and_stops_nothing(self, loop, gateway, deliver, caplog):
        gateway.fails = lambda: ZeroDivisionError()
        tell(loop.person)

        deliver()

        assert outbox()["first-text"].result == "uncertain"
        assert loop.phone.value not in caplog.text

    def test_what_cannot_be_prepared_becomes_a_dead_letter_and_frees_its_key(self, loop, gateway, deliver):
        tell(loop.person)
        change(Outbox, outbox()["first-text"].id, codes={"template": "no-such-template"})

        for _attempt in range(BROKEN_ATTEMPTS):
            make_due("no-such-template")
            deliver()

        assert outbox()["no-such-template"].state == DeliveryState.DEAD
        assert len(gateway.sent) == 1


class TestQuestion:
    def ask(self, loop, person, subject_id, when="sent-3"):
        with transaction() as session:
            person = session.get_one(Person, person.id)
            codes = {"day": NOW.isoformat()}
            messaging.plan_questions(session, person, referrals.QUESTION, subject_id, {when: NOW}, codes=codes)

    def sent_to(self, loop):
        with transaction() as session:
            referral, _task = send_one(session, loop, at=NOW)
        return referral.id

    def open_questions(self):
        with reading() as session:
            return session.exec(select(TextQuestion).where(col(TextQuestion.closed_at).is_(None))).all()

    def test_one_question_is_open_on_a_phone_whoever_shares_it(self, loop, gateway, deliver):
        first, second = self.sent_to(loop), self.sent_to(loop)
        for referral_id in (first, second):
            self.ask(loop, loop.person, referral_id, "sent-0")

        deliver()

        assert [q.subject_id for q in self.open_questions()] == [first]
        assert len([b for b in gateway.bodies if b.startswith("Did someone")]) == 1
        waiting = [r for r in _asks() if r.state == DeliveryState.WAITING and r.result == "another question is open"]
        assert len(waiting) == 1
        assert waiting[0].due_at > NOW + timedelta(hours=5)

    def test_asking_again_about_the_same_takes_the_place_of_the_earlier_ask(self, loop, gateway, deliver):
        referral_id = self.sent_to(loop)
        for when in ("sent-0", "sent-1"):
            self.ask(loop, loop.person, referral_id, when)

        deliver()

        assert len(self.open_questions()) == 1
        assert len([b for b in gateway.bodies if b.startswith("Did someone")]) == 2

    def test_an_ask_that_is_not_wanted_any_more_is_dropped(self, loop, gateway, deliver):
        referral_id = self.sent_to(loop)
        self.ask(loop, loop.person, referral_id, "closed-0")

        deliver()

        assert [r.state for r in _asks() if r.codes["when"] == "closed-0"] == [DeliveryState.DROPPED]
        assert self.open_questions() == []


def _asks():
    with reading() as session:
        return [r for r in session.exec(select(Outbox).where(Outbox.kind == KIND)) if r.codes.get("question")]
