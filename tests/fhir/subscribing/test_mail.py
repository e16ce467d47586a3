"""Notifications by e-mail: asked first, numbered as by any other channel, and without a word about anybody."""

import signal
from datetime import timedelta

import pytest

from cie.db import transaction
from cie.fhir.checking import faults_in
from cie.fhir.subscribing import KIND
from tests.factories import make_participant
from tests.fhir.place import make_reading_loop
from tests.fhir.readers import Reader, faults
from tests.fhir.sending import referral
from tests.fhir.subscribing.mailing import (
    INTAKE,
    bundles_in,
    by_mail,
    confirm,
    every,
    stop,
    token_in,
    told_in,
    types_in,
    use,
)
from tests.fhir.subscribing.setting import HOUR, MINUTE, REFERRALS, XML, Listener, numbers, said, wish
from tests.mail.server import MailServer, mail_server, text_of
from tests.support.commands import environment, running, until
from tests.support.exchange import free_port
from tests.support.web import make_app

DAY = timedelta(days=1)
ALL = [(1, "Task/t1"), (2, "Task/t2"), (3, "Task/t1")]
LATER = HOUR / 3
"""By then each notification that was not taken is due again."""


@pytest.fixture
def server(listener):
    with mail_server() as server:
        use(listener, server)
        yield server


@pytest.fixture
def id(listener, server):
    """A subscription by e-mail that is active; what led to it is taken out of the mailbox."""
    id = subscribed(listener, server)
    server.taken.clear()
    return id


def subscribed(listener, server, **said):
    """A subscription by e-mail whose reader said yes."""
    id = listener.subscribe(**by_mail(**said))
    listener.deliver()
    confirm(listener, server.letters[-1])
    listener.deliver(2 * MINUTE)
    assert listener.read(id)["status"] == "active"
    return id


def three_things_happen(listener):
    listener.task("t1")
    listener.task("t2")
    listener.task("t1", status="accepted")


class TestAsking:
    def test_an_address_gets_one_question_and_nothing_else_before_its_reader_said_yes(self, listener, server):
        id = listener.subscribe(**by_mail())
        three_things_happen(listener)
        listener.deliver_until(listener.now + 3 * HOUR)

        (question,) = server.letters
        assert (question["To"], question["Subject"]) == (INTAKE, "Valley Exchange: please answer")
        assert list(question.iter_attachments()) == []
        assert listener.read(id)["status"] == "requested"

    @pytest.mark.both_databases
    def test_after_a_yes_comes_the_handshake_and_all_that_happened_meanwhile(self, listener, server):
        id = listener.subscribe(**by_mail())
        three_things_happen(listener)
        listener.deliver()

        confirm(listener, server.letters[0])
        listener.deliver(2 * MINUTE)

        assert listener.read(id)["status"] == "active"
        assert types_in(server.letters) == ["handshake", *["event-notification"] * 3]
        assert told_in(server.letters) == ALL

    def test_without_an_answer_it_is_an_error_after_a_week(self, listener, server):
        id = listener.subscribe(**by_mail())
        listener.deliver()
        listener.deliver(8 * DAY)

        assert (listener.read(id)["status"], listener.read(id)["error"]) == ("error", "not confirmed in time")
        assert len(server.taken) == 1

    def test_a_no_is_an_error_and_stays_one_however_often_a_program_asks(self, listener, server):
        id = listener.subscribe(**by_mail())
        listener.deliver()
        stop(listener, server.letters[0])
        listener.deliver(2 * MINUTE)
        refused = listener.read(id)
        for _day in range(3):
            listener.change(id, status="requested")
            listener.deliver(2 * DAY)

        assert (refused["status"], refused["error"]) == ("error", "stopped by its reader")
        assert listener.read(id)["status"] == "error"
        assert len(server.taken) == 1

    def test_an_address_that_does_not_exist_is_an_error_at_once(self, listener, server):
        server.rcpt.append("550 5.1.1 no such mailbox")
        id = listener.subscribe(**by_mail())
        listener.deliver()
        listener.deliver(2 * MINUTE)

        assert (listener.read(id)["status"], listener.read(id)["error"]) == ("error", "the address was refused")

    def test_what_another_organization_was_told_counts_for_nothing(self, listener, other, server):
        subscribed(listener, server)
        use(other, server)
        server.taken.clear()

        theirs = other.subscribe(**by_mail())
        other.task("t9")
        other.deliver()

        assert [each["Subject"] for each in server.letters] == ["Valley Exchange: please answer"]
        assert other.read(theirs)["status"] == "requested"

    def test_a_second_subscription_of_the_same_organization_asks_nobody_again(self, listener, server, id):
        second = listener.subscribe(**by_mail(INTAKE.upper().replace("PANTRY.EXAMPLE.ORG", "pantry.example.org")))
        listener.deliver()

        assert types_in(server.letters) == ["handshake"]
        assert listener.read(second)["status"] == "active"


class TestRates:
    def test_a_program_that_asks_again_and_again_has_an_address_asked_once(self, listener, server):
        id = listener.subscribe(**by_mail())
        for _time in range(5):
            listener.change(id, status="off")
            listener.change(id, status="requested")
            listener.deliver(MINUTE)

        assert len(server.taken) == 1

    def test_twenty_addresses_a_day_for_one_organization(self, listener):
        for number in range(20):
            id = listener.subscribe(**by_mail(f"box{number}@pantry.example.org"))
            listener.change(id, status="off")

        answer = listener.send("POST", "/Subscription", wish(**by_mail("box20@pantry.example.org")))

        assert (answer.status_code, faults(answer)[0][0]) == (429, "throttled")

    def test_three_questions_a_day_for_one_address_whoever_asks(self, listener, server, others):
        for each in others:
            each.subscribe(**by_mail())
        listener.deliver()
        at_first = len(server.taken)
        listener.deliver(25 * HOUR)

        assert (at_first, len(server.taken)) == (3, 4)

    @pytest.fixture
    def others(self, clinic):
        with transaction() as session:
            owners = [make_participant(session, name=f"Place {number}") for number in range(4)]
        return [Listener(Reader(clinic.app, owner)) for owner in owners]


class TestTelling:
    def test_each_event_is_an_e_mail_with_its_notification_attached(self, listener, server, id):
        three_things_happen(listener)
        listener.deliver()

        assert told_in(server.letters) == ALL
        assert [fault for each in bundles_in(server.letters) for fault in faults_in(each)] == []
        assert "This is number 3." in text_of(server.letters[-1])
        assert f"/fhir/Subscription/{id}/$events" in text_of(server.letters[-1])

    @pytest.mark.parametrize("payload", [XML, f"text/plain;attach={XML}"])
    def test_in_xml(self, listener, server, payload):
        subscribed(listener, server, payload=payload)
        listener.task("t1")
        listener.deliver()

        assert told_in(server.letters) == ALL[:1]

    def test_empty_it_says_only_that_something_was(self, listener, server):
        subscribed(listener, server, content="empty")
        listener.task("t1")
        listener.deliver()

        assert told_in(server.letters) == [(1, "")]
        assert b"t1" not in server.taken[-1]

    def test_in_words_alone_nothing_is_attached(self, listener, server):
        subscribed(listener, server, content="empty", payload="text/plain")
        listener.task("t1")
        listener.deliver()

        assert "This is number 1." in text_of(server.letters[-1])
        assert all(list(each.iter_attachments()) == [] for each in server.letters)

    def test_that_we_are_there_when_nothing_was_told_for_its_period(self, listener, server):
        subscribed(listener, server, channel=every(86_400))
        listener.tend(25 * HOUR)
        listener.deliver()

        assert types_in(server.letters)[-1] == "heartbeat"

    def test_what_may_not_be_read_any_more_is_not_named(self, listener, server, id):
        listener.task("t1")
        listener.take("Task", "t1")
        listener.deliver()

        assert told_in(server.letters) == [(1, "")]

    def test_a_reader_can_stop_it_by_any_e_mail_that_they_got(self, listener, server, id):
        listener.task("t1")
        listener.deliver()
        stop(listener, server.letters[-1])
        listener.task("t2")
        listener.deliver()

        assert told_in(server.letters) == ALL[:1]
        assert listener.read(id)["error"] == "stopped by its reader"

    def test_from_a_page_to_a_mailbox_the_numbers_go_on(self, listener, server):
        id = listener.subscribe()
        listener.task("t1")

        changed = listener.change(id, channel=wish(**by_mail())["channel"], status="requested")
        listener.deliver()
        confirm(listener, server.letters[0])
        listener.task("t2")
        listener.deliver(2 * MINUTE)

        assert changed.get_json()["channel"]["type"] == "email"
        assert told_in(server.letters) == ALL[:2]
        assert listener.row(id).endpoint == ""


class TestTrouble:
    def test_a_server_that_is_down_for_an_hour_gets_all_in_order(self, listener, server, id):
        three_things_happen(listener)
        use(listener, MailServer(free_port()))
        listener.deliver_until(listener.now + HOUR)
        assert (listener.read(id)["status"], listener.states()[0]) == ("active", ("retry", "no answer"))
        use(listener, server)
        listener.deliver_until(listener.now + HOUR)

        assert told_in(server.letters) == ALL

    def test_one_that_asks_to_come_back_gets_all_in_order(self, listener, server, id):
        three_things_happen(listener)
        server.data.extend(["451 later", "452 later"])
        listener.deliver()
        assert listener.states()[0] == ("retry", "refused 451")
        listener.deliver_until(listener.now + HOUR)

        assert told_in(server.letters) == ALL

    def test_refused_for_good_it_is_an_error_until_its_program_takes_it_up_again(self, listener, server, id):
        three_things_happen(listener)
        server.rcpt.append("550 5.1.1 no such mailbox")
        listener.deliver()
        refused = listener.read(id)
        listener.change(id, status="requested")
        listener.deliver(2 * MINUTE)

        assert (refused["status"], refused["error"]) == ("error", "refused 550")
        assert types_in(server.letters)[0] == "handshake"
        assert told_in(server.letters) == ALL
        assert listener.read(id)["status"] == "active"

    def test_after_a_handshake_that_our_own_server_lost_it_is_asked_again(self, listener, server):
        id = listener.subscribe(**by_mail())
        listener.deliver()
        confirm(listener, server.letters[0])
        server.data.append("451 later")
        listener.deliver(2 * MINUTE)
        assert listener.read(id)["status"] == "requested"
        listener.deliver(LATER)

        assert listener.read(id)["status"] == "active"

    @pytest.mark.both_databases
    def test_killed_in_the_middle_the_next_worker_says_the_same_again(self, listener, server, id, migrated, tmp_path):
        server.hangs = True
        three_things_happen(listener)
        way = {"CIE_EMAIL_GATEWAY": "smtp", "CIE_SMTP_HOST": "127.0.0.1", "CIE_SMTP_PORT": str(server.port)}
        env = environment(migrated, CIE_SMTP_SECURITY="none", **way)
        with running("worker", env=env, log=tmp_path / "worker") as worker:
            until(lambda: server.taken)
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        server.hangs = False
        listener.deliver(2 * MINUTE)

        assert told_in(server.letters) == [ALL[0], *ALL]
        assert len({each["Message-ID"].partition("@")[0] for each in server.letters}) == 3
        answer = listener.reader.get(f"/Subscription/{id}/$events").get_json()
        assert numbers(answer) == ALL

    def test_its_status_says_what_is_wrong(self, listener, server, id):
        listener.task("t1")
        server.data.append("554 5.7.1 not wanted")
        listener.deliver()

        (entry,) = listener.reader.get(f"/Subscription/{id}/$status").get_json()["entry"]
        assert said({"entry": [entry]})["error"]["text"] == "refused 554"


class TestPrivacy:
    def test_nothing_of_anybody_is_in_an_e_mail_nor_its_address_in_the_outbox(self, database, migrated):
        loop = make_reading_loop()
        listener = Listener(Reader(make_app(migrated), loop.clinic))
        with mail_server() as server:
            use(listener, server)
            subscribed(listener, server, topic=REFERRALS)
            sent = listener.send("POST", "", referral(loop))
            listener.deliver()

        assert sent.status_code == 200
        assert len(told_in(server.letters)) >= 2
        read = [*map(text_of, server.letters), *map(str, bundles_in(server.letters))]
        everything = "".join([*read, *(str(each.items()) for each in server.letters)]).lower()
        names = [loop.person.given_name, loop.person.family_name, "food", loop.clinic.name, loop.pantry.name]
        assert [name for name in names if name.lower() in everything] == []

    def test_an_e_mail_says_not_even_of_which_topic_in_its_words(self, listener, server, id):
        listener.task("t1")
        listener.deliver()

        words = text_of(server.letters[-1]).replace(token_in(server.letters[-1]), "").lower()
        assert [word for word in ("referral", "task", "sdoh", "clinic", "need") if word in words] == []
        assert KIND not in words
