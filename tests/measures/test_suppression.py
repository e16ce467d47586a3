"""Small counts are hidden, and so is whatever would tell them."""

from hypothesis import given
from hypothesis import strategies as st

from cie.measures.suppression import BASES, may_be_shown

SMALL = 11


@st.composite
def rows(draw):
    """Counts of one line, each part within its base."""
    counts = {"sent": draw(st.integers(0, 60))}
    for column, base in list(BASES.items())[1:]:
        counts[column] = draw(st.integers(0, counts[base]))
    return counts


def summed(lines):
    return {column: sum(line[column] for line in lines) for column in BASES}


def test_large_counts_are_shown():
    line = {"sent": 100, "answered": 80, "closed": 60, "received": 40, "confirmed": 20}

    shown = may_be_shown(summed([line, line]), [line, line], SMALL)

    assert shown.total == set(BASES)
    assert shown.rows == (frozenset(BASES), frozenset(BASES))


def test_a_small_count_and_a_small_rest_are_hidden_alike():
    small = {"sent": 40, "answered": 5, "closed": 20, "received": 20, "confirmed": 9}

    shown = may_be_shown(small, [], SMALL).total

    assert shown == {"sent", "closed"}


def test_one_hidden_line_hides_another():
    lines = [{**dict.fromkeys(BASES, 0), "sent": sent} for sent in (50, 30, 4)]

    shown = may_be_shown(summed(lines), lines, SMALL).rows

    assert ["sent" in line for line in shown] == [True, False, False]


def test_ones_own_figures_are_exact():
    line = {"sent": 2, "answered": 1, "closed": 1, "received": 1, "confirmed": 0}

    assert may_be_shown(line, [line], 0).rows == (frozenset(BASES),)


@given(st.lists(rows(), min_size=1, max_size=6))
def test_nothing_shown_is_small_or_tells_a_small_rest(lines):
    total = summed(lines)

    shown = may_be_shown(total, lines, SMALL)

    for counts, columns in zip([total, *lines], [shown.total, *shown.rows], strict=True):
        for column in columns:
            base = BASES[column]
            assert counts[column] >= SMALL
            assert base is None or (base in columns and counts[base] - counts[column] >= SMALL)


@given(st.lists(rows(), min_size=1, max_size=6))
def test_what_is_hidden_cannot_be_subtracted_from_what_is_shown(lines):
    total = summed(lines)

    shown = may_be_shown(total, lines, SMALL)

    for column in shown.total:
        hidden = [line for line, columns in zip(lines, shown.rows, strict=True) if column not in columns]
        rest = total[column] - sum(line[column] for line, c in zip(lines, shown.rows, strict=True) if column in c)
        assert rest == sum(line[column] for line in hidden)
        # either nothing is hidden, or several lines share what is left, and it is not small
        assert not hidden or (len(hidden) > 1 and rest >= SMALL) or len(hidden) == len(lines)
