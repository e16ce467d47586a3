"""The demo phone, against the pretend network as a real process."""

import re
from datetime import UTC, datetime
from itertools import count
from uuid import uuid4

import pytest

from cie.app import compose, create_app
from cie.db import configure
from cie.mail import Attachment, Letter, MailAway, SandboxMail
from tests.conftest import settings_for
from tests.support.exchange import free_port
from tests.support.sandbox import ARRIVAL_SECONDS, receiving_app, running_sandbox
from tests.support.web import Browser, make_app

_numbers = count(5305550110)


@pytest.fixture(scope="module")
def text_door():
    with receiving_app() as app:
        yield app


@pytest.fixture(scope="module")
def running(text_door, tmp_path_factory):
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), text_door.url) as sandbox:
        yield sandbox


@pytest.fixture
def network(running):
    running.faults(remaining=0)
    return running


@pytest.fixture
def number():
    return f"+1{next(_numbers)}"


def browser_at(url, folder, **more):
    settings = settings_for(f"sqlite:///{folder}/cie.db", folder, sandbox_url=url).model_copy(update=more)
    configure(settings)
    return Browser(make_app(settings))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("pages")


@pytest.fixture
def browser(network, folder):
    return browser_at(network.url, folder)


def text(answer):
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def words(answer):
    return re.findall(r"</span><bdi>(.*?)</bdi></p>", text(answer))


def send(network, text_door, number, body):
    network.gateway().send(number, body, status_callback=f"{text_door.url}/sms/status")


def key_of(page):
    return re.search(r'name="phone" value="(\w+)"', text(page)).group(1)


class TestPhone:
    def test_before_the_first_text_it_says_what_comes(self, text_door, tmp_path):
        with running_sandbox(tmp_path, text_door.url) as fresh:
            page = browser_at(fresh.url, tmp_path).get("/sandbox/phone")

        assert page.status_code == 200
        assert "No texts yet." in text(page)
        assert "Everyone here is invented" in text(page)

    def test_the_texts_stand_newest_last(self, network, text_door, number, browser):
        for body in ("First", "Second"):
            send(network, text_door, number, body)
        network.reply(number, "2")

        page = browser.get("/sandbox/phone")

        assert words(page) == ["First", "Second", "2"]
        assert f"Mobile ending {number[-4:]}" in text(page)

    def test_no_address_or_title_holds_a_number(self, network, text_door, number, browser):
        send(network, text_door, number, "Hello")

        page = text(browser.get("/sandbox/phone"))

        assert "<title>Demo phone</title>" in page
        assert not [a for a in re.findall(r'(?:href|action)="([^"]*)"', page) if number[-10:] in a]

    def test_another_phone_can_be_chosen(self, network, text_door, number, browser):
        send(network, text_door, number, "To the first")
        first = key_of(browser.get("/sandbox/phone"))
        send(network, text_door, f"+1{next(_numbers)}", "To the second")

        assert words(browser.get("/sandbox/phone")) == ["To the second"]
        assert words(browser.get(f"/sandbox/phone?phone={first}")) == ["To the first"]

    def test_what_was_written_is_shown_as_words_and_not_as_markup(self, network, text_door, number, browser):
        network.reply(number, "<script>alert(1)</script>")

        assert "<script>alert" not in text(browser.get("/sandbox/phone"))

    def test_it_tells_when_texts_go_out(self, network, folder):
        any_hour = browser_at(network.url, folder, text_hours="0-24").get("/sandbox/phone")
        daytime = browser_at(network.url, folder, text_hours="9-20").get("/sandbox/phone")

        assert "Texts go out at any hour in this demo." in text(any_hour)
        assert re.search(r"Texts go out from 9(:00)? am to 8(:00)? pm\.", text(daytime))

    def test_the_codes_of_the_demo_staff_are_there(self, browser):
        assert re.search(r"Sorrel Finch</bdi></dt><dd><bdi[^>]*>\d{3} \d{3}<", text(browser.get("/sandbox/phone")))


class TestAnswer:
    def test_an_answer_comes_to_the_text_door_signed(self, network, text_door, number, browser):
        send(network, text_door, number, "Did help come?")
        key = key_of(browser.get("/sandbox/phone"))

        answer = browser.post("/sandbox/phone", phone=key, body="1")

        assert (answer.status_code, answer.location) == (303, f"/sandbox/phone?phone={key}#newest")
        arrived = text_door.next(From=number)
        assert arrived.form["Body"] == "1"
        assert arrived.url.endswith("/sms/inbound")
        assert arrived.signature

    def test_an_empty_answer_is_told_at_its_box(self, network, text_door, number, browser):
        send(network, text_door, number, "Did help come?")

        answer = browser.post("/sandbox/phone", phone=key_of(browser.get("/sandbox/phone")), body=" ")

        assert answer.status_code == 422
        assert 'href="#body">Your text: write something, or choose a number' in text(answer)
        assert "<title>Error: Demo phone</title>" in text(answer)

    def test_a_long_answer_is_kept_in_its_box(self, network, text_door, number, browser):
        send(network, text_door, number, "Did help come?")

        answer = browser.post("/sandbox/phone", phone=key_of(browser.get("/sandbox/phone")), body="a" * 1601)

        assert answer.status_code == 422
        assert "a" * 1601 in text(answer)


class TestNetwork:
    @pytest.mark.parametrize(
        ("fault", "kept"),
        [
            ("hang", {"hang_seconds": 20}),
            ("refuse", {"refuse_code": 30003}),
            ("refuse-number", {"refuse_code": 21211}),
            ("twice", {"answer_twice": True}),
            ("lose", {"lose_answer": True}),
        ],
    )
    def test_it_can_be_told_to_do_wrong(self, network, browser, fault, kept):
        browser.post("/sandbox/faults", page="/sandbox/phone", fault=fault, times="3")

        now = network.http.get(f"{network.url}/faults", timeout=ARRIVAL_SECONDS).json()
        assert kept.items() | {"remaining": 3}.items() <= now.items()
        assert re.search(rf'value="{fault}" checked', text(browser.get("/sandbox/phone")))

    def test_it_can_be_told_to_work_again(self, network, browser):
        network.faults(lose_answer=True, remaining=100)

        browser.post("/sandbox/faults", page="/sandbox/phone", fault="none", times="1")

        assert 'value="none" checked' in text(browser.get("/sandbox/phone"))

    def test_something_else_is_told_at_its_box(self, browser):
        answer = browser.post("/sandbox/faults", page="/sandbox/phone", fault="explode", times="1")

        assert answer.status_code == 422
        assert 'href="#fault">What the network does: choose one' in text(answer)


class TestAway:
    @pytest.fixture
    def alone(self, folder):
        return browser_at("http://127.0.0.1:9", folder)

    def test_a_network_that_gives_no_answer_is_said_so(self, alone):
        page = alone.get("/sandbox/phone")

        assert page.status_code == 503
        assert "The demo phone is away" in text(page)
        assert "Try again" in text(page)

    @pytest.mark.parametrize("form", [{"body": "1", "phone": "x"}, {"body": "", "phone": "x"}])
    def test_so_is_an_answer_that_it_cannot_take(self, alone, form):
        answer = alone.post("/sandbox/phone", **form)

        assert answer.status_code == 503
        assert "The demo phone is away" in text(answer)


def test_there_is_no_such_page_in_production(tmp_path):
    settings = settings_for(f"sqlite:///{tmp_path}/cie.db", tmp_path).model_copy(update={"env": "production"})
    configure(settings)
    app = create_app(settings, compose(settings))

    assert Browser(app).get("/sandbox/phone").status_code == 404


class TestMailbox:
    def test_before_the_first_e_mail_it_says_what_comes(self, text_door, tmp_path):
        with running_sandbox(tmp_path, text_door.url) as fresh:
            page = browser_at(fresh.url, tmp_path).get("/sandbox/mail")

        assert "No e-mails yet." in text(page)

    def test_an_e_mail_shows_once_with_its_link_and_what_is_attached(self, network, browser):
        words = "Open this page:\nhttp://127.0.0.1:8000/mail/abc"
        file = Attachment("notification.json", "application/fhir+json", b'{"a": "<b>"}')
        subject, at = "Valley Exchange: please answer", datetime.now(UTC)
        letter = Letter(uuid4(), "intake@pantry.example.org", subject, words, at, file)
        for _time in range(2):
            SandboxMail(network.url).send(letter)

        page = text(browser.get("/sandbox/mail"))

        assert page.count(subject) == 1
        assert 'href="http://127.0.0.1:8000/mail/abc"' in page
        assert "notification.json" in page and "&lt;b&gt;" in page

    def test_one_that_is_away_takes_nothing(self):
        with pytest.raises(MailAway):
            SandboxMail(f"http://127.0.0.1:{free_port()}").check()
