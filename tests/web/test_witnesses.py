"""What the line under the two witnesses says, for each way a loop ends, each word of a provider and of a person."""

from itertools import product

import pytest

from cie.referrals import Closing, PersonWord, TaskStatus
from cie.web.referral_words import verdict_of

OPEN = [TaskStatus.REQUESTED, TaskStatus.ACCEPTED, TaskStatus.IN_PROGRESS, TaskStatus.ON_HOLD]
SAID_NO = [TaskStatus.REJECTED, TaskStatus.FAILED]
NOTHING_SAID = [None, *OPEN, TaskStatus.CANCELLED]
YES = [PersonWord.GOT_HELP]
NOT_YES = [PersonWord.CONTACTED_NO_HELP, PersonWord.NOT_CONTACTED, PersonWord.NO_LONGER_NEEDS]
RECEIVED, COMPLETED = [Closing.SERVICES_RECEIVED], [TaskStatus.COMPLETED]
WITHOUT_HELP = [closing for closing in Closing if closing != Closing.SERVICES_RECEIVED]
ANY_PROVIDER = [*NOTHING_SAID, *SAID_NO]

TABLE = [
    ([None], NOTHING_SAID, [None], "nobody"),
    ([None], SAID_NO, [None], "open"),
    ([None], NOTHING_SAID, [*YES, *NOT_YES], "open"),
    ([None], SAID_NO, YES, "differ-open"),
    ([None], SAID_NO, NOT_YES, "open"),
    (RECEIVED, COMPLETED, [None], "silent"),
    (RECEIVED, COMPLETED, YES, "agree"),
    (RECEIVED, COMPLETED, NOT_YES, "differ"),
    (RECEIVED, ANY_PROVIDER, [None], "silent"),
    (RECEIVED, ANY_PROVIDER, NOT_YES, "differ"),
    (RECEIVED, NOTHING_SAID, YES, "person-alone"),
    (RECEIVED, SAID_NO, YES, "differ-counted"),
    (WITHOUT_HELP, ANY_PROVIDER, [None, *NOT_YES], "no-help"),
    (WITHOUT_HELP, ANY_PROVIDER, YES, "differ-not-counted"),
]
CASES = [(*case, verdict) for *sides, verdict in TABLE for case in product(*sides)]


@pytest.mark.parametrize(("closing", "provider", "word", "verdict"), CASES)
def test_the_verdict(closing, provider, word, verdict):
    assert verdict_of(closing, provider, word) == verdict


def test_no_combination_is_left_out():
    # who says that help was given closes the loop as that
    possible = set(product([None, *Closing], ANY_PROVIDER, [None, *PersonWord]))
    possible |= set(product(RECEIVED, COMPLETED, [None, *PersonWord]))

    assert {case[:3] for case in CASES} == possible


COUNTED = {"agree", "person-alone", "differ-counted"}


@pytest.mark.parametrize(("closing", "provider", "word"), [case[:3] for case in CASES])
def test_what_it_says_of_counting_is_what_the_measures_count(closing, provider, word):
    """Confirmed is the person's yes to a loop closed as services received, whoever closed it."""
    is_confirmed = closing == Closing.SERVICES_RECEIVED and word == PersonWord.GOT_HELP

    assert (verdict_of(closing, provider, word) in COUNTED) == is_confirmed
