"""Guessing is slow; nobody is locked out by a stranger, and waiting is all that ever happens."""

from datetime import timedelta

import pytest

from cie import identity
from cie.errors import TooMany
from cie.identity.throttling import known_browser, network_of
from tests.factories import NOON

WREN = "wren@example.org"


def tries(session, count, *, email=WREN, source="203.0.113.9", at=NOON, **more):
    """How many of so many tries are let through."""
    passed = 0
    for _try in range(count):
        try:
            identity.count_password_try(session, email, source, at=at, **more)
            passed += 1
        except TooMany:
            pass
    return passed


class TestNewBrowser:
    def test_one_address_gets_six_tries_at_an_account(self, session):
        assert tries(session, 10) == 6

    def test_after_a_quarter_of_an_hour_it_starts_over(self, session):
        tries(session, 10)

        assert tries(session, 10, at=NOON + timedelta(minutes=15)) == 6

    def test_another_account_is_not_held_up(self, session):
        tries(session, 10)

        assert tries(session, 1, email="robin@example.org") == 1

    def test_an_unknown_account_is_counted_like_a_known_one(self, session):
        assert tries(session, 10, email="nobody@example.org") == 6

    def test_writing_the_address_differently_gives_no_more_tries(self, session):
        passed = sum(tries(session, 4, email=email) for email in (WREN, WREN.upper(), f" {WREN} "))

        assert passed == 6

    def test_many_addresses_together_get_twenty(self, session):
        passed = sum(tries(session, 3, source=f"203.0.113.{n}") for n in range(20))

        assert passed == 20

    def test_one_network_gets_a_hundred_over_all_accounts(self, session):
        passed = sum(tries(session, 3, email=f"staff-{n}@example.org") for n in range(50))

        assert passed == 100

    def test_a_household_of_ipv6_is_one_network(self, session):
        passed = sum(tries(session, 3, source=f"2001:db8:1:2::{n}") for n in range(5))

        assert passed == 6
        assert network_of("2001:db8:1:3::1") != network_of("2001:db8:1:2::1")
        assert network_of("::ffff:203.0.113.9") == "203.0.113.9"
        assert network_of("unix:") == "unix:"


class TestKnownBrowser:
    def test_a_flood_of_strangers_does_not_hold_it_up(self, session):
        own = identity.mark_browser(WREN, at=NOON)
        for n in range(20):
            tries(session, 3, source=f"203.0.113.{n}")

        assert tries(session, 1, source="203.0.113.1") == 0
        assert tries(session, 1, source="203.0.113.1", browser=own) == 1

    def test_it_has_ten_tries_of_its_own(self, session):
        own = identity.mark_browser(WREN, at=NOON)

        assert tries(session, 20, browser=own) == 10

    def test_the_mark_of_one_account_helps_with_no_other(self, session):
        robins = identity.mark_browser("robin@example.org", at=NOON)

        assert tries(session, 10, browser=robins) == 6

    @pytest.mark.parametrize("cookie", ["x", "....", "AAAA", "é", "." * 500, "A" * 38])
    def test_a_made_up_mark_is_a_new_browser(self, session, cookie):
        assert known_browser(WREN, cookie, at=NOON) is None

    def test_a_changed_mark_is_a_new_browser(self, session):
        own = identity.mark_browser(WREN, at=NOON)
        changed = ("B" if own[0] == "A" else "A") + own[1:]

        assert known_browser(WREN, changed, at=NOON) is None

    def test_a_mark_lives_ninety_days(self, session):
        own = identity.mark_browser(WREN, at=NOON)

        assert known_browser(WREN, own, at=NOON + timedelta(days=90))
        assert known_browser(WREN, own, at=NOON + timedelta(days=91)) is None

    def test_a_shared_computer_keeps_its_last_five(self, session):
        cookie = ""
        for n in range(7):
            cookie = identity.mark_browser(f"staff-{n}@example.org", cookie, at=NOON)

        known = [n for n in range(7) if known_browser(f"staff-{n}@example.org", cookie, at=NOON)]
        assert known == [2, 3, 4, 5, 6]
