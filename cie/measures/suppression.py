"""Hiding small counts of other organizations' people, so that nobody is found behind a figure.

A cell is hidden when it or its complement in its base is below the threshold, and when its base is hidden. Then, since
totals are shown, cells are hidden with it until what is hidden in a column cannot be computed: never one alone, never a
hidden sum or hidden complement below the threshold. Pure functions over counts; the edge says "not shown".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Counts = Mapping[str, int]
"""Counts by the name of their column."""

BASES: Mapping[str, str | None] = {
    "sent": None,
    "answered": "sent",
    "closed": "sent",
    "received": "closed",
    "confirmed": "received",
}
"""Each column with the column that it is a part of, bases first."""


@dataclass(frozen=True)
class Shown:
    """Which columns may be shown of the total, and of each row."""

    total: frozenset[str]
    rows: tuple[frozenset[str], ...]


def may_be_shown(total: Counts, rows: Sequence[Counts], threshold: int) -> Shown:
    """What of a table may be shown to somebody who knows none of the counts before; the rows add up to the total."""
    shown_total = _large_enough(total, threshold)
    shown = [_large_enough(row, threshold) & shown_total for row in rows]
    while _hide_one_more(total, rows, shown, shown_total, threshold):
        shown = [_with_bases(row) for row in shown]
    return Shown(frozenset(shown_total), tuple(frozenset(row) for row in shown))


def _large_enough(counts: Counts, threshold: int) -> set[str]:
    found = set()
    for column, base in BASES.items():
        rest = counts[base] - counts[column] if base else threshold
        if counts[column] >= threshold and rest >= threshold and (base is None or base in found):
            found.add(column)
    return found


def _with_bases(columns: set[str]) -> set[str]:
    kept: set[str] = set()
    for column, base in BASES.items():
        if column in columns and (base is None or base in kept):
            kept.add(column)
    return kept


def _hide_one_more(
    total: Counts, rows: Sequence[Counts], shown: list[set[str]], shown_total: set[str], threshold: int
) -> bool:
    """Hide the smallest shown cell of the first column whose hidden cells could be computed; False when none could."""
    for column in BASES:
        if column in shown_total and _gives_away(column, rows, shown, threshold):
            left = [n for n, columns in enumerate(shown) if column in columns]
            if left:
                shown[min(left, key=lambda n: rows[n][column])].discard(column)
                return True
    return False


def _gives_away(column: str, rows: Sequence[Counts], shown: Sequence[set[str]], threshold: int) -> bool:
    hidden = [row for row, columns in zip(rows, shown, strict=True) if column not in columns]
    if not hidden:
        return False
    base = BASES[column]
    rest = sum(row[base] - row[column] for row in hidden) if base else threshold
    return len(hidden) == 1 or sum(row[column] for row in hidden) < threshold or rest < threshold
