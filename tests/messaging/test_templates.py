import json
import re
import tomllib
import unicodedata
from datetime import date, timedelta

import pytest

from cie.errors import Invalid
from cie.messaging.segments import count_segments
from cie.messaging.templates import (
    LANGUAGES,
    LONGEST,
    MOST_SEGMENTS,
    TEMPLATES,
    placeholders,
    render,
    text_day,
    text_language,
)
from cie.resources import resource

PARTS = ("label", "phrase", "words")
# Words of a need that every text may use in another sense: "VA" (veterans), phone service, being alone.
EVERYDAY = {"va", "phone", "solo"}
EVERY = [(template, language) for template in TEMPLATES for language in LANGUAGES]
KINDS = """
clinic clinics hospital doctor nurse health medical medicine plan insurance county agency charity church shelter
shelters pantry bank legal lawyer court school police jail immigration victim violence abuse safety therapy
counseling counselor recovery rehab drug alcohol suicide crisis hotline food housing rent home meal utility
transport ride job work money benefits pregnancy hiv
clínica hospital doctora doctor enfermera salud médico medicina seguro condado agencia iglesia albergue despensa
banco abogado corte escuela policía cárcel inmigración víctima violencia abuso seguridad terapia consejería
recuperación droga alcohol suicidio crisis comida alimento alimentos vivienda renta casa hogar luz transporte
trabajo dinero beneficios embarazo vih 988
"""


def words_of(language):
    return tomllib.loads(resource("seed_data", "texts", f"{language}.toml").read_text("utf-8"))


def longest(template, language):
    return render(template, language, **{"label": LONGEST["label"]} | TEMPLATES[template])


def in_words(text):
    """The words of a text without case, accents and signs, one space apart."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.findall(r"\w+", "".join(c for c in letters if not unicodedata.combining(c))))


def plain_words(text):
    return set(in_words(text).split())


def strings_in(value):
    if isinstance(value, str):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for item in items for text in strings_in(item)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_template_has_words_in_every_language_and_no_others(language):
    assert list(words_of(language)) == list(TEMPLATES)


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_the_words_use_exactly_the_placeholders_of_the_table(template, language):
    assert placeholders(words_of(language)[template]) == set(TEMPLATES[template])


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_the_longest_rendering_takes_at_most_two_segments(template, language):
    assert count_segments(longest(template, language)).count <= MOST_SEGMENTS


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_no_text_names_a_kind_of_organization(template, language):
    revealing = plain_words(KINDS)

    assert not plain_words(words_of(language)[template]) & revealing


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_no_text_names_a_need(template, language):
    needs = json.loads(resource("seed_data", "needs.json").read_text("utf-8"))["needs"]
    told = {in_words(phrase) for need in needs for part in PARTS for phrase in strings_in(need[part])} - EVERYDAY
    text = f" {in_words(words_of(language)[template])} "

    assert [phrase for phrase in told if f" {phrase} " in text] == []


def test_no_placeholder_can_carry_the_name_of_the_person():
    assert set(LONGEST) == {"label", "by", "day", "worker", "code", "url", "phone"}


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_no_text_shouts_or_uses_marks_that_phones_lack(template, language):
    assert not re.search(r"[!¡“”‘’–—«»…\n]", words_of(language)[template])


def test_spanish_is_written_with_its_accents():
    spanish = " ".join(words_of("es").values())

    assert {"sí", "aún", "llamó", "pidió", "aquí", "código", "organización"} <= set(re.findall(r"\w+", spanish))
    assert not re.search(r"\b(espanol|codigo|organizacion|aqui|mas|numero|pagina|leera|recibira)\b", spanish)


def test_the_ask_is_in_exactly_the_agreed_words():
    english = render("ask", "en", label="Valley Exchange", day="May 12")
    spanish = render("ask", "es", label="Valley Exchange", day="12 de mayo")

    assert english == (
        "Did someone help you with what you asked for on May 12? 1 yes, I got help "
        "2 they contacted me, no help yet 3 nobody contacted me 4 I no longer need it"
    )
    assert spanish == (
        "¿Le ayudaron con lo que pidió el 12 de mayo? Responda 1 sí 2 me llamaron, aún sin ayuda "
        "3 nadie me llamó 4 ya no lo necesito"
    )


@pytest.mark.parametrize(("language", "other"), [("en", "Para español responda 8."), ("es", "For English reply 9.")])
def test_the_first_text_says_who_what_an_example_how_to_stop_and_the_other_language(language, other):
    text = render("first-text", language, label="Valley Exchange")

    assert text.startswith("Valley Exchange: ")
    assert '"' in text
    assert "STOP" in text
    assert text.endswith(other)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_day_of_the_year_is_longer_than_the_table_says(language):
    days = [date(2028, 1, 1) + timedelta(days=n) for n in range(366)]

    assert max(len(text_day(day, language)) for day in days) <= len(LONGEST["day"])
    assert text_day(date(2026, 5, 12), "en") == "May 12"
    assert text_day(date(2026, 5, 12), "es-MX") == "12 de mayo"


def test_a_language_without_texts_gets_english():
    assert text_language("vi") == "en"
    assert text_language("es-419") == "es"
    assert render("help-started", "vi", label="Valley Exchange") == "Valley Exchange: help has started."


def test_braces_in_a_value_stay_as_they_are():
    text = render("waiting-list", "en", label="Valley Exchange", worker="{code}")

    assert "{code} will call you" in text


@pytest.mark.parametrize(
    ("template", "values", "field"),
    [
        ("asked", {}, "by"),
        ("asked", {"by": ""}, "by"),
        ("asked", {"by": "May 12", "code": "123456"}, "code"),
        ("waiting-list", {"worker": "W" * 200}, "worker"),
        ("waiting-list", {"worker": "Wren\nSTOP"}, "worker"),
    ],
)
def test_a_value_that_is_missing_unknown_or_too_long_is_refused_without_being_shown(template, values, field):
    with pytest.raises(Invalid) as refused:
        render(template, "en", label="Valley Exchange", **values)

    assert refused.value.field == field
    assert "WWW" not in refused.value.message
    assert "123456" not in refused.value.message


def test_a_label_that_is_too_long_is_refused():
    with pytest.raises(Invalid):
        render("ask", "en", label="V" * 40, day="May 12")


def test_an_unknown_template_is_an_error_of_ours():
    with pytest.raises(KeyError):
        render("greeting", "en", label="Valley Exchange")
