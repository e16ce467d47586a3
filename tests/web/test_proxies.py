"""Behind reverse proxies the client is who the last trusted one names; what a client claims of itself is nothing."""

import pytest
from flask import request, request_started

from cie.identity.throttling import TRIES_ACCOUNT_AND_NETWORK
from tests.support.web import make_app

PROXY = "10.0.0.1"
SPOOFED, CLIENT, INNER_PROXY = "198.51.100.66", "203.0.113.7", "10.0.0.2"


@pytest.fixture
def app_behind(migrated, database):
    return lambda proxies: make_app(migrated.model_copy(update={"trusted_proxies": proxies}))


def seen_by(app, **headers):
    """Address, scheme and host of one request that comes from the proxy, as the pages see them."""
    seen = []

    def look(_app, **_more):
        seen.append((request.remote_addr, request.scheme, request.host))

    with request_started.connected_to(look, app):
        answer = app.test_client().get("/healthz", headers=headers, environ_base={"REMOTE_ADDR": PROXY})
    assert answer.status_code == 200
    return seen[0]


def forwarded(clients, schemes="https", hosts="exchange.example.org"):
    return {"X-Forwarded-For": clients, "X-Forwarded-Proto": schemes, "X-Forwarded-Host": hosts}


def test_without_a_trusted_proxy_what_is_claimed_is_ignored(app_behind):
    assert seen_by(app_behind(0), **forwarded(SPOOFED)) == (PROXY, "http", "localhost")


def test_one_proxy_is_believed_and_nothing_before_it(app_behind):
    claims = forwarded(f"{SPOOFED}, {CLIENT}", "http, https", "evil.example.com, exchange.example.org")

    assert seen_by(app_behind(1), **claims) == (CLIENT, "https", "exchange.example.org")


def test_two_proxies_are_believed_and_nothing_before_them(app_behind):
    claims = forwarded(f"{SPOOFED}, {CLIENT}, {INNER_PROXY}", "http, https, http", "evil.example.com, one.org, two.org")

    assert seen_by(app_behind(2), **claims) == (CLIENT, "https", "one.org")


def test_a_request_that_passed_fewer_proxies_is_taken_as_it_came(app_behind):
    assert seen_by(app_behind(2), **forwarded(SPOOFED)) == (PROXY, "http", "localhost")
    assert seen_by(app_behind(1)) == (PROXY, "http", "localhost")


def try_to_sign_in(app, claimed):
    """The status of one try with a wrong password, by a new browser, through the proxy."""
    client = app.test_client()
    headers = {"X-Forwarded-For": claimed}
    page = client.get("/sign-in", headers=headers, environ_base={"REMOTE_ADDR": PROXY}).text
    form = {
        "csrf_token": page.split('name="csrf_token" value="')[1].split('"')[0],
        "email": "wren@lantern.example.org",
        "password": "a wrong one",
    }
    return client.post("/sign-in", data=form, headers=headers, environ_base={"REMOTE_ADDR": PROXY}).status_code


def test_a_guesser_gets_no_further_by_claiming_other_addresses(app_behind):
    direct, behind_one = app_behind(0), app_behind(1)

    for app, claims in ((direct, "203.0.113.{}"), (behind_one, "203.0.113.{}, 198.51.100.9")):
        tries = [try_to_sign_in(app, claims.format(n)) for n in range(TRIES_ACCOUNT_AND_NETWORK + 1)]
        assert 429 not in tries[:-1] and tries[-1] == 429


def test_behind_a_proxy_one_client_does_not_use_up_the_tries_of_another(app_behind):
    app = app_behind(1)
    tries = [try_to_sign_in(app, "198.51.100.9") for _n in range(TRIES_ACCOUNT_AND_NETWORK + 1)]

    assert tries[-1] == 429
    assert try_to_sign_in(app, CLIENT) != 429
