"""Instruments are read whole and unchanged, or refused by the path of what cannot be read."""

import copy
import json
import os
from pathlib import Path

import pytest

from cie.errors import Invalid
from cie.resources import resource
from cie.screening.instruments import (
    HIDDEN,
    LOINC,
    STAFF_ONLY,
    Instrument,
    load_instrument,
    loinc_check_digit,
    parse_questionnaire,
)

SHIPPED = ("ahc-hrsn-core.json", "hunger-vital-sign.json")


def shipped(name: str) -> dict:
    return json.loads(resource("seed_data", "instruments", name).read_text(encoding="utf-8"))


def make_question(link_id: str = "q1", **changes) -> dict:
    options = [{"valueCoding": {"system": LOINC, "code": "LA33-6", "display": "Yes"}}]
    return {"linkId": link_id, "text": "A question?", "type": "choice", "answerOption": options} | changes


def make_questionnaire(*items: dict, **changes) -> dict:
    base = {"resourceType": "Questionnaire", "id": "made", "title": "Made", "version": "1", "url": "urn:made"}
    return base | {"item": list(items) or [make_question()]} | changes


def refused_at(resource_or_item: dict) -> str:
    """The path that the refusal names."""
    with pytest.raises(Invalid) as refusal:
        parse_questionnaire(resource_or_item)
    return str(refusal.value.field)


def codings(value: object):
    """Every coding of LOINC in a resource."""
    if isinstance(value, dict):
        if value.get("system") == LOINC and "code" in value:
            yield value
        for inner in value.values():
            yield from codings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from codings(inner)


def by_code(instrument: Instrument) -> dict:
    return {item.code: item for item in instrument.items}


class TestCheckDigit:
    @pytest.mark.parametrize("code", ["88121-9", "96777-8", "71802-3", "LA33-6", "LA9-3", "LA31993-1", "LA28397-0"])
    def test_fits_a_real_code(self, code):
        assert loinc_check_digit(code)

    @pytest.mark.parametrize("code", ["88122-0", "88121-7", "LA33-7", "LA31993-2", "88122", "", "x-1", "LL3323-4 "])
    def test_refuses_what_is_none(self, code):
        assert not loinc_check_digit(code)

    @pytest.mark.parametrize("name", SHIPPED)
    def test_fits_every_code_that_is_shipped(self, name):
        codes = [coding["code"] for coding in codings(shipped(name))]

        assert len(codes) > 10
        assert [code for code in codes if not loinc_check_digit(code)] == []


class TestShipped:
    def test_core_instrument_has_its_five_sections_and_ten_questions(self):
        ahc = load_instrument(resource("seed_data", "instruments", "ahc-hrsn-core.json"))

        assert ahc.code == "96777-8"
        assert [(section.title, [item.code for item in section.items]) for section in ahc.sections] == [
            ("Living Situation", ["71802-3", "96778-6"]),
            ("Food", ["88122-7", "88123-5"]),
            ("Transportation", ["93030-5"]),
            ("Utilities", ["96779-4"]),
            ("Safety", ["95618-5", "95617-7", "95616-9", "95615-1"]),
        ]

    def test_only_the_safety_section_is_for_staff_alone(self):
        ahc = load_instrument(resource("seed_data", "instruments", "ahc-hrsn-core.json"))

        assert [section.title for section in ahc.sections if section.safety] == ["Safety"]
        assert sum(item.safety for item in ahc.items) == 4

    def test_problems_of_a_home_may_be_several_but_none_stands_alone(self):
        ahc = load_instrument(resource("seed_data", "instruments", "ahc-hrsn-core.json"))

        problems = by_code(ahc)["96778-6"]

        assert problems.repeats
        assert [option.code for option in problems.options if option.exclusive] == ["LA9-3"]
        assert [item.code for item in ahc.items if item.repeats] == ["96778-6"]

    def test_hunger_vital_sign_has_two_questions_outside_groups(self):
        hvs = load_instrument(resource("seed_data", "instruments", "hunger-vital-sign.json"))

        assert hvs.code == "88121-9"
        assert [item.code for item in hvs.items] == ["88122-7", "88123-5"]
        assert [option.code for option in hvs.items[0].options] == ["LA28397-0", "LA6729-3", "LA28398-8", "LA15775-2"]

    @pytest.mark.parametrize("name", SHIPPED)
    def test_text_is_the_code_s_own_display_and_declining_is_no_answer(self, name):
        instrument = parse_questionnaire(shipped(name))
        displays = {coding["code"]: coding["display"] for coding in codings(shipped(name))}

        assert all(item.text == displays[item.code] for item in instrument.items)
        assert not any("choose not" in option.display for item in instrument.items for option in item.options)

    @pytest.mark.parametrize("name", SHIPPED)
    def test_notice_goes_with_the_wording(self, name):
        notice = shipped(name)["copyright"]

        assert "http://loinc.org/license" in notice
        assert "Regenstrief Institute" in notice


class TestReading:
    def test_groups_within_groups_become_sections_in_order(self):
        inner = {"linkId": "g2", "text": "Inner", "type": "group", "item": [make_question("b")]}
        around = [make_question("a"), inner, make_question("c")]
        outer = {"linkId": "g1", "text": "Outer", "type": "group", "item": around}

        instrument = parse_questionnaire(make_questionnaire(make_question("first"), outer))

        assert [(s.title, [i.link_id for i in s.items]) for s in instrument.sections] == [
            ("Made", ["first"]),
            ("Outer", ["a"]),
            ("Inner", ["b"]),
            ("Outer", ["c"]),
        ]

    def test_questions_inside_a_question_follow_it(self):
        help_text = {"linkId": "h", "text": "Help", "type": "display"}
        parent = make_question("a", item=[help_text, make_question("b")])

        instrument = parse_questionnaire(make_questionnaire(parent, make_question("c")))

        assert [item.link_id for item in instrument.items] == ["a", "b", "c"]

    def test_hidden_and_computed_questions_are_left_out(self):
        hidden = make_question("h", extension=[{"url": HIDDEN, "valueBoolean": True}])
        shown = make_question("s", extension=[{"url": HIDDEN, "valueBoolean": False}])

        instrument = parse_questionnaire(make_questionnaire(hidden, shown))

        assert [item.link_id for item in instrument.items] == ["s"]

    def test_answers_may_come_from_a_value_set_inside_the_questionnaire(self):
        concepts = [{"code": "LA33-6", "display": "Yes"}, {"code": "LA32-8", "display": "No"}]
        compose = {"include": [{"system": LOINC, "concept": concepts}]}
        value_set = {"resourceType": "ValueSet", "id": "yn", "compose": compose}
        question = {"linkId": "q", "text": "A question?", "type": "choice", "answerValueSet": "#yn"}

        instrument = parse_questionnaire(make_questionnaire(question, contained=[value_set]))

        assert [(o.system, o.code, o.display) for o in instrument.items[0].options] == [
            (LOINC, "LA33-6", "Yes"),
            (LOINC, "LA32-8", "No"),
        ]

    def test_a_marked_group_makes_all_its_questions_safety_questions(self):
        mark = [{"url": STAFF_ONLY, "valueBoolean": True}]
        group = {"linkId": "g", "text": "G", "type": "group", "extension": mark, "item": [make_question("a")]}

        instrument = parse_questionnaire(make_questionnaire(group, make_question("b")))

        assert [(section.safety, section.items[0].safety) for section in instrument.sections] == [
            (True, True),
            (False, False),
        ]

    def test_a_question_without_a_code_goes_by_its_link_id(self):
        instrument = parse_questionnaire(make_questionnaire(make_question("plain", type="string", answerOption=[])))

        assert instrument.items[0].code == "plain"
        assert instrument.items[0].options == ()

    def test_answers_that_are_plain_text_are_their_own_codes(self):
        question = make_question(answerOption=[{"valueString": "Often"}, {"valueInteger": 3}])

        options = parse_questionnaire(make_questionnaire(question)).items[0].options

        assert [(o.system, o.code, o.display) for o in options] == [("", "Often", "Often"), ("", "3", "3")]


class TestRefusal:
    def test_of_another_resource(self):
        assert refused_at({"resourceType": "Patient"}) == "resourceType"
        assert refused_at([]) == "resourceType"

    def test_of_a_questionnaire_that_asks_nothing(self):
        assert refused_at({"resourceType": "Questionnaire"}) == "item"
        assert refused_at(make_questionnaire({"linkId": "d", "type": "display", "text": "Hello"})) == "item"

    def test_of_an_unknown_type(self):
        questions = [make_question("a"), make_question("b", type="sum")]
        group = {"linkId": "g", "text": "G", "type": "group", "item": questions}

        assert refused_at(make_questionnaire(group)) == "item[0].item[1].type"

    def test_of_a_link_id_twice_or_missing(self):
        assert refused_at(make_questionnaire(make_question("a"), make_question("a"))) == "item[1].linkId"
        assert refused_at(make_questionnaire({"type": "string", "text": "T"})) == "item[0].linkId"

    def test_of_a_wrong_check_digit(self):
        wrong_question = make_question(code=[{"system": LOINC, "code": "88122-0"}])
        wrong_answer = make_question(answerOption=[{"valueCoding": {"system": LOINC, "code": "LA33-7"}}])

        assert refused_at(make_questionnaire(wrong_question)) == "item[0].code"
        assert refused_at(make_questionnaire(wrong_answer)) == "item[0].answerOption[0].valueCoding.code"
        assert refused_at(make_questionnaire(code=[{"system": LOINC, "code": "88121-7"}])) == "code"

    def test_of_a_question_asked_only_on_a_condition(self):
        assert refused_at(make_questionnaire(make_question(enableWhen=[{"question": "x"}]))) == "item[0].enableWhen"

    def test_of_a_choice_without_answers(self):
        assert refused_at(make_questionnaire(make_question(answerOption=[]))) == "item[0].answerOption"

    def test_of_an_answer_that_cannot_be_read(self):
        reference = make_question(answerOption=[{"valueReference": {"reference": "Patient/1"}}])
        nameless = make_question(answerOption=[{"valueCoding": {"display": "Yes"}}])

        assert refused_at(make_questionnaire(reference)) == "item[0].answerOption[0]"
        assert refused_at(make_questionnaire(nameless)) == "item[0].answerOption[0].valueCoding.code"

    def test_of_a_value_set_kept_elsewhere(self):
        question = {"linkId": "q", "text": "T", "type": "choice", "answerValueSet": "http://example.org/vs"}

        assert refused_at(make_questionnaire(question)) == "item[0].answerValueSet"

    def test_of_a_question_without_words(self):
        assert refused_at(make_questionnaire(make_question(text=""))) == "item[0].text"

    def test_of_a_group_inside_a_question(self):
        parent = make_question(item=[{"linkId": "g", "text": "G", "type": "group", "item": []}])

        assert refused_at(make_questionnaire(parent)) == "item[0].item[0].type"

    @pytest.mark.parametrize("wrong", ["text", {"linkId": "x"}, ["text"]])
    def test_of_a_list_that_is_none(self, wrong):
        assert refused_at(make_questionnaire() | {"item": wrong}) == "item"

    def test_of_a_file_that_is_not_json(self, tmp_path):
        file = tmp_path / "broken.json"
        file.write_bytes(b"\xff{")

        with pytest.raises(Invalid, match="not JSON"):
            load_instrument(file)


def reference_file(*parts: str) -> Path:
    root = os.environ.get("CIE_REFERENCE")
    if not root:
        pytest.skip("CIE_REFERENCE is not set")
    return Path(root, "gravity", *parts)


class TestReference:
    @pytest.mark.parametrize(
        "parts",
        [
            ("examples", "Questionnaire-SDOHCC-QuestionnairePRAPARE.json"),
            ("us-core-screening-examples", "Questionnaire-prapare-example.json"),
        ],
    )
    def test_prapare_is_read_whole(self, parts):
        prapare = load_instrument(reference_file(*parts))

        assert prapare.code == "93025-5"
        assert [len(section.items) for section in prapare.sections] == [5, 4, 6, 2, 4]
        assert {item.code: item.kind for item in prapare.items if item.kind != "choice"} == {
            "63512-8": "integer",
            "56799-0": "string",
            "63586-2": "decimal",
        }
        assert {item.code for item in prapare.items if item.safety} == {"93026-3", "76501-6"}
        assert {item.code for item in prapare.items if item.repeats} == {"32624-9", "93031-3", "93030-5"}

    def test_computed_question_of_the_hunger_vital_sign_is_left_out(self):
        hvs = load_instrument(reference_file("examples", "Questionnaire-SDOHCC-QuestionnaireHungerVitalSign.json"))

        assert [item.code for item in hvs.items] == ["88122-7", "88123-5"]

    def test_shipped_wording_is_that_of_the_source(self):
        for name, *parts in (
            (SHIPPED[0], "us-core-screening-examples", "Questionnaire-AHC-HRSN-96777-8.json"),
            (SHIPPED[1], "examples", "Questionnaire-SDOHCC-QuestionnaireHungerVitalSign.json"),
        ):
            ours, source = parse_questionnaire(shipped(name)), load_instrument(reference_file(*parts))

            said = {i.code: (i.text, [(o.code, o.display) for o in i.options], i.repeats) for i in source.items}
            assert {i.code: (i.text, [(o.code, o.display) for o in i.options], i.repeats) for i in ours.items} == said

    def test_every_answer_code_of_the_value_sets_passes_the_check_digit(self):
        wrong = set()
        for file in reference_file("vsac-gravity-valuesets").glob("*.json"):
            found = codings_with_system(json.loads(file.read_text(encoding="utf-8")))
            wrong |= {code for code in found if not code.startswith(("LP", "LL")) and not loinc_check_digit(code)}

        assert wrong == set()


def codings_with_system(value_set: dict) -> set[str]:
    """The LOINC codes of a value set, whose system stands on the include or on each code."""
    given = copy.deepcopy(value_set)
    for include in given.get("compose", {}).get("include", []):
        for concept in include.get("concept", []):
            concept["system"] = include.get("system")
    return {coding["code"] for coding in codings(given)}
