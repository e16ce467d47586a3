import pytest

from cie.messaging.segments import BASIC, EXTENSION, Segments, count_segments


def test_the_seven_bit_alphabet_has_its_127_characters_and_the_extension_its_10():
    assert len(BASIC) == 127
    assert len(EXTENSION) == 10


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Segments(0, "GSM-7", 0)),
        ("a" * 160, Segments(1, "GSM-7", 160)),
        ("a" * 161, Segments(2, "GSM-7", 161)),
        ("a" * 306, Segments(2, "GSM-7", 306)),
        ("a" * 307, Segments(3, "GSM-7", 307)),
        ("á" * 70, Segments(1, "UCS-2", 70)),
        ("á" * 71, Segments(2, "UCS-2", 71)),
        ("á" * 134, Segments(2, "UCS-2", 134)),
        ("á" * 135, Segments(3, "UCS-2", 135)),
    ],
)
def test_a_body_is_cut_where_the_standard_says(text, expected):
    assert count_segments(text) == expected


@pytest.mark.parametrize("character", "éñü¿¡àèìòùÑÜÉ@£\n")
def test_these_letters_stay_in_seven_bits(character):
    assert count_segments(character) == Segments(1, "GSM-7", 1)


@pytest.mark.parametrize("character", "áíóúÁÍÓÚ“”‘’–—«»…`")
def test_these_letters_make_the_whole_body_ucs_2(character):
    assert count_segments("a" * 70 + character).encoding == "UCS-2"
    assert count_segments("a" * 70 + character).count == 2


@pytest.mark.parametrize("character", "^{}\\[~]|€\f")
def test_an_extension_character_takes_two_septets(character):
    assert count_segments(character * 80) == Segments(1, "GSM-7", 160)
    assert count_segments(character * 81).count == 2


def test_an_extension_character_is_not_split_between_two_parts():
    whole = "a" * 152 + "€" + "a" * 151
    pushed = "a" * 152 + "€" + "a" * 152

    assert count_segments(whole) == Segments(2, "GSM-7", 305)
    assert count_segments(pushed) == Segments(3, "GSM-7", 306)


def test_a_surrogate_pair_takes_two_units_and_is_not_split():
    assert count_segments("😀" * 35) == Segments(1, "UCS-2", 70)
    assert count_segments("á" * 66 + "😀" + "á" * 65) == Segments(2, "UCS-2", 133)
    assert count_segments("á" * 66 + "😀" + "á" * 66) == Segments(3, "UCS-2", 134)
