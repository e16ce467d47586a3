"""Words in place of codes: each is there in both languages, and none is a word that pages never say."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from cie.web.words import (
    ask_words,
    catalogue,
    clock_words,
    closing_words,
    day_words,
    due_words,
    reason_words,
    status_words,
    witness_words,
)

LANGUAGES = ("en", "es")
AUDIENCES = ("sender", "provider", "person")
STATUSES = (
    "draft",
    "requested",
    "requested-late",
    "requested-waitlist",
    "accepted",
    "in-progress",
    "on-hold",
    "completed",
    "failed",
    "rejected",
    "cancelled",
    "entered-in-error",
    "recalled",
    "masked",
    "answered",
)
NOT_SHOWN = {
    ("draft", "provider"),
    ("draft", "person"),
    ("entered-in-error", "person"),
    ("recalled", "person"),
    ("masked", "provider"),
    ("masked", "person"),
    ("answered", "provider"),
}
REASONS = (
    "no-room",
    "not-eligible",
    "outside-area",
    "language",
    "other-fits-better",
    "duplicate",
    "service-ended",
    "conflict",
    "other",
    "unable-to-reach",
    "missing-papers",
    "person-declines",
)
CLOSINGS = ("services-received", "no-longer-needs", "unable-to-reach", "not-eligible", "other", "not-shared")
WITNESS = ("got-help", "contacted-no-help", "not-contacted", "no-longer-needs", "none")
NAMES = {
    "sender": "Blue Kite Clinic",
    "provider": "Lantern Pantry",
    "worker": "Sorrel",
    "day": "Tue, Nov 24",
    "reason": "We have no room now",
    "late": "1 business day late",
    "zip": "93702",
    "their_language": "Spanish",
    "needed": "3",
    "tries": "1",
}
NEVER_SAID = re.compile(
    r"reject|failed|performer|disclosure|consent directive|payload|submit|n/a|\bnull\b|successful|please note"
    r"|invalid|[!¡]|rechaz|inválid|exitosa|[\U0001F000-\U0001FAFF\u2600-\u27BF]",
    re.IGNORECASE,
)
FAMILIAR = re.compile(r"\b(tú|tu|tus|te|ti|puedes|tienes|quieres)\b", re.IGNORECASE)
NOON = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)


def _texts(table: dict[str, Any]) -> Iterator[str]:
    for value in table.values():
        if isinstance(value, dict):
            yield from _texts(value)
        elif isinstance(value, str):
            yield value


class TestStatusWords:
    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("audience", AUDIENCES)
    @pytest.mark.parametrize("code", STATUSES)
    def test_each_status_has_words_for_whoever_is_shown_it(self, code, audience, language):
        words = status_words(code, audience, language, **NAMES)

        assert bool(words) == ((code, audience) not in NOT_SHOWN)
        assert "{" not in words

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_no_status_is_in_the_file_that_this_test_does_not_know(self, language):
        assert set(catalogue(language)["status"]) == set(STATUSES)

    def test_a_reason_is_said_inside_the_sentence(self):
        words = status_words("rejected", "sender", "en", reason="We have no room now")

        assert words == "They cannot help: we have no room now. Choose another"

    @pytest.mark.parametrize(
        "code, audience, language",
        [("received", "sender", "en"), ("draft", "partner", "en"), ("draft", "sender", "fr")],
    )
    def test_what_is_not_known_is_refused(self, code, audience, language):
        with pytest.raises(KeyError):
            status_words(code, audience, language)

    def test_a_name_left_out_is_refused(self):
        with pytest.raises(KeyError):
            status_words("accepted", "person", "en")


class TestOtherWords:
    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("code", REASONS)
    def test_each_reason_says_what_follows(self, code, language):
        follow = reason_words(code, language, follow=True, **NAMES)

        assert reason_words(code, language)
        assert follow.endswith(".")

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("code", CLOSINGS)
    def test_each_way_to_close_has_words(self, code, language):
        assert closing_words(code, language)

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("audience", AUDIENCES)
    @pytest.mark.parametrize("code", WITNESS)
    def test_each_word_of_the_person_has_words(self, code, audience, language):
        assert witness_words(code, audience, language)

    def test_no_answer_is_never_said_as_a_yes(self):
        assert witness_words("none", "sender", "en") == "No answer yet"

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_the_lists_hold_these_codes_and_no_others(self, language):
        words = catalogue(language)

        assert set(words["reason"]) == set(REASONS)
        assert set(words["closing"]) == set(CLOSINGS)
        assert set(words["witness"]) == set(WITNESS)

    @pytest.mark.parametrize(
        "ask",
        [
            lambda: reason_words("tired", "en"),
            lambda: closing_words("done", "en"),
            lambda: witness_words("maybe", "person", "en"),
            lambda: witness_words("none", "partner", "en"),
            lambda: due_words("wait", NOON, NOON, "en"),
        ],
    )
    def test_what_is_not_known_is_refused(self, ask):
        with pytest.raises(KeyError):
            ask()

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_no_text_uses_a_word_that_pages_never_say(self, language):
        said = [text for text in _texts(catalogue(language)) if NEVER_SAID.search(text)]

        assert said == []

    def test_spanish_says_usted(self):
        said = [text for text in _texts(catalogue("es")) if FAMILIAR.search(text)]

        assert said == []

    def test_both_languages_hold_the_same_texts(self):
        english, spanish = catalogue("en"), catalogue("es")

        assert {part: set(words) for part, words in english.items()} == {
            part: set(words) for part, words in spanish.items()
        }


class TestDaysAndClocks:
    def test_days_are_said_by_name_and_kept_on_one_line(self):
        day = date(2026, 11, 24)

        assert day_words(day, "en") == "Tue,\xa0Nov\xa024"
        assert day_words(day, "en", "long") == "Tuesday,\xa0November\xa024"
        assert day_words(day, "en", "dated") == "Nov\xa024,\xa02026"
        assert day_words(day, "es") == "martes 24\xa0de\xa0noviembre", "after the weekday a line may break"

    @pytest.mark.parametrize(
        "clock, words",
        [(time(16, 30), "4:30\xa0pm"), (time(17), "5\xa0pm"), (time(0, 5), "12:05\xa0am"), (time(12), "12\xa0pm")],
    )
    def test_clocks_have_twelve_hours(self, clock, words):
        assert clock_words(clock) == words

    def test_the_ask_names_the_day(self):
        day = date(2026, 5, 12)

        assert ask_words("en", day) == "Did someone help you with what you asked for on May\xa012?"
        assert ask_words("es", day) == "¿Le ayudaron con lo que pidió el 12\xa0de\xa0mayo?"

    @pytest.mark.parametrize(
        "due, words",
        [
            (datetime(2026, 11, 24, 0, 30, tzinfo=UTC), "Answer by today, 4:30\xa0pm"),
            (datetime(2026, 11, 25, 1, 0, tzinfo=UTC), "Answer by Tue,\xa0Nov\xa024"),
            (datetime(2026, 11, 23, 19, 0, tzinfo=UTC), "Late since today, 11\xa0am"),
            (datetime(2026, 11, 21, 1, 0, tzinfo=UTC), "1 business day late"),
            (datetime(2026, 11, 19, 1, 0, tzinfo=UTC), "3 business days late"),
        ],
    )
    def test_a_due_moment_is_said_as_a_day(self, due, words):
        assert due_words("answer", due, NOON, "en") == words

    def test_a_due_moment_in_spanish(self):
        due = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)

        assert due_words("answer", due, NOON, "es") == "Responda antes del martes 24\xa0de\xa0noviembre"
