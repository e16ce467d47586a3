"""What a stolen database does not tell."""

import pytest

from cie.db import CannotOpen, Keyring

KEYS = Keyring({2: b"b" * 32, 1: b"a" * 32}, b"secret")


def test_a_sealed_value_opens_where_it_belongs():
    assert KEYS.open("person.name/1", KEYS.seal("person.name/1", "Aster")) == "Aster"


@pytest.mark.parametrize("place", ["person.name/2", "person.street/1", "consent.name/1"])
def test_a_sealed_value_does_not_open_elsewhere(place):
    sealed = KEYS.seal("person.name/1", "Aster")

    with pytest.raises(CannotOpen):
        KEYS.open(place, sealed)


def test_two_seals_of_one_value_differ():
    assert KEYS.seal("p", "Aster") != KEYS.seal("p", "Aster")


def test_an_older_key_still_opens_and_a_missing_one_is_named():
    old = Keyring({1: b"a" * 32}, b"secret").seal("p", "Aster")

    assert KEYS.open("p", old) == "Aster"
    with pytest.raises(CannotOpen, match="key version 1"):
        Keyring({2: b"b" * 32}, b"secret").open("p", old)


def test_keys_are_not_told_where_a_keyring_is_shown():
    assert "bbb" not in repr(KEYS) and "secret" not in repr(KEYS)


def test_match_keys_are_equal_within_one_organization_only():
    from uuid import uuid4

    one, other = uuid4(), uuid4()

    assert KEYS.match_key("name:aster", one) == KEYS.match_key("name:aster", one)
    assert KEYS.match_key("name:aster", one) != KEYS.match_key("name:aster", other)
    assert KEYS.match_key("name:aster", one) != Keyring(KEYS.keys, b"other").match_key("name:aster", one)
