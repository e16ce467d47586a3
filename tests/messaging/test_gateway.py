import json
import logging
import os
import re
import socket
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qsl, urlsplit

import pytest

from cie.messaging.gateway import (
    REFUSALS,
    GatewayDown,
    GatewayError,
    GatewayRefused,
    GatewayUncertain,
    RefusalKind,
    gateway_from,
    is_loopback,
    refusal_for,
    signature_is_valid,
)
from tests.support.sandbox import ACCOUNT_SID, AUTH_TOKEN, SERVICE_SID, receiving_app, running_sandbox

BODY = "Valley Exchange: help has started."
HANG_SECONDS = 60
PATIENCE_SECONDS = 1.0
_numbers = count(5595550110)


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


def just_now():
    return datetime.now(UTC) - timedelta(seconds=1)


def closed_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def gateway_at(url):
    return gateway_from(account_sid=ACCOUNT_SID, auth_token=AUTH_TOKEN, messaging_service_sid=SERVICE_SID, base_url=url)


class TestSend:
    def test_a_text_arrives_on_the_phone_in_the_same_words(self, sandbox, app, phone):
        body = "¿Le ayudaron con lo que pidió?"

        sent = sandbox.gateway().send(phone, body, status_callback=f"{app.url}/sms/status")

        assert re.fullmatch(r"SM[0-9a-f]{32}", sent.sid)
        assert sent.status == "queued"
        assert sent.error_code is None
        assert sandbox.bodies(phone) == [body]

    def test_its_later_status_comes_signed_for_the_public_address(self, sandbox, app, phone):
        url = f"{app.url}/sms/status?text=7"

        sent = sandbox.gateway().send(phone, BODY, status_callback=url)
        arrived = app.next(MessageSid=sent.sid, MessageStatus="delivered")

        assert arrived.url == url
        assert signature_is_valid(AUTH_TOKEN, arrived.url, arrived.form, arrived.signature)

    @pytest.mark.parametrize(
        ("to", "body", "code"),
        [("", BODY, 21604), ("555-0142", BODY, 21211), (None, "x" * 1601, 21617), (None, "", 21602)],
    )
    def test_what_the_network_would_never_take_is_refused_for_good(self, sandbox, phone, to, body, code):
        with pytest.raises(GatewayRefused) as refused:
            sandbox.gateway().send(phone if to is None else to, body, status_callback="")

        assert refused.value.code == code
        assert refused.value.permanent

    def test_nothing_goes_to_a_number_that_wrote_stop(self, sandbox, phone):
        sandbox.reply(phone, "STOP")

        with pytest.raises(GatewayRefused) as refused:
            sandbox.gateway().send(phone, BODY, status_callback="")

        assert refused.value.code == 21610
        assert refused.value.kind == RefusalKind.OPTED_OUT
        assert BODY not in sandbox.bodies(phone)

    @pytest.mark.parametrize("code", [c for c in REFUSALS if c not in (21604, 21617)])
    def test_each_code_of_the_table_is_read_from_a_real_answer(self, sandbox, phone, code):
        sandbox.faults(refuse_code=code)

        with pytest.raises(GatewayRefused) as refused:
            sandbox.gateway().send(phone, BODY, status_callback="")

        assert (refused.value.kind, refused.value.permanent) == (REFUSALS[code].kind, REFUSALS[code].permanent)
        assert sandbox.bodies(phone) == []

    def test_a_wrong_token_halts_and_is_no_fault_of_the_number(self, sandbox, phone):
        gateway = gateway_from(
            account_sid=ACCOUNT_SID,
            auth_token="b" * 32,
            messaging_service_sid=SERVICE_SID,
            base_url=sandbox.url,
        )

        with pytest.raises(GatewayRefused) as refused:
            gateway.send(phone, BODY, status_callback="")

        assert refused.value.kind == RefusalKind.HALT
        assert not refused.value.permanent

    def test_a_gateway_that_hangs_leaves_it_uncertain(self, sandbox, phone):
        sandbox.faults(hang_seconds=HANG_SECONDS)

        with pytest.raises(GatewayUncertain):
            sandbox.gateway(PATIENCE_SECONDS).send(phone, BODY, status_callback="")

        assert sandbox.bodies(phone) == [BODY]

    def test_a_lost_answer_leaves_it_uncertain(self, sandbox, phone):
        sandbox.faults(lose_answer=True)

        with pytest.raises(GatewayUncertain):
            sandbox.gateway().send(phone, BODY, status_callback="")

        assert sandbox.bodies(phone) == [BODY]

    def test_a_fault_of_the_provider_leaves_it_uncertain(self, sandbox, phone):
        sandbox.faults(refuse_code=20503)

        with pytest.raises(GatewayUncertain):
            sandbox.gateway().send(phone, BODY, status_callback="")

    def test_a_refused_connection_means_it_was_not_sent(self, phone):
        with pytest.raises(GatewayDown):
            gateway_at(f"http://127.0.0.1:{closed_port()}").send(phone, BODY, status_callback="")

    def test_a_proxy_of_the_environment_never_carries_a_sandbox_text(self, sandbox, phone, monkeypatch):
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")

        sandbox.gateway().send(phone, BODY, status_callback="")

        assert sandbox.bodies(phone) == [BODY]


class TestFind:
    def test_a_text_whose_answer_was_lost_is_found_so_nobody_sends_it_twice(self, sandbox, phone):
        sandbox.faults(lose_answer=True)
        since = just_now()
        with pytest.raises(GatewayUncertain):
            sandbox.gateway().send(phone, BODY, status_callback="")

        found = sandbox.gateway().find(phone, BODY, since=since)

        assert found is not None
        assert found.sid.startswith("SM")

    def test_the_text_found_is_the_one_that_was_sent(self, sandbox, phone):
        gateway = sandbox.gateway()
        sent = gateway.send(phone, BODY, status_callback="")

        found = gateway.find(phone, BODY, since=just_now())

        assert found is not None
        assert found.sid == sent.sid

    def test_other_words_another_phone_and_an_older_text_are_not_it(self, sandbox, phone):
        gateway = sandbox.gateway()
        gateway.send(phone, BODY, status_callback="")

        assert gateway.find(phone, BODY + " ", since=just_now()) is None
        assert gateway.find(f"{phone}9", BODY, since=just_now()) is None
        assert gateway.find(phone, BODY, since=just_now() + timedelta(hours=1)) is None

    def test_what_the_person_wrote_is_not_it(self, sandbox, phone):
        sandbox.reply(phone, BODY)

        assert sandbox.gateway().find(phone, BODY, since=just_now()) is None

    def test_a_look_up_that_cannot_be_made_says_so(self, phone):
        with pytest.raises(GatewayDown):
            gateway_at(f"http://127.0.0.1:{closed_port()}").find(phone, BODY, since=just_now())


class TestPrivacy:
    def test_neither_number_nor_words_reach_a_log(self, sandbox, phone, caplog):
        caplog.set_level(logging.DEBUG)
        gateway = sandbox.gateway()

        gateway.send(phone, BODY, status_callback="")
        gateway.find(phone, BODY, since=just_now())

        assert phone[1:] not in caplog.text
        assert BODY not in caplog.text

    @pytest.mark.parametrize("fault", [{"refuse_code": 21211}, {"lose_answer": True}])
    def test_an_error_carries_neither_nor_the_error_that_caused_it(self, sandbox, phone, fault):
        sandbox.faults(**fault)

        with pytest.raises(GatewayError) as failed:
            sandbox.gateway().send(phone, BODY, status_callback="")

        assert phone[1:] not in repr(failed.value)
        assert BODY not in repr(failed.value)
        assert failed.value.__context__ is None

    def test_a_failed_look_up_does_not_show_the_number(self, phone):
        with pytest.raises(GatewayDown) as failed:
            gateway_at(f"http://127.0.0.1:{closed_port()}").find(phone, BODY, since=just_now())

        assert phone[1:] not in repr(failed.value)
        assert failed.value.__context__ is None


@pytest.mark.parametrize(
    "url",
    [
        "https://api.twilio.com",
        "http://192.168.1.10:8002",
        "http://127.0.0.1.example.org",
        "http://localhost@example.org",
        "http://127.0.0.1:port",
        "https://127.0.0.1:8002",
        "//127.0.0.1",
        "",
    ],
)
def test_a_sandbox_anywhere_else_than_on_this_machine_is_refused(url):
    assert not is_loopback(url)
    with pytest.raises(ValueError, match="loopback"):
        gateway_at(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8002", "http://localhost:8002/", "http://[::1]:8002"])
def test_this_machine_has_several_names(url):
    assert is_loopback(url)


@pytest.mark.parametrize(
    ("code", "status", "kind", "permanent"),
    [
        (99999, 400, RefusalKind.REFUSED, True),
        (99999, 403, RefusalKind.HALT, False),
        (99999, 429, RefusalKind.RATE, False),
        (30003, 400, RefusalKind.UNREACHABLE, False),
        (30006, 200, RefusalKind.LANDLINE, True),
    ],
)
def test_a_code_that_is_not_in_the_table_goes_by_its_status(code, status, kind, permanent):
    refusal = refusal_for(code, status)

    assert (refusal.kind, refusal.permanent) == (kind, permanent)


def test_a_changed_form_address_or_token_breaks_the_signature(sandbox, app, phone):
    sandbox.reply(phone, "1")
    arrived = app.next(From=phone)
    url, form, signature = arrived.url, arrived.form, arrived.signature

    assert signature_is_valid(AUTH_TOKEN, url, form, signature)
    assert not signature_is_valid(AUTH_TOKEN, url, form | {"Body": "2"}, signature)
    assert not signature_is_valid(AUTH_TOKEN, url + "?a=1", form, signature)
    assert not signature_is_valid("b" * 32, url, form, signature)
    assert not signature_is_valid(AUTH_TOKEN, url, form, "")


@pytest.fixture
def openapi():
    root = os.environ.get("CIE_REFERENCE")
    if not root:
        pytest.skip("CIE_REFERENCE is not set")
    return json.loads((Path(root) / "twilio" / "twilio_api_v2010.json").read_text("utf-8"))


@pytest.fixture
def provider(openapi):
    """A server that answers with the published examples and keeps what it was asked."""
    path = openapi["paths"]["/2010-04-01/Accounts/{AccountSid}/Messages.json"]
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self, operation, status):
            length = int(self.headers.get("Content-Length") or 0)
            asked.append((self.command, self.path, self.rfile.read(length).decode()))
            examples = operation["responses"][str(status)]["content"]["application/json"]["examples"]
            document = next(iter(examples.values()))["value"] | {"next_page_uri": None}
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self):
            self.answer(path["post"], 201)

        def do_GET(self):
            self.answer(path["get"], 200)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield gateway_at(f"http://127.0.0.1:{server.server_port}"), asked, path
    server.shutdown()
    thread.join()
    server.server_close()


class TestPublishedInterface:
    def test_sending_fits_it_and_its_example_is_understood(self, provider, phone):
        gateway, asked, path = provider

        sent = gateway.send(phone, BODY, status_callback="https://exchange.example.org/sms/status")

        method, url, body = asked[0]
        schema = path["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
        form = dict(parse_qsl(body))
        assert (method, url) == ("POST", f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json")
        assert form.keys() == {"To", "Body", "MessagingServiceSid", "StatusCallback"}
        assert form.keys() <= schema["properties"].keys()
        assert set(schema.get("required", [])) <= form.keys()
        assert re.fullmatch(schema["properties"]["MessagingServiceSid"]["pattern"], form["MessagingServiceSid"])
        assert sent.sid == "SM" + "a" * 32

    def test_looking_up_fits_it_and_its_example_is_understood(self, provider, phone):
        gateway, asked, path = provider

        found = gateway.find(phone, "testing", since=datetime(2019, 5, 24, tzinfo=UTC))

        method, url, _ = asked[0]
        assert (method, urlsplit(url).path) == ("GET", f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json")
        query = dict(parse_qsl(urlsplit(url).query))
        assert query["To"] == phone
        assert query.keys() <= {parameter["name"] for parameter in path["get"]["parameters"]}
        assert found is not None
