"""The whole loop over HTTP, as `cie story` plays it against a running demo."""

import subprocess

import pytest


def play(exchange):
    return exchange.cie("story", "--base-url", exchange.url).strip().splitlines()


def test_the_provider_and_the_person_both_say_that_help_came(exchange):
    steps = play(exchange)

    assert steps[-1] == "Both agree: the provider and the person say that help came"
    assert exchange.cie("audit", "verify").startswith("audit: ")


@pytest.mark.skipif("not config.getoption('--prove')", reason="long: only with --prove")
def test_it_can_be_played_again_at_once(exchange):
    assert play(exchange)[1:] == play(exchange)[1:]


def test_against_something_else_it_fails_with_one_line(exchange):
    with pytest.raises(subprocess.CalledProcessError) as failed:
        exchange.cie("story", "--base-url", exchange.env["CIE_SANDBOX_URL"])

    assert failed.value.returncode == 1
    assert failed.value.stderr.startswith("cie: ")
