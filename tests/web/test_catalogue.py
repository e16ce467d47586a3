"""Spanish says everything that English says, with the same names filled in."""

import re

from tests.support.words import all_words, catalogue

SPANISH = catalogue()
COGNATES = {"normal", "Hospital", "Supervisor"}
NAMES = re.compile(r"%\((\w+)\)[sd]")


def texts(value):
    return list(value) if isinstance(value, (tuple, list)) else [value]


def test_everything_that_is_said_has_spanish():
    missing = [
        text for text in all_words() if not (found := SPANISH.get(texts(text)[0])) or not all(texts(found.string))
    ]

    assert sorted(map(str, missing)) == []


def test_the_catalogue_holds_nothing_else():
    said = {texts(text)[0] for text in all_words()}

    assert [message.id for message in SPANISH if message.id and texts(message.id)[0] not in said] == []


def test_each_translation_fills_in_the_same_names():
    wrong = [
        message.id
        for message in SPANISH
        if message.id
        for string in texts(message.string)
        if set(NAMES.findall(string)) - {"num"} != set(NAMES.findall(texts(message.id)[-1])) - {"num"}
    ]

    assert wrong == []


def test_spanish_is_not_english_again():
    same = {m.id for m in SPANISH if m.id and m.string == m.id and len(NAMES.sub("", texts(m.id)[0])) > 5}

    assert same <= COGNATES


def test_no_translation_has_markup_that_the_text_has_not():
    assert [m.id for m in SPANISH if m.id and any("<" in s for s in texts(m.string)) and "<" not in str(m.id)] == []


def test_the_privacy_officer_is_the_office_everywhere():
    others = re.compile(r"oficial\w* de privacidad|(encargad|responsable)\w* de (la )?privacidad", re.IGNORECASE)

    assert [message.id for message in SPANISH if any(others.search(each) for each in texts(message.string))] == []
