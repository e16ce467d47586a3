import json

import pytest

from cie.people.names import fold, generation, is_established, known_words, meanings, tokens, words
from cie.resources import resource


class TestTokens:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("O'Brien", ["obrien"]),
            ("Kevin O’Brien", ["kevin", "obrien"]),
            ("Garcia-Lopez", ["garcia", "lopez"]),
            ("José de la Cruz", ["jose", "cruz"]),
            ("Jose Delacruz", ["jose", "cruz"]),
            ("Irma DeLeon", ["irma", "leon"]),
            ("Harold Jennings Jr.", ["harold", "jennings"]),
            ("Ma. Elena Muñoz", ["maria", "elena", "munoz"]),
            ("Garcia Lopez, Ana", ["garcia", "lopez", "ana"]),
            ("  ", []),
        ],
    )
    def test_a_name_becomes_plain_words(self, name, expected):
        assert tokens(name) == expected

    @pytest.mark.parametrize(
        ("short", "name"), [("Pepe", "jose"), ("Bob", "robert"), ("Lupita", "guadalupe"), ("Chuy", "jesus")]
    )
    def test_a_short_form_becomes_the_name_it_stands_for(self, short, name):
        assert tokens(short) == [name]

    @pytest.mark.parametrize(
        ("written", "plain"),
        [("Łukasz", "lukasz"), ("Шевченко", "shevchenko"), ("Nguyễn", "nguyen"), ("Ødegård", "odegard")],
    )
    def test_other_letters_are_written_in_plain_ones(self, written, plain):
        assert tokens(written) == [plain]

    def test_a_particle_stays_when_it_is_the_whole_name(self):
        assert tokens("La") == ["la"]

    def test_vietnamese_names_that_look_like_particles_stay(self):
        assert tokens("Le Van Do") == ["le", "van", "do"]


class TestMeanings:
    def test_a_short_form_may_stand_for_several_names(self):
        assert {"alberto", "roberto", "gilberto"} <= set(meanings("beto"))

    def test_a_name_that_is_no_short_form_means_itself(self):
        assert meanings("palmer") == ("palmer",)

    def test_a_surname_that_only_begins_like_a_particle_stays_whole(self):
        assert [fold(name) for name in ("delgado", "delaney", "dean")] == ["delgado", "delaney", "dean"]


class TestGeneration:
    def test_junior_and_the_third_are_told_apart(self):
        assert [generation(f"Harold Jennings {g}") for g in ("Jr.", "III", "")] == ["jr", "iii", None]


class TestKnownWords:
    @pytest.mark.parametrize("name", ["Unknown", "John Doe", "Baby Boy", "FNU LNU", "Desconocida"])
    def test_words_that_say_the_name_is_not_known_are_no_name(self, name):
        assert known_words(name) == []

    def test_the_surname_of_a_baby_is_known(self):
        assert known_words("Baby Girl Ocampo") == ["ocampo"]

    def test_doe_with_another_first_name_is_a_name(self):
        assert known_words("Linden Doe") == ["linden", "doe"]


class TestNicknameFile:
    def test_it_holds_at_least_250_short_forms(self):
        names = json.loads(resource("seed_data", "nicknames.json").read_text("utf-8"))

        pairs = sum(len(stands_for) for part in ("english", "spanish") for stands_for in names[part].values())

        assert pairs >= 250

    def test_folding_twice_changes_nothing_more(self):
        names = json.loads(resource("seed_data", "nicknames.json").read_text("utf-8"))
        shorts = [*names["english"], *names["spanish"], *names["written_together"]]

        assert [s for s in shorts if fold(fold(s)) != fold(s)] == []

    def test_every_form_is_written_in_plain_words(self):
        names = json.loads(resource("seed_data", "nicknames.json").read_text("utf-8"))
        written = [*names["english"], *names["spanish"], *names["same_name_in_spanish"]]

        assert [form for form in written if words(form) != [form]] == []

    def test_names_that_short_forms_stand_for_are_established(self):
        assert is_established("guadalupe")
        assert not is_established("guadelupe")
