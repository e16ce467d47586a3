import json
import multiprocessing
import os
import re
import select
import signal
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from cie.messaging.gateway import GatewayRefused, GatewayUncertain, signature_is_valid
from cie.sandbox import create_sandbox, serve_sandbox
from cie.sandbox.hooks import OPEN, SHUT
from tests.support.sandbox import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    SERVICE_SID,
    START_SECONDS,
    receiving_app,
    running_sandbox,
)

BODY = "Valley Exchange: help has started."
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages"
END_SECONDS = 20
_numbers = count(5305550110)


@pytest.fixture(scope="module")
def app():
    with receiving_app() as app:
        yield app


@pytest.fixture(scope="module")
def running(app, tmp_path_factory):
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), app.url) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running):
    running.faults(remaining=0)
    return running


@pytest.fixture
def phone():
    return f"+1{next(_numbers)}"


def send(sandbox, app, phone, body=BODY):
    return sandbox.gateway().send(phone, body, status_callback=f"{app.url}/sms/status")


def get(sandbox, path, **query):
    answer = sandbox.http.get(sandbox.url + path, params=query, auth=(ACCOUNT_SID, AUTH_TOKEN), timeout=10)
    answer.raise_for_status()
    return answer.json()


class TestPhones:
    def test_a_phone_shows_both_sides_in_order(self, sandbox, app, phone):
        send(sandbox, app, phone, "First")
        sandbox.reply(phone, "2")
        send(sandbox, app, phone, "Gracias por avisarnos, sí.")

        messages = get(sandbox, f"/phones/{phone}/messages")["messages"]

        assert [(m["from_phone"], m["body"]) for m in messages] == [
            (False, "First"),
            (True, "2"),
            (False, "Gracias por avisarnos, sí."),
        ]
        assert [m["segments"] for m in messages] == [1, 1, 1]
        assert datetime.fromisoformat(messages[0]["at"]).tzinfo is not None

    def test_the_phone_that_was_active_last_comes_first(self, sandbox, app, phone):
        other = f"+1{next(_numbers)}"
        send(sandbox, app, other)
        send(sandbox, app, phone)
        sandbox.reply(phone, "1")

        first, second = get(sandbox, "/phones")["phones"][:2]

        assert (first["number"], first["received"], first["written"]) == (phone, 1, 1)
        assert (second["number"], second["received"], second["written"]) == (other, 1, 0)

    def test_a_number_without_texts_has_none(self, sandbox, phone):
        assert sandbox.bodies(phone) == []

    def test_a_reply_reaches_the_app_signed_as_the_network_signs(self, sandbox, app, phone):
        sandbox.reply(phone, "Sí, me ayudaron")

        arrived = app.next(From=phone)
        assert arrived.url == f"{app.url}/sms/inbound"
        assert arrived.form["Body"] == "Sí, me ayudaron"
        assert arrived.form["AccountSid"] == ACCOUNT_SID
        assert re.fullmatch(r"SM[0-9a-f]{32}", arrived.form["MessageSid"])
        assert signature_is_valid(AUTH_TOKEN, arrived.url, arrived.form, arrived.signature)

    @pytest.mark.parametrize(("number", "body"), [("5305550142", "1"), ("+15305550142", ""), ("+15305550142", None)])
    def test_a_reply_without_a_number_or_words_is_refused(self, sandbox, number, body):
        answer = sandbox.http.post(f"{sandbox.url}/phones/{number}/reply", json={"body": body}, timeout=10)

        assert answer.status_code == 400
        assert answer.json()["error"]


class TestStatuses:
    def test_queued_sent_and_delivered_are_told_and_kept(self, sandbox, app, phone):
        sent = send(sandbox, app, phone)

        told = [app.next(MessageSid=sent.sid) for _ in range(3)]

        assert [post.form["MessageStatus"] for post in told] == ["queued", "sent", "delivered"]
        assert {post.url for post in told} == {f"{app.url}/sms/status"}
        kept = get(sandbox, f"{MESSAGES}/{sent.sid}.json")
        assert kept["status"] == "delivered"
        assert kept["date_sent"] is not None

    def test_an_app_that_fails_is_told_again(self, sandbox, app, phone):
        app.answers[phone].append(503)
        sandbox.reply(phone, "1")

        first, again = app.next(From=phone), app.next(From=phone)

        assert first.form == again.form

    def test_an_app_that_refuses_is_left_alone(self, sandbox, app, phone):
        app.answers[phone].append(403)
        sandbox.reply(phone, "refused")
        sandbox.reply(phone, "taken")

        assert [app.next(From=phone).form["Body"] for _ in range(2)] == ["refused", "taken"]


class TestStop:
    def test_stop_ends_texts_and_is_confirmed_once_by_the_network(self, sandbox, app, phone):
        sandbox.reply(phone, " Stop ")
        sandbox.reply(phone, "STOP")

        with pytest.raises(GatewayRefused) as refused:
            send(sandbox, app, phone)

        assert refused.value.code == 21610
        confirmations = [body for body in sandbox.bodies(phone) if "START" in body]
        assert len(confirmations) == 1
        assert app.next(From=phone).form["Body"] == " Stop "

    def test_start_allows_texts_again(self, sandbox, app, phone):
        sandbox.reply(phone, "STOP")
        sandbox.reply(phone, "START")

        send(sandbox, app, phone)

        assert sandbox.bodies(phone)[-1] == BODY

    def test_natural_wordings_are_left_to_the_app(self, sandbox, app, phone):
        sandbox.reply(phone, "please stop texting me")

        send(sandbox, app, phone, "You will get no more texts.")

        assert sandbox.bodies(phone)[-1] == "You will get no more texts."


class TestFaults:
    def test_answering_twice_doubles_each_status(self, sandbox, app, phone):
        sandbox.faults(answer_twice=True)

        sent = send(sandbox, app, phone)

        told = [app.next(MessageSid=sent.sid).form["MessageStatus"] for _ in range(6)]
        assert told == ["queued", "queued", "sent", "sent", "delivered", "delivered"]
        assert sandbox.bodies(phone) == [BODY]

    def test_answering_twice_doubles_a_reply_under_one_sid(self, sandbox, app, phone):
        sandbox.faults(answer_twice=True)

        sandbox.reply(phone, "1")

        first, again = app.next(From=phone), app.next(From=phone)
        assert first.form["MessageSid"] == again.form["MessageSid"]
        assert len(sandbox.bodies(phone)) == 1

    def test_a_fault_lasts_for_as_many_requests_as_said(self, sandbox, app, phone):
        sandbox.faults(refuse_code=30003, remaining=2)
        for _ in range(2):
            with pytest.raises(GatewayRefused):
                send(sandbox, app, phone)

        send(sandbox, app, phone)

        assert sandbox.bodies(phone) == [BODY]
        assert get(sandbox, "/faults")["remaining"] == 0

    def test_a_lost_answer_still_delivers_once(self, sandbox, app, phone):
        sandbox.faults(lose_answer=True)
        with pytest.raises(GatewayUncertain):
            send(sandbox, app, phone)

        arrived = app.next(To=phone, MessageStatus="delivered")

        assert arrived.form["MessageSid"]
        assert sandbox.bodies(phone) == [BODY]

    @pytest.mark.parametrize(
        "fault",
        [
            {"explode": True},
            {"hang_seconds": -1},
            {"hang_seconds": "long"},
            {"hang_seconds": True},
            {"refuse_code": 1},
            {"refuse_code": "21610"},
            {"answer_twice": 1},
            {"lose_answer": "yes"},
            {"remaining": -1},
            {"remaining": 1.5},
            ["hang"],
        ],
    )
    def test_a_fault_that_is_not_one_is_refused_and_changes_nothing(self, sandbox, fault):
        answer = sandbox.http.put(f"{sandbox.url}/faults", json=fault, timeout=10)

        assert answer.status_code == 400
        assert get(sandbox, "/faults")["remaining"] == 0


class TestRest:
    def test_another_account_or_token_is_refused(self, sandbox):
        for account, token in [(ACCOUNT_SID, "b" * 32), ("AC" + "9" * 32, AUTH_TOKEN), ("", "")]:
            answer = sandbox.http.get(f"{sandbox.url}{MESSAGES}.json", auth=(account, token), timeout=10)
            assert answer.status_code == 401
            assert answer.json()["code"] == 20003

    def test_a_callback_to_another_machine_is_refused(self, sandbox, phone):
        with pytest.raises(GatewayRefused) as refused:
            sandbox.gateway().send(phone, BODY, status_callback="https://exchange.example.org/sms/status")

        assert refused.value.code == 21609

    def test_an_unknown_text_is_not_found(self, sandbox):
        answer = sandbox.http.get(
            f"{sandbox.url}{MESSAGES}/SM{'0' * 32}.json", auth=(ACCOUNT_SID, AUTH_TOKEN), timeout=10
        )

        assert answer.status_code == 404
        assert answer.json()["code"] == 20404

    def test_the_list_is_filtered_by_number_and_day_and_paged_newest_first(self, sandbox, app, phone):
        sids = [send(sandbox, app, phone, f"Text {n}").sid for n in range(3)]
        app.next(MessageSid=sids[-1], MessageStatus="delivered")
        today, tomorrow = datetime.now(UTC).date(), datetime.now(UTC).date() + timedelta(days=1)

        first = get(sandbox, f"{MESSAGES}.json", To=phone, PageSize=2)
        rest = get(sandbox, first["next_page_uri"])

        assert [m["sid"] for m in first["messages"] + rest["messages"]] == sids[::-1]
        assert rest["next_page_uri"] is None
        assert (
            len(get(sandbox, f"{MESSAGES}.json", To=phone, **{"DateSent>": f"{today - timedelta(1)}"})["messages"]) == 3
        )
        assert get(sandbox, f"{MESSAGES}.json", To=phone, **{"DateSent>": f"{tomorrow}"})["messages"] == []
        assert get(sandbox, f"{MESSAGES}.json", To=phone, **{"DateSent<": f"{today - timedelta(1)}"})["messages"] == []
        assert get(sandbox, f"{MESSAGES}.json", To=phone, DateSent=f"{tomorrow}")["messages"] == []

    def test_a_day_that_is_none_is_refused(self, sandbox):
        answer = sandbox.http.get(
            f"{sandbox.url}{MESSAGES}.json",
            params={"DateSent": "soon"},
            auth=(ACCOUNT_SID, AUTH_TOKEN),
            timeout=10,
        )

        assert answer.status_code == 400


class TestHooks:
    def test_one_address_takes_every_notice_and_one_is_shut(self, sandbox):
        answers = [sandbox.http.post(f"{sandbox.url}/hooks/{name}", data=b"{}", timeout=10) for name in (OPEN, SHUT)]

        assert [(answer.status_code, answer.content) for answer in answers] == [(204, b""), (503, b"")]


class TestPublishedInterface:
    @pytest.fixture
    def paths_and_schemas(self):
        root = os.environ.get("CIE_REFERENCE")
        if not root:
            pytest.skip("CIE_REFERENCE is not set")
        document = json.loads((Path(root) / "twilio" / "twilio_api_v2010.json").read_text("utf-8"))
        return document["paths"], document["components"]["schemas"]

    def test_answers_have_the_fields_and_forms_that_are_published(self, sandbox, app, phone, paths_and_schemas):
        paths, schemas = paths_and_schemas
        message = schemas["api.v2010.account.message"]["properties"]
        listing = paths["/2010-04-01/Accounts/{AccountSid}/Messages.json"]["get"]["responses"]["200"]
        page_fields = listing["content"]["application/json"]["schema"]["properties"]
        created = sandbox.http.post(
            f"{sandbox.url}{MESSAGES}.json",
            data={"To": phone, "Body": BODY, "MessagingServiceSid": SERVICE_SID},
            auth=(ACCOUNT_SID, AUTH_TOKEN),
            timeout=10,
        )
        fetched = get(sandbox, f"{MESSAGES}/{created.json()['sid']}.json")
        sandbox.reply(phone, "1")
        page = get(sandbox, f"{MESSAGES}.json")

        assert created.status_code == 201
        assert page.keys() == page_fields.keys()
        for document in [created.json(), fetched, *page["messages"]]:
            assert document.keys() == message.keys()
            for name, rule in message.items():
                self.check(document[name], rule, schemas)

    def check(self, value, rule, schemas):
        rule = schemas[rule["$ref"].rpartition("/")[2]] if "$ref" in rule else rule
        if value is None:
            assert rule.get("nullable")
            return
        assert isinstance(value, {"string": str, "integer": int, "object": dict}[rule["type"]])
        assert value in rule.get("enum", [value])
        assert re.fullmatch(rule.get("pattern", "(?s:.*)"), value) if isinstance(value, str) else True
        if rule.get("format") == "date-time-rfc-2822":
            assert datetime.strptime(value, "%a, %d %b %Y %H:%M:%S %z")


class TestProcess:
    def test_what_it_knew_outlives_it(self, tmp_path, app, phone):
        with running_sandbox(tmp_path, app.url) as sandbox:
            sandbox.reply(phone, "STOP")

        with running_sandbox(tmp_path, app.url) as sandbox, pytest.raises(GatewayRefused) as refused:
            send(sandbox, app, phone)

        assert refused.value.code == 21610

    def test_what_it_owed_outlives_it(self, tmp_path, phone):
        with receiving_app() as app:
            app.answers[phone].extend([503] * 50)
            with running_sandbox(tmp_path, app.url) as sandbox:
                sandbox.reply(phone, "2")
                missed = app.next(From=phone)
            app.answers.clear()
            app.arrived.queue.clear()

            with running_sandbox(tmp_path, app.url):
                arrived = app.next(From=phone)

        assert arrived.form == missed.form

    def test_what_the_app_missed_comes_when_it_is_back(self, sandbox, app, phone):
        app.answers[phone].append(500)
        app.answers[phone].append(502)
        sandbox.reply(phone, "4")

        assert [app.next(From=phone).form["Body"] for _ in range(3)] == ["4", "4", "4"]

    def test_it_ends_when_the_process_that_started_it_is_killed(self, tmp_path):
        spawn = multiprocessing.get_context("spawn")
        here, there = spawn.Pipe()
        parent = spawn.Process(target=start_and_wait, args=(tmp_path / "sandbox.db", there))
        parent.start()
        assert here.poll(START_SECONDS)
        sandbox_end = os.pidfd_open(here.recv())

        os.kill(parent.pid, signal.SIGKILL)
        ended, _, _ = select.select([sandbox_end], [], [], END_SECONDS)

        os.close(sandbox_end)
        parent.join()
        for resource in (parent, here, there):
            resource.close()
        assert ended

    def test_it_refuses_to_post_to_another_machine(self, tmp_path):
        with pytest.raises(ValueError, match="loopback"):
            create_sandbox(
                tmp_path / "sandbox.db",
                account_sid=ACCOUNT_SID,
                auth_token=AUTH_TOKEN,
                app_url="https://exchange.example.org",
            )


def start_and_wait(store, told):
    """A parent as `make demo` is one: it starts the sandbox, says its process id, and waits for it."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    values = {"port": 0, "account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN, "ready": there.send}
    child = spawn.Process(target=serve_sandbox, args=(store,), kwargs=values | {"app_url": "http://127.0.0.1:1"})
    child.start()
    here.recv()
    told.send(child.pid)
    child.join()
