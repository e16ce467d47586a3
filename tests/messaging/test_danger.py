"""An inbound text that speaks of danger is heard, in English and Spanish, as people really type."""

import json
import time
from collections import Counter
from pathlib import Path

import pytest

from cie.messaging.danger import LANGUAGES, Danger, classify
from cie.resources import resource

MESSAGES = json.loads((Path(__file__).parent.parent / "data" / "danger_messages.json").read_text(encoding="utf-8"))


def heard(text: str, language: str = "en") -> str | None:
    return classify(text, language).kind


def rates(messages: list[dict]) -> dict[str, float]:
    """Recall: warnings that alarmed, of all warnings. False alarms: harmless texts that alarmed, of all harmless."""
    alarms = Counter((m["expect"] != "none", heard(m["text"], m["language"]) is not None) for m in messages)
    right = sum(heard(m["text"], m["language"]) == m["expect"] for m in messages if m["expect"] != "none")
    warnings, harmless = (alarms[kind, True] + alarms[kind, False] for kind in (True, False))
    return {
        "warnings": warnings,
        "recall": round(alarms[True, True] / warnings, 3),
        "right kind": round(right / warnings, 3),
        "harmless": harmless,
        "false alarms": round(alarms[False, True] / harmless, 3),
    }


def part_of(message: dict) -> str:
    """Messages were invented in three parts, and only the first was looked at while the lists were written.

    The held-out part says things as plainly as the first. In the indirect part, also held out, nobody uses the words
    that a list could hold ("counting out my pills"): it shows what lists cannot do, and why a text that is no known
    answer goes to a person the same day.
    """
    if message.get("indirect"):
        return "indirect"
    return "held out" if message.get("held_out") else "developed on"


# Floors notice that a change of the lists broke something; they are no claim about texts of real people.
FLOORS = {"developed on": (0.95, 0.10), "held out": (0.85, 0.10), "indirect": (0.30, 0.30)}


class TestOnInventedMessages:
    def test_there_are_enough_of_them_in_both_languages(self):
        counts = Counter((m["language"], part_of(m)) for m in MESSAGES)

        assert len(MESSAGES) >= 220
        assert set(counts) == {(language, part) for language in LANGUAGES for part in FLOORS}
        assert min(counts.values()) >= 35

    def test_nearly_every_plain_warning_is_heard_and_few_harmless_texts_alarm(self):
        plain = rates([m for m in MESSAGES if part_of(m) != "indirect"])

        print(f"\nall plain messages: {plain}")
        assert plain["recall"] >= 0.95
        assert plain["false alarms"] <= 0.10

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("part", FLOORS)
    def test_the_rates_are_reported_apart(self, language, part):
        messages = [m for m in MESSAGES if m["language"] == language and part_of(m) == part]

        measured = rates(messages)

        print(f"\n{language}, {part}: {measured}")
        least_recall, most_false_alarms = FLOORS[part]
        assert measured["recall"] >= least_recall
        assert measured["false alarms"] <= most_false_alarms


class TestSpelling:
    @pytest.mark.parametrize(
        ("text", "language"),
        [
            ("HE HAS A GUN", "en"),
            ("heeeee has a guuuuun", "en"),
            ("he\u2019s choking me", "en"),
            ("i want to k1ll my$elf", "en"),
            ("he threatend to shoot us", "en"),
            ("u dont understand im gonna kms", "en"),
            ("ME QUIERO MATARRRR", "es"),
            ("¡Auxílio!", "es"),
            ("mi marido me gólpea", "es"),
            ("kiero morirme", "es"),
            ("me biolo mi tio", "es"),
            ("dise ke nos ba a matar", "es"),
        ],
    )
    def test_is_no_hindrance(self, text, language):
        assert heard(text, language) is not None

    def test_of_another_language_is_read_too(self):
        assert heard("mi esposo me pega", "en") == "abuse"
        assert heard("he is going to kill me", "es") == "danger"

    def test_of_a_language_without_a_list_is_read_by_the_others(self):
        assert heard("llamen a la policia", "vi") == "danger"
        assert heard("estoy en peligro", "es-MX") == "danger"


class TestDenial:
    @pytest.mark.parametrize(
        ("text", "language"),
        [
            ("I am not in danger", "en"),
            ("he has never hit me", "en"),
            ("no one is hitting me", "en"),
            ("no me pega", "es"),
            ("nunca me ha golpeado", "es"),
            ("no estoy pensando en suicidarme", "es"),
        ],
    )
    def test_is_no_alarm_but_keeps_the_words_for_the_reader(self, text, language):
        danger = classify(text, language)

        assert danger.kind is None
        assert not danger.certain
        assert danger.phrase

    @pytest.mark.parametrize(
        ("text", "language"),
        [
            ("no he hits me", "en"),
            ("no, me pega", "es"),
            ("no mi esposo me pega", "es"),
            ("please dont tell him he hits me", "en"),
            ("im not lying he hits me", "en"),
            ("cant stop thinking about suicide", "en"),
            ("he never hit me before but he hits me now", "en"),
        ],
    )
    def test_of_something_else_does_not_hush_a_warning(self, text, language):
        assert heard(text, language) is not None

    def test_of_leaving_alarms_nobody_but_is_no_known_answer_either(self):
        danger = classify("he never hits me now that I left", "en")

        assert danger == Danger(None, False, "hits me")


class TestSeveralWarnings:
    def test_one_s_own_hand_comes_before_another_s(self):
        assert heard("he hits me and i want to kill myself") == "self-harm"

    def test_a_life_at_risk_comes_before_harm_that_goes_on(self):
        assert heard("my husband hits me, now he has a knife") == "danger"

    def test_a_certain_phrase_comes_before_an_unsure_one(self):
        danger = classify("i cant take it anymore he beats me", "en")

        assert danger.kind == "abuse"
        assert danger.certain

    def test_an_unsure_phrase_still_alarms(self):
        danger = classify("I can't do this anymore", "en")

        assert danger.kind == "self-harm"
        assert not danger.certain


class TestLists:
    @pytest.mark.parametrize("code", LANGUAGES)
    def test_every_phrase_is_heard_as_it_is_written(self, code):
        data = json.loads(resource("seed_data", "danger", f"{code}.json").read_text(encoding="utf-8"))
        phrases = [p for kind in data["phrases"].values() for level in kind.values() for p in level]

        silent = [p for p in phrases if heard(plainest(p, data), code) is None]

        assert silent == []

    @pytest.mark.parametrize("code", LANGUAGES)
    def test_no_phrase_stands_twice(self, code):
        data = json.loads(resource("seed_data", "danger", f"{code}.json").read_text(encoding="utf-8"))

        phrases = Counter(p for kind in data["phrases"].values() for level in kind.values() for p in level)

        assert [p for p, n in phrases.items() if n > 1] == []

    def test_a_long_text_is_read_quickly(self):
        text = "he said that they never " * 100

        start = time.perf_counter()
        classify(text, "en")

        assert time.perf_counter() - start < 20

    @pytest.mark.parametrize("text", ["", " ", "...", "\U0001f600", "\u0000", "1"])
    def test_nothing_to_read_is_no_danger(self, text):
        assert classify(text, "en") == Danger(None)


def plainest(phrase: str, data: dict) -> str:
    """A phrase as somebody would type it: the first word of each choice, nothing in the gaps."""
    slots = [slot for slot in phrase.split() if slot != "~"]
    named = [data["sets"][slot[1:-1]] if slot.startswith("<") else slot for slot in slots]
    return " ".join(slot.split("/")[0].removesuffix("*") for slot in named)
