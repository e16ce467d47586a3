"""The clinic, its privacy officer and the officer of others, as the tests of privacy have them."""

from tests.privacy.conftest import loop, officer, stranger

__all__ = ["loop", "officer", "stranger"]
