"""Answers of every kind of question, as FHIR writes them."""

import pytest

from cie.fhir.formats import write_json
from cie.fhir.resources.answers import answer, declined_answer, observed
from cie.screening import Item, Option

WHY = {
    "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "asked-declined"}]
}


def item(kind, *options):
    return Item("1", "1", "A question?", kind, options)


@pytest.mark.parametrize(
    ("kind", "code", "answered", "seen"),
    [
        ("boolean", "true", b'{"valueBoolean":true}', b'{"valueBoolean":true}'),
        ("integer", "6", b'{"valueInteger":6}', b'{"valueQuantity":{"value":6}}'),
        ("decimal", "25000.50", b'{"valueDecimal":25000.50}', b'{"valueQuantity":{"value":25000.50}}'),
        ("quantity", "1.5", b'{"valueQuantity":{"value":1.5}}', b'{"valueQuantity":{"value":1.5}}'),
        ("date", "2026-05-12", b'{"valueDate":"2026-05-12"}', b'{"valueDateTime":"2026-05-12"}'),
        ("dateTime", "2026-05-12 14:30", *[b'{"valueDateTime":"2026-05-12T14:30:00-07:00"}'] * 2),
        ("text", "Broadway", b'{"valueString":"Broadway"}', b'{"valueString":"Broadway"}'),
    ],
    ids=["yes", "count", "sum", "measure", "day", "moment", "words"],
)
def test_each_kind_has_its_type(kind, code, answered, seen):
    assert write_json(answer(item(kind), code)) == answered
    assert write_json(observed(item(kind), code)) == seen


def test_an_answer_of_a_list_is_a_coding_and_a_word_without_a_system_is_a_word():
    often, other = Option("http://loinc.org", "LA28397-0", "Often true"), Option("", "Other", "Other")

    assert answer(item("choice", often, other), "LA28397-0")["valueCoding"]["display"] == "Often true"
    assert answer(item("choice", often, other), "Other") == {"valueString": "Other"}


@pytest.mark.parametrize(
    ("kind", "name"), [("integer", "_valueInteger"), ("text", "_valueString"), ("quantity", "valueQuantity")]
)
def test_a_reason_stands_where_the_answer_would(kind, name):
    assert declined_answer(item(kind)) == {name: WHY}
