from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cie.errors import Invalid
from cie.people.birth import BirthDate, Precision, age_on, is_under, parse_birth

TODAY = date(2026, 11, 24)


def faults(month, day, year):
    with pytest.raises(Invalid) as refused:
        parse_birth(month, day, year, today=TODAY)
    return [(fault.field, fault.message) for fault in refused.value.errors]


class TestParseBirth:
    def test_three_parts_are_exact(self):
        birth = parse_birth("2", "28", "1993", today=TODAY)

        assert birth == BirthDate(1993, 2, 28, Precision.EXACT)

    def test_a_year_alone_is_approximate(self):
        assert parse_birth("", "", " 1993 ", today=TODAY) == BirthDate(1993, None, None, Precision.APPROXIMATE)

    def test_a_month_and_a_year_are_approximate(self):
        assert parse_birth("02", "", "1993", today=TODAY) == BirthDate(1993, 2, None, Precision.APPROXIMATE)

    def test_a_full_date_may_be_a_guess(self):
        birth = parse_birth("2", "28", "1993", today=TODAY, approximate=True)

        assert birth.precision is Precision.APPROXIMATE

    def test_nothing_typed_is_unknown(self):
        assert parse_birth("", " ", "", today=TODAY) == BirthDate.unknown()

    def test_today_is_a_birth_date(self):
        assert parse_birth("11", "24", "2026", today=TODAY).day == 24

    @pytest.mark.parametrize(
        ("typed", "field", "message"),
        [
            (("2", "29", "1993"), "birth_day", "Birth date: February 1993 has only 28 days"),
            (("2", "30", "1992"), "birth_day", "Birth date: February 1992 has only 29 days"),
            (("4", "31", "2000"), "birth_day", "Birth date: April 2000 has only 30 days"),
            (("13", "1", "1993"), "birth_month", "Birth date: months go from 1 to 12"),
            (("0", "1", "1993"), "birth_month", "Birth date: months go from 1 to 12"),
            (("Feb", "1", "1993"), "birth_month", "Birth date: months go from 1 to 12"),
            (("2", "32", "1993"), "birth_day", "Birth date: days go from 1 to 31"),
            (("2", "x", "1993"), "birth_day", "Birth date: days go from 1 to 31"),
            (("2", "-1", "1993"), "birth_day", "Birth date: days go from 1 to 31"),
            (("2", "²", "1993"), "birth_day", "Birth date: days go from 1 to 31"),
            (("", "5", "1993"), "birth_month", "Birth date: enter the month too, or leave the day empty"),
            (("2", "5", ""), "birth_year", "Birth date: enter the year, or leave all three empty"),
            (("2", "5", "93"), "birth_year", "Birth date: enter the year with 4 digits, like 1993"),
            (("2", "5", "9" * 5000), "birth_year", "Birth date: enter the year with 4 digits, like 1993"),
            (("2", "5", "2027"), "birth_year", "Birth date: this day has not come yet"),
            (("12", "5", "2026"), "birth_month", "Birth date: this day has not come yet"),
            (("11", "25", "2026"), "birth_day", "Birth date: this day has not come yet"),
            (("12", "", "2026"), "birth_month", "Birth date: this day has not come yet"),
            (("11", "23", "1906"), "birth_year", "Birth date: this is more than 120 years ago"),
            (("", "", "0000"), "birth_year", "Birth date: this is more than 120 years ago"),
        ],
    )
    def test_a_date_that_cannot_be_is_refused_with_its_field(self, typed, field, message):
        assert faults(*typed) == [(field, message)]

    def test_all_faults_are_told_at_once(self):
        assert [field for field, _ in faults("13", "40", "93")] == ["birth_month", "birth_day", "birth_year"]

    def test_a_hundred_and_twenty_years_is_not_too_old(self):
        assert parse_birth("11", "24", "1906", today=TODAY).year == 1906

    @given(st.text(max_size=5), st.text(max_size=5), st.text(max_size=6))
    def test_any_text_is_a_date_or_a_refusal(self, month, day, year):
        try:
            parse_birth(month, day, year, today=TODAY)
        except Invalid as refused:
            assert all(fault.field for fault in refused.errors)


class TestBirthDate:
    @pytest.mark.parametrize(
        "parts",
        [
            (1993, None, None, Precision.EXACT),
            (None, None, None, Precision.EXACT),
            (1993, None, 5, Precision.APPROXIMATE),
            (None, 2, None, Precision.UNKNOWN),
            (1993, 2, 29, Precision.EXACT),
            (1993, 0, None, Precision.APPROXIMATE),
        ],
    )
    def test_parts_that_do_not_go_together_are_refused(self, parts):
        with pytest.raises(ValueError):
            BirthDate(*parts)

    @pytest.mark.parametrize("text", ["1993", "1993-02", "1993-02-28", "1993-02-28~", ""])
    def test_text_comes_back_as_it_was(self, text):
        assert BirthDate.from_text(text).to_text() == text

    @pytest.mark.parametrize("text", ["93", "1993-2", "1993-02-29", "1993-13", "1993~", "1993-02-28 ", "0000", "x"])
    def test_text_that_is_no_date_is_refused(self, text):
        with pytest.raises(Invalid) as refused:
            BirthDate.from_text(text)

        assert refused.value.field == "birth_date"

    @given(st.dates(), st.sampled_from([Precision.EXACT, Precision.APPROXIMATE]))
    def test_every_full_date_comes_back(self, day, precision):
        birth = BirthDate(day.year, day.month, day.day, precision)

        assert BirthDate.from_text(birth.to_text()) == birth


class TestAge:
    @pytest.mark.parametrize(
        ("text", "on", "age"),
        [
            ("1993-02-28", date(2026, 2, 27), 32),
            ("1993-02-28", date(2026, 2, 28), 33),
            ("2008-02-29", date(2026, 2, 28), 17),
            ("2008-02-29", date(2026, 3, 1), 18),
            ("1993", date(2026, 11, 24), 32),
            ("1993", date(2026, 12, 31), 33),
            ("1993-02", date(2026, 2, 27), 32),
            ("1993-02", date(2026, 2, 28), 33),
            ("1993-02-01~", date(2026, 11, 24), 32),
            ("2026", date(2026, 11, 24), 0),
            ("", date(2026, 11, 24), None),
        ],
    )
    def test_age_is_the_fewest_years_it_can_be(self, text, on, age):
        assert age_on(BirthDate.from_text(text), on) == age

    def test_a_year_alone_counts_as_under_while_it_may_be(self):
        birth = BirthDate.from_text("2008")

        assert is_under(birth, 18, date(2026, 12, 30)) is True
        assert is_under(birth, 18, date(2027, 1, 1)) is False

    def test_nobody_knows_for_an_unknown_date(self):
        assert is_under(BirthDate.unknown(), 18, TODAY) is None
