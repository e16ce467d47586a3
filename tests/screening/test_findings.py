"""Answers point to needs by question and answer together; silence never counts as a no."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from cie.resources import resource
from cie.screening.findings import Answer, Finding, domains_of, findings_for, need_codes
from cie.screening.instruments import Instrument, Item, Section, load_instrument, loinc_check_digit

NEVER, RARELY, SOMETIMES, FAIRLY_OFTEN, FREQUENTLY = "LA6270-8", "LA10066-1", "LA10082-8", "LA16644-9", "LA6482-9"
OFTEN_TRUE, SOMETIMES_TRUE, NEVER_TRUE, DONT_KNOW = "LA28397-0", "LA6729-3", "LA28398-8", "LA15775-2"
WORRIED, RAN_OUT = "88122-7", "88123-5"
HITS = ("95618-5", "95617-7", "95616-9", "95615-1")
YES, NO = "LA33-6", "LA32-8"
TABLE = json.loads(resource("seed_data", "findings.json").read_text(encoding="utf-8"))

# Gravity domain -> the last part of the VSAC value set of its diagnoses (2.16.840.1.113762.1.4.1247.N).
DIAGNOSES = {
    "food-insecurity": 17,
    "housing-instability": 24,
    "homelessness": 18,
    "inadequate-housing": 48,
    "transportation-insecurity": 26,
    "utility-insecurity": 243,
    "material-hardship": 35,
    "employment-status": 42,
    "health-insurance-coverage-status": 148,
    "social-connection": 81,
    "stress": 75,
    "intimate-partner-violence": 84,
}


def ahc() -> Instrument:
    return load_instrument(resource("seed_data", "instruments", "ahc-hrsn-core.json"))


def hvs() -> Instrument:
    return load_instrument(resource("seed_data", "instruments", "hunger-vital-sign.json"))


def prapare(*questions: str) -> Instrument:
    """An instrument with PRAPARE's code that asks only these questions."""
    items = tuple(Item(question, question, "A question?", "choice") for question in questions)
    return Instrument("93025-5", "PRAPARE", "1", "urn:made", (Section("s", "S", items),))


def answers(**by_question: str) -> dict[str, Answer]:
    """Answers by question: `q_71802_3="LA31995-6"`."""
    named = {name.removeprefix("q_").replace("_", "-"): code for name, code in by_question.items()}
    return {question: Answer(question, (code,)) for question, code in named.items()}


def food(worried: str | None, ran_out: str | None) -> Finding:
    given = {q: Answer(q, (code,)) for q, code in ((WORRIED, worried), (RAN_OUT, ran_out)) if code}
    return next(f for f in findings_for(hvs(), given) if f.need == "food")


def safety(*codes: str | None) -> Finding:
    given = {q: Answer(q, (code,)) for q, code in zip(HITS, codes, strict=False) if code}
    return next(f for f in findings_for(ahc(), given) if f.question == "95614-4")


def positive(instrument: Instrument, given: dict[str, Answer]) -> list[tuple[str, str, str | None]]:
    return [(f.need, f.domain, f.icd10) for f in findings_for(instrument, given) if f.is_positive]


class TestTable:
    def test_has_one_row_for_each_instrument_question_and_answer(self):
        keys = Counter((row["instrument"], row["question"], row["answer"]) for row in TABLE["findings"])

        assert [key for key, count in keys.items() if count > 1] == []

    def test_names_the_instrument_where_instruments_share_a_question(self):
        shared = {"71802-3", "93030-5"}

        assert all(row["instrument"] for row in TABLE["findings"] if row["question"] in shared)

    def test_uses_known_needs_and_right_check_digits(self):
        assert {row["need"] for row in TABLE["findings"]} <= set(need_codes())
        assert len(need_codes()) == 17
        assert all(loinc_check_digit(row[name]) for row in TABLE["findings"] for name in ("question", "answer"))

    def test_every_row_for_the_shipped_instrument_names_an_answer_that_it_offers(self):
        offered = {(item.code, option.code) for item in ahc().items for option in item.options}

        rows = [r for r in TABLE["findings"] if r["instrument"] in {None, "96777-8"} and r["question"] != "88124-3"]

        assert {(row["question"], row["answer"]) for row in rows} <= offered

    def test_codes_are_of_the_value_set_of_their_domain(self):
        root = os.environ.get("CIE_REFERENCE")
        if not root:
            pytest.skip("CIE_REFERENCE is not set")
        known = {domain: value_set_codes(Path(root), number) for domain, number in DIAGNOSES.items()}

        coded = [*TABLE["findings"], TABLE["hits"]]
        outside = [
            (row["domain"], row[name])
            for row in coded
            for name in ("icd10", "snomed")
            if row[name] and row[name] not in known[row["domain"]]
        ]

        assert outside == []


def value_set_codes(root: Path, number: int) -> set[str]:
    file = root / "gravity" / "vsac-gravity-valuesets" / f"ValueSet-2.16.840.1.113762.1.4.1247.{number}.json"
    value_set = json.loads(file.read_text(encoding="utf-8"))
    expanded = value_set.get("expansion", {}).get("contains", [])
    listed = [c for i in value_set.get("compose", {}).get("include", []) for c in i.get("concept", [])]
    return {concept["code"] for concept in [*expanded, *listed]}


class TestPairs:
    def test_yes_is_a_need_to_one_question_and_nothing_to_another(self):
        assert positive(ahc(), answers(q_93030_5=YES)) == [
            ("transportation", "transportation-insecurity", "Z59.82"),
        ]
        assert positive(prapare("93026-3"), answers(q_93026_3=YES)) == []
        assert positive(prapare("93026-3"), answers(q_93026_3=NO)) == [
            ("safety-from-abuse", "sdoh-category-unspecified", None),
        ]

    def test_housing_has_a_list_of_its_own_in_each_instrument(self):
        assert positive(ahc(), answers(q_71802_3="LA31995-6")) == [("shelter", "homelessness", "Z59.00")]
        assert positive(ahc(), answers(q_71802_3="LA31994-9")) == [("rent-help", "housing-instability", "Z59.811")]
        assert positive(prapare("71802-3"), answers(q_71802_3="LA30190-5")) == [("shelter", "homelessness", "Z59.00")]
        assert positive(ahc(), answers(q_71802_3="LA30190-5")) == []
        assert positive(prapare("71802-3"), answers(q_71802_3="LA31995-6")) == []

    def test_good_news_points_to_nothing(self):
        good = answers(q_71802_3="LA31993-1", q_96778_6="LA9-3", q_93030_5=NO, q_96779_4=NO)

        assert positive(ahc(), good) == []

    def test_each_of_several_answers_points_for_itself(self):
        given = {"96778-6": Answer("96778-6", ("LA31996-4", "LA31998-0"))}

        found = [f for f in findings_for(ahc(), given) if f.is_positive]

        assert [(f.codes, f.icd10, f.snomed) for f in found] == [
            (("LA31996-4",), "Z59.19", "1162585007"),
            (("LA31998-0",), "Z59.11", "105535008"),
        ]

    def test_an_answer_to_a_question_that_was_not_asked_points_to_nothing(self):
        assert findings_for(prapare("93029-7"), answers(q_71802_3="LA30190-5")) == []

    def test_a_declined_answer_points_to_nothing_even_with_a_code(self):
        given = {"93030-5": Answer("93030-5", (YES,), declined=True)}

        assert positive(ahc(), given) == []

    def test_choosing_not_to_answer_points_to_nothing(self):
        assert findings_for(prapare("71802-3"), answers(q_71802_3="LA30122-8")) == []


class TestHungerVitalSign:
    @pytest.mark.parametrize(
        ("worried", "ran_out"),
        [
            (OFTEN_TRUE, NEVER_TRUE),
            (NEVER_TRUE, SOMETIMES_TRUE),
            (SOMETIMES_TRUE, SOMETIMES_TRUE),
            (OFTEN_TRUE, None),
            (DONT_KNOW, OFTEN_TRUE),
        ],
    )
    def test_one_often_or_sometimes_is_at_risk(self, worried, ran_out):
        finding = food(worried, ran_out)

        assert finding.result == "at-risk"
        assert finding.is_positive
        assert (finding.question, finding.codes) == ("88124-3", ("LA19952-3",))
        assert (finding.icd10, finding.snomed) == ("Z59.41", "733423003")

    def test_names_the_answers_it_rests_on(self):
        assert food(NEVER_TRUE, OFTEN_TRUE).concerns == (RAN_OUT,)

    def test_two_nevers_are_no_risk(self):
        finding = food(NEVER_TRUE, NEVER_TRUE)

        assert (finding.result, finding.codes, finding.icd10) == ("no-risk", ("LA19983-8",), None)
        assert not finding.is_positive

    @pytest.mark.parametrize(
        ("worried", "ran_out"),
        [(NEVER_TRUE, None), (None, NEVER_TRUE), (NEVER_TRUE, DONT_KNOW), (DONT_KNOW, DONT_KNOW), (None, None)],
    )
    def test_anything_else_is_no_result(self, worried, ran_out):
        finding = food(worried, ran_out)

        assert (finding.result, finding.codes, finding.is_positive) == ("none", (), False)

    def test_declining_one_question_clears_nothing(self):
        given = {WORRIED: Answer(WORRIED, (NEVER_TRUE,)), RAN_OUT: Answer(RAN_OUT, declined=True)}

        found = findings_for(hvs(), given)

        assert [f.result for f in found] == ["none"]

    def test_is_worked_out_within_the_longer_instrument_too(self):
        given = answers(q_88122_7=SOMETIMES_TRUE, q_88123_5=NEVER_TRUE)

        assert positive(ahc(), given) == [("food", "food-insecurity", "Z59.41")]


class TestSafety:
    @pytest.mark.parametrize(
        ("codes", "total", "result"),
        [
            ((NEVER, NEVER, NEVER, NEVER), 4, "no-risk"),
            ((SOMETIMES, SOMETIMES, RARELY, RARELY), 10, "no-risk"),
            ((SOMETIMES, SOMETIMES, SOMETIMES, RARELY), 11, "positive"),
            ((FREQUENTLY, FREQUENTLY, NEVER, NEVER), 12, "positive"),
            ((FREQUENTLY, FREQUENTLY, FREQUENTLY, FREQUENTLY), 20, "positive"),
        ],
    )
    def test_is_totalled_when_all_four_were_answered(self, codes, total, result):
        finding = safety(*codes)

        assert (finding.score, finding.result) == (total, result)
        assert finding.need == "safety-from-abuse"

    @pytest.mark.parametrize("codes", [(), (FREQUENTLY, FREQUENTLY, FREQUENTLY), (NEVER, None, NEVER, NEVER)])
    def test_is_incomplete_when_one_is_missing(self, codes):
        finding = safety(*codes)

        assert (finding.score, finding.result, finding.is_positive) == (None, "incomplete", False)

    def test_is_incomplete_when_one_was_declined(self):
        given = {q: Answer(q, (NEVER,)) for q in HITS} | {HITS[2]: Answer(HITS[2], declined=True)}

        finding = next(f for f in findings_for(ahc(), given) if f.question == "95614-4")

        assert finding.result == "incomplete"

    def test_shows_staff_anything_above_rarely_whatever_the_total(self):
        below = safety(FAIRLY_OFTEN, RARELY, NEVER, NEVER)
        unfinished = safety(None, SOMETIMES)

        assert (below.result, below.concerns) == ("no-risk", (HITS[0],))
        assert (unfinished.result, unfinished.concerns) == ("incomplete", (HITS[1],))
        assert safety(RARELY, RARELY, RARELY, RARELY).concerns == ()

    def test_an_unknown_answer_leaves_it_incomplete(self):
        assert safety(NEVER, NEVER, NEVER, YES).result == "incomplete"


class TestDomains:
    @pytest.mark.parametrize(
        ("instrument", "question", "answer", "domains"),
        [
            ("96777-8", "71802-3", "LA31995-6", ("homelessness",)),
            ("96777-8", "71802-3", "LA31993-1", ("housing-instability", "homelessness")),
            ("93025-5", "71802-3", "LA30189-7", ("homelessness",)),
            ("93025-5", "93031-3", "LA30125-1", ("food-insecurity",)),
            ("88121-9", WORRIED, NEVER_TRUE, ("food-insecurity",)),
            ("88121-9", WORRIED, None, ("food-insecurity",)),
            ("93025-5", "93034-7", NO, ("veteran-status",)),
            ("93025-5", "32624-9", "LA4-4", ()),
        ],
    )
    def test_an_answer_is_about_its_need_or_else_what_its_question_is_about(
        self, instrument, question, answer, domains
    ):
        assert domains_of(instrument, question, answer) == domains
