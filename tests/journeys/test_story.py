"""The whole loop over HTTP, as `cie story` plays it against a running demo."""

import subprocess

import pytest


def play(exchange, *more):
    return exchange.cie("story", "--base-url", exchange.url, *more).strip().splitlines()


def test_the_provider_and_the_person_both_say_that_help_came(exchange):
    steps = play(exchange)

    assert steps[-1] == "Both agree: the provider and the person say that help came"
    assert exchange.cie("audit", "verify").startswith("audit: ")


def test_a_clinician_refers_from_a_record_system_and_hears_each_step_there(exchange):
    steps = play(exchange, "--door", "fhir")

    told = "The record system heard of each step, and the Task told it: requested, accepted, in-progress, completed"
    assert told in steps
    assert steps[-1] == "Both agree: the provider and the person say that help came"


@pytest.mark.skipif("not config.getoption('--prove')", reason="long: only with --prove")
def test_it_can_be_played_again_at_once(exchange):
    assert play(exchange)[1:] == play(exchange)[1:]


def test_against_something_else_it_fails_with_one_line(exchange):
    with pytest.raises(subprocess.CalledProcessError) as failed:
        exchange.cie("story", "--base-url", exchange.env["CIE_SANDBOX_URL"])

    assert failed.value.returncode == 1
    assert failed.value.stderr.startswith("cie: ")
