"""The text door: signed posts of the provider, each taken once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlmodel import select
from twilio.request_validator import RequestValidator

from cie import referrals
from cie.db import reading, transaction
from cie.events import AuditEntry
from cie.messaging import TextMessage
from cie.messaging.models import PhoneStop, TextQuestion
from cie.people import ContactPoint, ContactState
from cie.people.models import DangerAlert
from cie.referrals import PersonWord
from cie.referrals.models import WordOfPerson
from cie.web.sms import UNSIGNED_TRIES
from tests.factories import make_loop, send_one
from tests.support.texts import RecordingGateway, deliver_all, outbox
from tests.support.web import make_app

PHONE = "+15595550142"
NOW = datetime.now(UTC)


@pytest.fixture
def app(migrated, database):
    return make_app(migrated)


@pytest.fixture
def asked(migrated, database):
    """A person who was asked by text whether help came."""
    with transaction() as session:
        loop = make_loop(session, language="en")
        _referral, task = send_one(session, loop, at=NOW)
    for verb in (referrals.accept, referrals.start, referrals.complete):
        with transaction() as session:
            verb(session, loop.caseworker, task.id, at=NOW)
    gateway = RecordingGateway()
    deliver_all(migrated, gateway)
    assert any(body.startswith("Did someone help you") for body in gateway.bodies)
    return gateway


def signed(app, path, form, *, address=None, token=None):
    settings = app.extensions["cie-settings"]
    token = token or settings.twilio_auth_token.get_secret_value()
    return RequestValidator(token).compute_signature((address or settings.public_url) + path, form)


def post(app, path, form, **how):
    return app.test_client().post(path, data=form, headers={"X-Twilio-Signature": signed(app, path, form, **how)})


def text_in(app, body, *, sid="SM" + "1" * 32, phone=PHONE, **how):
    return post(app, "/sms/inbound", {"From": phone, "To": "+15595550100", "Body": body, "MessageSid": sid}, **how)


def status_of(app, sid, word, **more):
    return post(app, "/sms/status", {"MessageSid": sid, "MessageStatus": word, **more})


def every(model):
    with reading() as session:
        return session.exec(select(model)).all()


def texts_in():
    return [m for m in every(TextMessage) if m.direction == "in"]


class TestInbound:
    def test_the_answer_is_kept_as_the_persons_word_and_thanked_for(self, app, asked, migrated):
        answer = text_in(app, "1")

        assert (answer.status_code, answer.mimetype) == (200, "text/xml")
        assert answer.get_data(as_text=True).endswith("<Response></Response>")
        assert [w.word for w in every(WordOfPerson)] == [PersonWord.GOT_HELP]
        deliver_all(migrated, asked)
        assert asked.bodies[-1] == "Thank you for telling us. We will not ask again."

    def test_the_answer_closes_the_question(self, app, asked):
        text_in(app, "2")

        (question,) = every(TextQuestion)
        assert question.answer == "2"
        assert question.closed_at is not None

    def test_a_second_delivery_of_the_same_text_changes_nothing(self, app, asked):
        text_in(app, "1")
        audited = len(every(AuditEntry))

        again = text_in(app, "1")

        assert again.status_code == 200
        assert len(texts_in()) == len(every(WordOfPerson)) == 1
        assert len(every(AuditEntry)) == audited

    def test_the_same_text_several_times_at_once_is_taken_once(self, app, asked):
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _n: text_in(app, "1").status_code, range(4)))

        assert answers == [200] * 4
        assert len(texts_in()) == len(every(WordOfPerson)) == 1

    def test_when_the_answer_cannot_be_kept_neither_is_the_text(self, app, asked):
        def breaks(*_):
            raise RuntimeError("the verb broke")

        app.extensions["cie"] = replace(app.extensions["cie"], answers={referrals.QUESTION: breaks})

        assert text_in(app, "1").status_code == 500

        assert texts_in() == []
        assert [q.closed_at for q in every(TextQuestion)] == [None]

    def test_words_that_answer_nothing_go_to_a_person(self, app, asked):
        text_in(app, "they said come on friday maybe")

        (message,) = texts_in()
        assert message.needs_person
        assert message.body == "they said come on friday maybe"

    def test_accents_and_emoji_are_signed_and_kept_as_written(self, app, asked):
        assert text_in(app, "¿Mañana a las 3? 🙂").status_code == 200

        assert texts_in()[0].body == "¿Mañana a las 3? 🙂"

    def test_stop_ends_texts_to_this_phone(self, app, asked, migrated):
        text_in(app, "STOP")

        assert len(every(PhoneStop)) == 1
        assert every(WordOfPerson) == []
        deliver_all(migrated, asked)
        assert "no more texts" in asked.bodies[-1]

    def test_a_text_that_speaks_of_danger_raises_the_alarm_and_is_no_answer(self, app, asked):
        text_in(app, "1 but my husband hit me again and I am scared")

        assert len(every(DangerAlert)) == 1
        assert every(WordOfPerson) == []

    def test_a_phone_that_nobody_has_is_kept_for_a_person_to_read(self, app, database):
        assert text_in(app, "hello?", phone="+15595550199").status_code == 200

        (message,) = texts_in()
        assert message.needs_person
        assert message.person_id is None

    @pytest.mark.parametrize("phone", ["89887", "AMAZON", ""])
    def test_a_short_code_or_a_name_is_no_person(self, app, database, phone):
        assert text_in(app, "Win now", phone=phone).status_code == 200

        assert texts_in() == []

    def test_a_text_without_an_id_is_not_taken(self, app, database):
        assert text_in(app, "1", sid="").status_code == 400

        assert texts_in() == []


class TestSignature:
    @pytest.mark.parametrize("path", ["/sms/inbound", "/sms/status"])
    def test_a_post_without_one_is_refused_without_a_word(self, app, database, path):
        answer = app.test_client().post(path, data={"From": PHONE, "Body": "1", "MessageSid": "SM" + "1" * 32})

        assert (answer.status_code, answer.data) == (403, b"")
        assert every(TextMessage) == []

    @pytest.mark.parametrize("how", [{"token": "another"}, {"address": "http://elsewhere.example.org"}])
    def test_another_token_or_address_is_refused(self, app, database, how):
        assert text_in(app, "1", **how).status_code == 403

    def test_a_changed_form_is_refused(self, app, database):
        form = {"From": PHONE, "Body": "1", "MessageSid": "SM" + "1" * 32}
        signature = signed(app, "/sms/inbound", form)

        answer = app.test_client().post(
            "/sms/inbound", data=form | {"Body": "4"}, headers={"X-Twilio-Signature": signature}
        )

        assert answer.status_code == 403
        assert texts_in() == []

    def test_too_many_wrong_ones_wait_but_the_provider_is_still_heard(self, app, database):
        statuses = [text_in(app, "1", token="guess").status_code for _n in range(UNSIGNED_TRIES + 1)]

        assert statuses == [403] * UNSIGNED_TRIES + [429]
        assert text_in(app, "hello").status_code == 200

    def test_looking_at_the_address_shows_nothing(self, app, database):
        assert app.test_client().get("/sms/inbound").status_code == 404


class TestStatus:
    def test_a_status_is_kept_and_never_leads_backward(self, app, asked):
        sid = asked.sent[0][2]

        words = [status_of(app, sid, word).status_code for word in ("delivered", "sent", "delivered")]

        assert words == [204] * 3
        assert next(m for m in every(TextMessage) if m.gateway_id == sid).status == "delivered"

    def test_of_a_text_that_is_not_recorded_yet_it_is_to_be_told_again(self, app, database):
        assert status_of(app, "SM" + "9" * 32, "sent").status_code == 503

    def test_a_number_that_turns_out_to_be_none_gets_no_more_texts(self, app, asked):
        status_of(app, asked.sent[0][2], "undelivered", ErrorCode="30005")

        assert [p.state for p in every(ContactPoint)] == [ContactState.BAD_NUMBER]

    def test_an_opt_out_at_the_carrier_is_one_here(self, app, asked):
        status_of(app, asked.sent[0][2], "failed", ErrorCode="21610")

        assert [s.reason for s in every(PhoneStop)] == ["gateway"]


def test_the_thanks_go_in_an_order_of_their_own(app, asked):
    text_in(app, "1")

    assert outbox()["thanks-yes"].order_key.startswith("answer:")
