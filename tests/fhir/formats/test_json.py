"""JSON read strictly: FHIR R4, 2.6.2, and RFC 8259."""

import json
from decimal import Decimal

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cie.fhir.formats import DecimalAsSent, Unreadable, read_json, write_json
from cie.fhir.formats.faults import DEEPEST, LARGEST_BYTES, MOST_VALUES

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text('a"\\:{}[],1.e\n', max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('a"\\:{', max_size=2), inner, max_size=3),
    max_leaves=12,
)


def refusal(data):
    with pytest.raises(Unreadable) as caught:
        read_json(data)
    (fault,) = caught.value.faults
    return fault


def nested(levels):
    """An object with lists inside each other, `levels` deep in all."""
    return b'{"a":' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}"


class TestRead:
    @pytest.mark.parametrize("blank", ["", " ", "\n", "\r\n\t"])
    def test_blanks_count_for_nothing(self, blank):
        text = '{"a":[1,true,null,{"b":"c"}],"d":{}}'
        spread = "".join(f"{blank}{each}{blank}" if each in '{}[]:,"' and blank == " " else each for each in text)

        assert read_json(f"{blank}{spread}{blank}".encode()) == json.loads(spread)

    @settings(max_examples=300, deadline=None, derandomize=True, database=None)
    @given(st.dictionaries(st.text("ab", max_size=2), JSON, max_size=3), st.booleans())
    def test_whatever_stands_in_strings_it_reads_what_was_written(self, value, ascii_only):
        for indent in (None, 1):
            assert read_json(json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode()) == value

    def test_one_name_in_two_objects_is_no_repetition(self):
        assert read_json(b'{"a":{"a":1},"b":[{"a":1},{"a":2}]}')["b"] == [{"a": 1}, {"a": 2}]


class TestNumbers:
    @pytest.mark.parametrize(
        "sent",
        ["1.10", "0.0", "-0", "-0.50", "1e3", "1E-10", "1.5e+2", "100000000000000000000", "3.141592653589793238"],
    )
    def test_they_come_back_as_they_were_sent(self, sent):
        data = f'{{"value":{sent}}}'.encode()

        found = read_json(data)

        assert write_json(found) == data
        assert found["value"] == Decimal(sent)
        assert isinstance(found["value"], DecimalAsSent)

    @pytest.mark.parametrize(("sent", "whole"), [("0", 0), ("-7", -7), ("123456789012345678", 123456789012345678)])
    def test_whole_ones_are_whole(self, sent, whole):
        found = read_json(f'{{"a":{sent},"b":0.5}}'.encode())["a"]

        assert (found, type(found)) == (whole, int)

    def test_digits_in_strings_are_text(self):
        text = b'{"a":"1.10","b":"12345678901234567890","c":[": 1.5",",1e5"],"d":true}'

        assert read_json(text) == orjson.loads(text)

    def test_a_decimal_of_our_own_is_written_too(self):
        assert write_json({"value": Decimal("2.50")}) == b'{"value":2.50}'

    @pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), object(), {1, 2}])
    def test_nothing_is_written_that_is_no_json(self, value):
        with pytest.raises(TypeError):
            write_json({"value": value})

    @pytest.mark.parametrize(
        "sent", ["1e309", "1e-309", "1." + "0" * 70, "9" * 70, "1e999999999999999999999", "1e-999999999999999999999"]
    )
    def test_what_others_could_not_hold_is_refused(self, sent):
        assert refusal(f'{{"a":{sent}}}'.encode()).code in {"value", "structure"}


class TestRefusal:
    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"{",
            b"{'a':1}",
            b'{"a":1,}',
            b'{"a":1}{}',
            b'{"a":NaN}',
            b'{"a":Infinity}',
            b'{"a":-Infinity}',
            b'{"a":01}',
            b'{"a":1.}',
            b'{"a":"\x01"}',
            b'{"a":"\xff"}',
            b'{"a":"\\ud800"}',
            '{"a":"é"}'.encode("latin-1"),
            '{"a":1}'.encode("utf-16"),
            b"// a\n{}",
        ],
    )
    def test_what_is_not_json(self, data):
        assert refusal(data).code == "structure"

    def test_it_says_where(self):
        assert "line 2, column 7" in refusal(b'{"a":1,\n "b": x}').words

    @pytest.mark.parametrize("data", [b"[]", b'"a"', b"1", b"null", b'[{"resourceType":"Patient"}]'])
    def test_what_is_not_an_object(self, data):
        assert "object" in refusal(data).words

    @pytest.mark.parametrize(
        "data",
        [
            b'{"gender":"male","gender":"female"}',
            b'{"a":{"b":1,"b":1}}',
            b'{"a":[{"b":1},{"b":1,"c":{},"b":2}]}',
            b'{"a":1,"\\u0061":2}',
            b'{"a":"\\":","a":"x"}',
            b'{"a":"\\u0022\\u003a","a":"x"}',
            b'{"a":"x","a":"\\u0022:\\u0022:"}',
            b'{"a\\\\":1,"a\\\\":2}',
            b'{"a" : 1 , "a" : 2}',
        ],
    )
    def test_a_property_that_is_there_twice(self, data):
        assert "second time" in refusal(data).words

    def test_a_property_that_is_there_twice_is_found(self):
        fault = refusal(b'{"name": [\n  {"family": "a", "given": ["b"],\n   "family": "c"}]}')

        assert "Line 3, column 4" in fault.words

    def test_what_is_nested_too_deep(self):
        assert read_json(nested(DEEPEST))
        assert "deeper" in refusal(nested(DEEPEST + 1)).words
        assert refusal(nested(100_000)).code == "structure"

    def test_brackets_in_strings_hide_no_depth(self):
        hidden = b'["]",' * DEEPEST + b"1" + b',"["]' * DEEPEST

        assert "deeper" in refusal(b'{"a":' + hidden + b"}").words

    def test_brackets_in_strings_are_no_depth(self):
        text = "[{" * 200

        assert read_json(json.dumps({"a": text}).encode()) == {"a": text}

    def test_what_is_too_large(self):
        assert refusal(b" " * LARGEST_BYTES + b"{}").code == "too-long"

    def test_what_has_too_many_values(self):
        assert refusal(b'{"a":[' + b"1," * (MOST_VALUES + 1) + b"1]}").code == "too-long"

    @pytest.mark.parametrize(
        "data",
        [
            b'{"Moreno":1,"Moreno":2}',
            b'{"name":"Moreno" "x"}',
            b'["Moreno"]',
            b'{"Moreno":1.5e999}',
            b'{"birthDate":"Moreno\xff"}',
        ],
    )
    def test_no_refusal_repeats_what_was_sent(self, data):
        with pytest.raises(Unreadable) as caught:
            read_json(data)

        assert "Moreno" not in repr(caught.value.faults) + str(caught.value) + caught.value.message
