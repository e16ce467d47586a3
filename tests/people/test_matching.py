import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cie.people.birth import BirthDate
from cie.people.matching import Grade, Identity, fits_part_of_name, rank, score

PAIRS = json.loads((Path(__file__).parent / "match_pairs.json").read_text("utf-8"))
LIKELY = {Grade.PROBABLE, Grade.CERTAIN}
SHOWN = LIKELY | {Grade.POSSIBLE}
RELATIVES = ("mother", "father", "brothers", "sisters", "siblings", "twins", "spouses", "grandmother", "cousins")
RELATIVES += ("family", "same household")

NAMES = st.lists(
    st.sampled_from(
        ["Aster", "Pepe", "José", "Maria", "Mario", "Muñoz", "Munos", "Lopez", "de la Cruz", "Unknown", "J", "Jr"]
    ),
    max_size=4,
).map(" ".join)
IDENTITIES = st.builds(
    Identity,
    names=st.lists(NAMES | st.text(max_size=12), max_size=2).map(tuple),
    birth=st.sampled_from(["", "1960", "1960-01-01", "1960-05-06", "1960-06-05", "1961-05", "1988-02-29~"]).map(
        BirthDate.from_text
    )
    | st.none(),
    phones=st.sampled_from([(), ("+15595550142",), ("+15595550142", "+15595550143"), ("+15595550144",)]),
    zip=st.sampled_from([None, "93702", "93721"]),
    identifiers=st.dictionaries(st.sampled_from(["cin", "mrn", "other"]), st.sampled_from(["1", "2"])),
)


def make_identity(*names, birth="", phones=(), zip=None, identifiers=None):
    return Identity(names, BirthDate.from_text(birth), tuple(phones), zip, identifiers or {})


def identity_of(person):
    return make_identity(*person["names"], **{key: value for key, value in person.items() if key != "names"})


def graded_pairs():
    return [(pair, score(identity_of(pair["a"]), identity_of(pair["b"])).grade) for pair in PAIRS]


class TestLabelledPairs:
    def test_the_set_is_large_enough(self):
        assert len(PAIRS) >= 120

    @pytest.mark.parametrize(
        ("grades", "least_precision", "least_recall"),
        [(SHOWN, 0.80, 0.95), (LIKELY, 0.95, 0.90)],
        ids=["possible", "probable"],
    )
    def test_precision_and_recall(self, grades, least_precision, least_recall):
        found = [pair["same"] for pair, grade in graded_pairs() if grade in grades]
        precision = sum(found) / len(found)
        recall = sum(found) / sum(pair["same"] for pair in PAIRS)

        print(f"precision {precision:.3f} recall {recall:.3f}")
        assert precision >= least_precision
        assert recall >= least_recall

    def test_relatives_are_rarely_taken_for_one_another(self):
        relatives = [grade for pair, grade in graded_pairs() if not pair["same"] and pair["kind"].startswith(RELATIVES)]

        wrong = sum(grade in LIKELY for grade in relatives)

        print(f"relatives wrongly probable {wrong}/{len(relatives)}")
        assert len(relatives) >= 25
        assert wrong / len(relatives) <= 0.05


class TestScore:
    @settings(deadline=None)
    @given(IDENTITIES, IDENTITIES)
    def test_it_is_the_same_either_way_round(self, a, b):
        assert score(a, b) == score(b, a)

    @given(IDENTITIES, IDENTITIES)
    def test_a_better_grade_has_a_higher_score(self, a, b):
        match = score(a, b)

        floor = {"certain": 0.97, "probable": 0.77, "possible": 0.26, "none": 0.0}[match.grade]
        assert floor <= match.score <= 1

    @pytest.mark.parametrize(
        ("a", "b", "reason"),
        [
            (make_identity("Aster Mendez"), make_identity("Mendez Aster"), "first and last name swapped"),
            (make_identity("Ana Leal Cota"), make_identity("Ana Cota Leal"), "last names in another order"),
            (make_identity("Bob Hartley"), make_identity("Robert Hartley"), "nickname"),
            (make_identity("Ana Cota", birth="1990-03-04"), make_identity("Ana Cota", birth="1990-04-03"),
             "day and month swapped"),
            (make_identity("Ana Cota", phones=["+15595550142"]), make_identity("Luz", phones=["+15595550142"]),
             "same phone"),
            (make_identity("Ana Cota"), make_identity("Eva Cota"), "different first name"),
            (make_identity("A", identifiers={"cin": "1"}), make_identity("A", identifiers={"cin": "1"}),
             "same Medi-Cal number (CIN)"),
        ],
    )  # fmt: skip
    def test_it_says_why(self, a, b, reason):
        assert reason in score(a, b).reasons

    def test_reasons_hold_no_personal_data(self):
        a = make_identity("Aster Mendez", birth="1990-03-04", phones=["+15595550142"], zip="93702")

        said = " ".join(score(a, a).reasons)

        assert not any(part in said for part in ("Aster", "Mendez", "1990", "555", "93702"))

    def test_nothing_known_on_either_side_is_no_match(self):
        assert score(make_identity(), make_identity()).grade is Grade.NONE

    def test_a_name_alone_is_never_probable(self):
        a = make_identity("Maria Elena Garcia Lopez", zip="93702")

        assert score(a, a).grade is Grade.POSSIBLE

    def test_a_placeholder_date_is_weak(self):
        real = make_identity("Pao Her", birth="1960-07-19")
        placeholder = make_identity("Pao Her", birth="1960-01-01")

        assert score(placeholder, placeholder).score < score(real, real).score

    def test_an_unknown_name_with_one_phone_is_never_probable(self):
        a = make_identity("Unknown", birth="1990-05-05", phones=["+15595550142"], zip="93702")

        assert score(a, a).grade not in LIKELY

    def test_twins_whose_names_look_alike_are_never_certain(self):
        facts = {"birth": "2014-02-20", "phones": ["+15595550142"], "zip": "93702"}

        match = score(make_identity("Zaylin Brooks", **facts), make_identity("Zaylen Brooks", **facts))

        assert match.grade is Grade.PROBABLE

    def test_a_missing_first_name_is_never_certain(self):
        facts = {"birth": "2014-02-20", "phones": ["+15595550142"], "zip": "93702"}

        match = score(make_identity("Maria Guadalupe Soto", **facts), make_identity("Guadalupe Soto", **facts))

        assert match.grade is Grade.PROBABLE

    def test_two_medi_cal_numbers_are_two_people(self):
        facts = {"birth": "1980-06-06", "phones": ["+15595550142"]}
        a = make_identity("Juan Perez", identifiers={"cin": "90000001A"}, **facts)
        b = make_identity("Juan Perez", identifiers={"cin": "90000002B"}, **facts)

        assert score(a, b).grade is Grade.POSSIBLE


class TestRank:
    def test_the_best_come_first_and_strangers_not_at_all(self):
        query = make_identity("Pepe Orozco", birth="1975-08-08")
        candidates = [
            ("stranger", make_identity("Wren Calloway", birth="1990-01-02")),
            ("name only", make_identity("Jose Orozco")),
            ("same", make_identity("Jose Orozco", birth="1975-08-08")),
        ]

        ranked = rank(query, candidates)

        assert [key for key, _ in ranked] == ["same", "name only"]

    def test_no_more_than_the_limit(self):
        person = make_identity("Aster Mendez")

        assert len(rank(person, ((n, person) for n in range(30)), limit=4)) == 4


class TestFitsPartOfName:
    @pytest.mark.parametrize("part", ["Ast", "mén", "Mendez Aster", "Mendes", "A M"])
    def test_part_of_a_name_fits(self, part):
        assert fits_part_of_name(part, ["Aster Méndez"]) > 0.5

    def test_a_short_form_fits_the_full_name(self):
        assert fits_part_of_name("Pepe", ["Jose Orozco"]) > 0.5

    @pytest.mark.parametrize("part", ["Palmer", "Aster Palmer", ""])
    def test_another_name_does_not(self, part):
        assert fits_part_of_name(part, ["Aster Mendez"]) == 0

    def test_every_name_a_person_has_is_tried(self):
        assert fits_part_of_name("Rose", ["Robert Ellison", "Rose Ellison"]) > 0.5
