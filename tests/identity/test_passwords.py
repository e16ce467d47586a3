"""The password rules of NIST SP 800-63B-4: length, a local list, nothing everybody knows; no composition rules."""

import pytest

from cie.errors import Invalid
from cie.identity import check_password, hash_password, needs_rehash, verify_password
from cie.identity.passwords import common_passwords

CONTEXT = ("wren.alder@lanternpantry.example.org", "Wren Alder", "Lantern Pantry")


@pytest.mark.parametrize(
    "good",
    [
        "lantern orbit mango shelf",
        "correct horse battery staple",
        "kite-over-the-valley",
        "пароль от почты и кота",
        "x9$kd0!mq",
        "日本語のパスワード",
        "a" * 3 + "long phrase " * 15,
    ],
)
def test_long_enough_and_not_known_is_good(good):
    check_password(good, CONTEXT)


@pytest.mark.parametrize("short", ["", "1234567", "kx9$mqz"])
def test_fewer_than_eight_characters_are_too_few(short):
    with pytest.raises(Invalid, match="at least 8"):
        check_password(short)


def test_more_than_two_hundred_are_too_many():
    check_password("ab cd efg " * 20)

    with pytest.raises(Invalid, match="at most 200"):
        check_password("ab cd efg " * 20 + "x")


@pytest.mark.parametrize(
    "known",
    [
        "password", "Password1!", "p@ssw0rd", "qwertyuiop", "iloveyou2024", "abcabcabc", "aaaaaaaa", "12345678",
        "87654321", "abcdefgh", "11111111111", "Welcome2026!", "cie-referral-2026",
    ],
)  # fmt: skip
def test_what_many_use_or_what_has_a_pattern_is_refused(known):
    with pytest.raises(Invalid, match="easy to guess"):
        check_password(known, CONTEXT)


@pytest.mark.parametrize("own", ["WrenAlder2026", "lanternpantry1", "alder-wren-26", "Pantry Lantern!"])
def test_what_everybody_knows_of_the_owner_is_refused(own):
    with pytest.raises(Invalid, match="easy to guess"):
        check_password(own, CONTEXT)


def test_the_local_list_is_there_and_folded():
    assert len(common_passwords()) > 3000
    assert all(word == word.casefold() for word in common_passwords())


class TestHash:
    def test_the_right_one_fits_and_no_other(self):
        kept = hash_password("lantern orbit mango shelf")

        assert kept.startswith("$argon2id$")
        assert verify_password(kept, "lantern orbit mango shelf")
        assert not verify_password(kept, "lantern orbit mango shel")
        assert not verify_password(kept, "Lantern orbit mango shelf")

    def test_two_ways_to_write_an_accent_are_one_password(self):
        assert verify_password(hash_password("caf\u00e9 en la plaza"), "cafe\u0301 en la plaza")

    def test_without_an_account_nothing_fits(self):
        assert not verify_password(None, "lantern orbit mango shelf")
        assert not verify_password("", "lantern orbit mango shelf")
        assert not verify_password("no hash", "lantern orbit mango shelf")

    def test_a_flood_of_characters_is_not_hashed_in_full(self):
        assert not verify_password(hash_password("x" * 200), "x" * 1_000_000)

    def test_a_weaker_hash_is_made_anew(self):
        weak = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$G7ldaYZLJ5WbHbnvgk8f8Q"

        assert needs_rehash(weak)
        assert not needs_rehash(hash_password("lantern orbit mango shelf"))
