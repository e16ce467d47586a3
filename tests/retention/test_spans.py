"""How long records are kept is data: whole, with a source where the law sets it, the newest in effect counting."""

import copy
import tomllib
from datetime import UTC, date, datetime

import pytest

from cie.resources import resource
from cie.retention import RecordKind, spans_on
from cie.retention.spans import Span, read_spans, spans

DATA = tomllib.loads(resource("seed_data", "privacy", "retention.toml").read_text("utf-8"))


def changed(**fields):
    data = copy.deepcopy(DATA)
    data["span"][0] = {**data["span"][0], **fields}
    return data


def test_the_shipped_file_has_every_kind():
    assert set(spans_on(date(2026, 11, 24))) == set(RecordKind)
    assert {span.kind for span in spans() if not span.waits} == {RecordKind.ACCESS, RecordKind.AUDIT}


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "shoes"},
        {"basis": "habit"},
        {"years": 0},
        {"years": True},
        {"effective_on": "2026-01-01"},
        {"waits": "no"},
        {"basis": "law"},
        {"colour": "green"},
        {"kind": "screening"},
    ],
)
def test_a_file_that_is_not_whole_is_refused(wrong):
    with pytest.raises(ValueError, match="retention"):
        read_spans(changed(**wrong))


def test_a_kind_that_is_missing_is_named():
    with pytest.raises(ValueError, match="no span for audit"):
        read_spans({"span": DATA["span"][:-1]})


def test_the_newest_in_effect_counts():
    assert spans_on(date(2025, 12, 31)) == {}


@pytest.mark.parametrize(
    ("at", "start"),
    [
        (datetime(2026, 11, 24, 20, tzinfo=UTC), datetime(2020, 11, 24, 8, tzinfo=UTC)),
        (datetime(2028, 2, 29, 20, tzinfo=UTC), datetime(2022, 2, 28, 8, tzinfo=UTC)),
    ],
)
def test_years_are_counted_in_days_of_california(at, start):
    span = Span(RecordKind.CONSENT, 6, spans()[0].basis, date(2026, 1, 1))

    assert span.over_before(at) == start
