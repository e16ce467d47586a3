"""JSON in lines says what it said."""

import orjson
import pytest

from cie.indenting import indented


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        'a, {b}: "c" \\',
        {"a": {}, "b": [], "c": [1, {"d": "[", "é": None}], "e": [[], [{}]], "f": {"g": {"h": True}}},
    ],
)
def test_each_value_has_a_line_of_its_own(value):
    assert indented(orjson.dumps(value)) == orjson.dumps(value, option=orjson.OPT_INDENT_2)


def test_nothing_is_written_in_another_way():
    said = b'{ "a": 1.10,\t"a":1E3, "b": "\\u00e9" }'

    assert indented(said) == b'{\n  "a": 1.10,\n  "a": 1E3,\n  "b": "\\u00e9"\n}'
