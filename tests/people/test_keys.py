import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cie.people.birth import BirthDate
from cie.people.keys import blocking_values, search_values, sounds

PAIRS = json.loads((Path(__file__).parent / "match_pairs.json").read_text("utf-8"))
PIECES = st.sampled_from(
    ["Aster", "Pepe", "José", "Muñoz", "Ibáñez", "Lupita", "O'Brien", "Xiong", "Nguyễn", "Llamas", "Q", "Zoë"]
)


def values_of(person):
    birth = BirthDate.from_text(person.get("birth", ""))
    return blocking_values(person["names"], birth, person.get("phones", ()))


class TestBlockingValues:
    def test_every_value_says_its_kind(self):
        birth = BirthDate.from_text("1993-02-28")

        values = blocking_values(["Aster Mendez"], birth, ["+15595550142"])

        assert {value.split(":")[0] for value in values} == {"sound", "start", "year", "day", "phone"}

    def test_names_give_starts_of_two_to_six_letters(self):
        starts = {v for v in blocking_values(["Palmerston"], None, []) if v.startswith("start:")}

        assert starts == {"start:pa", "start:pal", "start:palm", "start:palme", "start:palmer"}

    def test_swapped_day_and_month_meet(self):
        written = blocking_values([], BirthDate.from_text("1988-03-11"), [])
        swapped = blocking_values([], BirthDate.from_text("1990-11-03"), [])

        assert written == swapped == {"day:03-11", "day:11-03"}

    def test_january_first_files_nobody_by_day(self):
        assert blocking_values([], BirthDate.from_text("1960-01-01"), []) == set()

    def test_a_year_alone_goes_with_each_name(self):
        values = blocking_values(["Aster Mendez"], BirthDate.from_text("1993"), [])

        assert {v for v in values if v.startswith("year:")} == {"year:aster:1993", "year:mendez:1993"}

    def test_a_short_form_is_filed_under_the_full_name_too(self):
        assert "start:guadal" in blocking_values(["Lupita"], None, [])

    def test_nothing_known_gives_nothing(self):
        assert blocking_values([], BirthDate.unknown(), []) == set()

    def test_the_same_person_written_twice_is_found(self):
        same = [pair for pair in PAIRS if pair["same"]]

        found = [pair for pair in same if values_of(pair["a"]) & values_of(pair["b"])]

        print(f"blocking recall {len(found)}/{len(same)}")
        assert len(found) / len(same) >= 0.99

    @given(st.lists(PIECES, min_size=1, max_size=4), st.randoms(use_true_random=False))
    def test_the_order_of_names_never_matters(self, pieces, random):
        shuffled = random.sample(pieces, len(pieces))

        assert blocking_values([" ".join(pieces)], None, []) == blocking_values([" ".join(shuffled)], None, [])
        assert blocking_values([" ".join(pieces)], None, []) == blocking_values(shuffled, None, [])

    @given(st.text("aeiouáéíóúüñnbcdlmrst", min_size=2, max_size=12))
    def test_accents_never_matter(self, name):
        plain = name.translate(str.maketrans("áéíóúüñ", "aeiouun"))

        assert blocking_values([name], None, []) == blocking_values([plain], None, [])

    @given(st.lists(st.text(max_size=30), max_size=3))
    def test_any_text_gives_plain_values(self, names):
        values = blocking_values(names, None, [])

        assert all(re.fullmatch(r"(start:[a-z0-9]{2,6}|sound:[A-Z0-9 ]{2,})", value) for value in values)


class TestSounds:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("vega", "bega"),
            ("gonzalez", "gonsales"),
            ("hernandez", "ernandes"),
            ("llamas", "yamas"),
            ("ximena", "jimena"),
            ("jimenez", "gimenez"),
            ("quintero", "kintero"),
            ("ybarra", "ibarra"),
            ("huan", "juan"),
            ("phillips", "filips"),
        ],
    )
    def test_what_sounds_the_same_in_spanish_meets(self, one, other):
        assert sounds(one) & sounds(other)

    def test_different_names_sound_different(self):
        assert not sounds("palmer") & sounds("mendez")


class TestSearchValues:
    def test_each_typed_word_gives_a_set(self):
        assert len(search_values("Ast Men")) == 2

    @pytest.mark.parametrize("typed", ["As", "Aste", "Mendez Aster", "Mendes", "mén", "ASTER M"])
    def test_part_of_a_name_finds_the_person(self, typed):
        filed = blocking_values(["Aster Méndez"], None, [])

        sets = search_values(typed)

        assert sets
        assert all(values & filed for values in sets)

    @pytest.mark.parametrize("typed", ["Pep", "Pepe", "Jose", "Jos"])
    def test_a_person_entered_by_a_short_form_is_found_by_either(self, typed):
        filed = blocking_values(["Pepe Orozco"], None, [])

        assert all(values & filed for values in search_values(typed))

    def test_another_name_is_not_found(self):
        filed = blocking_values(["Aster Mendez"], None, [])

        assert not all(values & filed for values in search_values("Aster Palmer"))

    def test_one_letter_is_too_little(self):
        assert search_values("A") == []
