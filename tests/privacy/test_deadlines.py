"""The figures of the clocks: whole, with a source, and chosen by the day that starts the clock."""

from datetime import date

import pytest

from cie.privacy import Basis, RequestKind, figure
from cie.privacy.deadlines import CODES, figures, read_figures


def row(**fields):
    values = {
        "code": "access",
        "value": 30,
        "unit": "days",
        "basis": "law",
        "source": "45 CFR 164.524(b)(2)",
        "effective_on": date(2003, 4, 14),
    }
    return {**values, **fields}


def whole(*more):
    units = {code: unit.value for code, unit in CODES.items()}
    rest = [row(code=code, unit=unit) for code, unit in units.items() if code != "access"]
    return {"figure": [row(), *rest, *more]}


class TestFile:
    def test_each_figure_has_a_source_and_a_day(self):
        assert {each.code for each in figures()} == set(CODES)
        assert all(each.source and each.effective_on for each in figures())

    def test_what_is_policy_says_so(self):
        policies = {each.code for each in figures() if each.basis is Basis.POLICY}

        assert policies == {"correction", "deletion", "restriction"}
        assert all("olicy" in each.source for each in figures() if each.basis is Basis.POLICY)

    @pytest.mark.parametrize(
        ("code", "value", "extension"),
        [
            ("residents-told", 30, 0),
            ("attorney-general-told", 15, 0),
            ("attorney-general-more-than", 500, 0),
            ("access", 30, 30),
            ("amendment", 60, 30),
            ("accounting", 60, 30),
            ("accounting-span", 6, 0),
            ("part2-list", 30, 0),
            ("part2-list-span", 3, 0),
        ],
    )
    def test_the_figures_of_the_law_stand_as_it_says(self, code, value, extension):
        found = figure(code, date(2026, 11, 24))

        assert found is not None
        assert (found.value, found.extension, found.basis) == (value, extension, Basis.LAW)

    @pytest.mark.parametrize(
        "fault",
        [
            {"value": 0},
            {"value": "30"},
            {"value": True},
            {"extension": -1},
            {"unit": "weeks"},
            {"unit": "residents"},
            {"code": "birthday"},
            {"basis": "habit"},
            {"source": " "},
            {"effective_on": "2026-01-01"},
            {"colour": "green"},
        ],
    )
    def test_a_wrong_entry_is_refused(self, fault):
        with pytest.raises(ValueError):
            read_figures(whole(row(**{"effective_on": date(2027, 1, 1), **fault})))

    def test_a_missing_code_is_named(self):
        with pytest.raises(ValueError, match="deletion"):
            read_figures({"figure": [r for r in whole()["figure"] if r["code"] != "deletion"]})

    def test_two_figures_of_one_day_are_refused(self):
        with pytest.raises(ValueError, match="same day"):
            read_figures(whole(row(value=15)))


class TestFigure:
    def test_before_the_law_took_effect_there_is_none(self):
        assert figure("residents-told", date(2025, 12, 31)) is None
        assert figure("residents-told", date(2026, 1, 1)).value == 30

    def test_the_newest_in_effect_counts(self, monkeypatch):
        newer = read_figures(whole(row(value=15, effective_on=date(2027, 1, 1))))
        monkeypatch.setattr("cie.privacy.deadlines.figures", lambda: newer)

        assert figure("access", date(2026, 12, 31)).value == 30
        assert figure("access", date(2027, 1, 1)).value == 15

    @pytest.mark.parametrize(
        ("start", "due"),
        [
            (date(2026, 11, 24), date(2026, 12, 24)),
            (date(2026, 11, 26), date(2026, 12, 26)),
            (date(2028, 1, 30), date(2028, 2, 29)),
            (date(2027, 1, 30), date(2027, 3, 1)),
            (date(2027, 12, 31), date(2028, 1, 30)),
        ],
        ids=["a weekday", "a Saturday stays", "a leap year", "no leap year", "over New Year"],
    )
    def test_days_are_calendar_days(self, start, due):
        assert figure(RequestKind.ACCESS.value, start).due_after(start) == due

    @pytest.mark.parametrize(
        ("end", "first"),
        [
            (date(2026, 11, 24), date(2020, 11, 24)),
            (date(2028, 2, 29), date(2022, 2, 28)),
        ],
        ids=["a day", "a leap day"],
    )
    def test_a_span_of_years_ends_on_its_day(self, end, first):
        assert figure("accounting-span", end).span_before(end) == first
