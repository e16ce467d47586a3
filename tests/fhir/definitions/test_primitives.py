"""What a value of each primitive type looks like: FHIR R4, 2.24.0.1."""

import time

import pytest

from cie.fhir.definitions.primitives import PRIMITIVES, is_primitive


def looks_like(code, text):
    return PRIMITIVES[code].fullmatch(text) is not None


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        ("base64Binary", ["AAAA", "AA==", "AAAA BBBB\nCC==", " AAAA "]),
        ("boolean", ["true", "false"]),
        ("canonical", ["http://hl7.org/fhir/ValueSet/x|4.0.1", "#a"]),
        ("code", ["a", "in-progress", "two words", "é"]),
        ("date", ["2024", "2024-02", "2024-02-29", "0001"]),
        ("dateTime", ["2024", "2024-02", "2024-02-29", "2024-02-29T23:59:60Z", "2024-02-29T00:00:00.5+14:00"]),
        ("decimal", ["0", "-1.10", "1e3", "1.5E-10", "10"]),
        ("id", ["a", "A-1.b", "x" * 64]),
        ("instant", ["2024-02-29T23:59:59.123-08:00", "2024-02-29T23:59:59Z"]),
        ("integer", ["0", "-1", "2147483647"]),
        ("markdown", ["# a\n\n*b*", " "]),
        ("oid", ["urn:oid:1.2.0.3"]),
        ("positiveInt", ["1", "20"]),
        ("string", ["a", " a ", "a\tb\r\nc", "é", "\N{GRINNING FACE}"]),
        ("time", ["00:00:00", "23:59:60.001"]),
        ("unsignedInt", ["0", "7"]),
        ("uri", ["urn:uuid:a", "http://a/b?c#d", "#"]),
        ("url", ["mailto:a@example.org"]),
        ("uuid", ["urn:uuid:c757873d-ec9a-4326-a141-556f43239520"]),
    ],
)
def test_these_are_values(code, texts):
    assert [text for text in texts if not looks_like(code, text)] == []


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        ("base64Binary", ["", "AAA", "AA A=", "AA-_", "AA AA"]),
        ("boolean", ["True", "1", "", " true"]),
        ("canonical", ["", "a b"]),
        ("code", ["", " a", "a ", "a  b", "a\nb"]),
        ("date", ["0000", "24", "2024-13", "2024-00", "2024-02-32", "2024-2-1", "2024-02-29T00:00:00Z"]),
        ("dateTime", ["2024-02-29T10:00", "2024-02-29T10:00:00", "2024-02-29T24:00:00Z", "2024-02-29T10:00:00+15:00"]),
        ("decimal", ["1.", ".5", "01", "+1", "NaN", "1e", "", "--1"]),
        ("id", ["", "a_b", "a b", "x" * 65, "a\n"]),
        ("instant", ["2024", "2024-02-29", "2024-02-29T10:00:00", "2024-02-29T10:00Z"]),
        ("integer", ["01", "1.0", "", "-", "1e3"]),
        ("markdown", ["", "\x00"]),
        ("oid", ["1.2.3", "urn:oid:3.1", "urn:oid:1", "urn:oid:1.02"]),
        ("positiveInt", ["0", "-1", "01"]),
        ("string", ["", "a\x07b", "\x00"]),
        ("time", ["24:00:00", "10:00", "10:00:00Z"]),
        ("unsignedInt", ["-1", "00"]),
        ("uri", ["", "a b", "a\n"]),
        ("url", ["a b"]),
        ("uuid", ["urn:uuid:C757873D-EC9A-4326-A141-556F43239520", "c757873d-ec9a-4326-a141-556f43239520"]),
    ],
)
def test_these_are_not(code, texts):
    assert [text for text in texts if looks_like(code, text)] == []


@pytest.mark.parametrize("code", sorted(PRIMITIVES))
@pytest.mark.parametrize("piece", ["AAAA \n", "a ", "1", "urn:oid:1.1", "\t", "é"])
def test_a_long_text_takes_no_more_time_than_its_length_asks_for(code, piece):
    text = piece * (200_000 // len(piece)) + "\x00"
    began = time.perf_counter()

    assert not looks_like(code, text)

    assert time.perf_counter() - began < 20


def test_the_others_are_made_of_elements():
    assert is_primitive("string") and is_primitive("xhtml")
    assert not any(is_primitive(code) for code in ("Period", "Resource", "BackboneElement", "Patient", ""))
