"""Dates: what they cover, and how two of them lie to each other (FHIR R4, 3.1.1.4.5 and 3.1.1.4.9)."""

import pytest

from cie.fhir.searching.periods import BEGINNING, END, span_of, span_of_value


class TestSpans:
    @pytest.mark.parametrize(
        ("text", "start", "end"),
        [
            ("2026", "2026-01-01T08:00:00+00:00", "2027-01-01T07:59:59.999999+00:00"),
            ("2026-12", "2026-12-01T08:00:00+00:00", "2027-01-01T07:59:59.999999+00:00"),
            ("2026-03-08", "2026-03-08T08:00:00+00:00", "2026-03-09T06:59:59.999999+00:00"),
            ("2026-03-01T09:30", "2026-03-01T17:30:00+00:00", "2026-03-01T17:30:59.999999+00:00"),
            ("2026-03-01T09:30:05Z", "2026-03-01T09:30:05+00:00", "2026-03-01T09:30:05.999999+00:00"),
            ("2026-03-01T09:30:05.12+02:00", "2026-03-01T07:30:05.120000+00:00", "2026-03-01T07:30:05.129999+00:00"),
            ("2026-03-01T09:30:05.1234567Z", "2026-03-01T09:30:05.123456+00:00", "2026-03-01T09:30:05.123456+00:00"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59+00:00", "2016-12-31T23:59:59.999999+00:00"),
        ],
    )
    def test_as_long_as_they_are_exact(self, text, start, end):
        assert span_of(text).from_at.isoformat() == start.replace(".000000", "")
        assert span_of(text).until_at.isoformat() == end

    @pytest.mark.parametrize(
        "text",
        ["", "26", "2026-13", "2026-02-30", "2026-1-1", "2026-01-01T24:00:00Z", "2026-01-01T10", "0000", "today",
         "2026-01-01T10:00:61Z", "２０２６", "2026-01-01T10:00:00+25:00", "2026-01-01 10:00:00"],
    )  # fmt: skip
    def test_what_is_none(self, text):
        assert span_of(text) is None

    @pytest.mark.parametrize("text", ["0001", "0001-01-01", "9999", "9999-12-31", "9999-12-31T23:59:59-12:00"])
    def test_at_the_limits(self, text):
        assert span_of(text).from_at >= BEGINNING and span_of(text).until_at <= END

    @pytest.mark.parametrize(
        ("value", "start", "end"),
        [
            ({"start": "2026-01-01T00:00:00Z"}, "2026-01-01T00:00:00+00:00", END.isoformat()),
            ({"end": "2026-01-01T00:00:00Z"}, BEGINNING.isoformat(), "2026-01-01T00:00:00.999999+00:00"),
            (
                {"event": ["2026-02-01T00:00:00Z", "2026-01-01T00:00:00Z"]},
                "2026-01-01T00:00:00+00:00",
                "2026-02-01T00:00:00.999999+00:00",
            ),
            ({"repeat": {"boundsPeriod": {"start": "2026"}}}, "2026-01-01T08:00:00+00:00", END.isoformat()),
        ],
    )
    def test_periods_and_timings(self, value, start, end):
        assert [at.isoformat() for at in span_of_value(value)] == [start, end]

    @pytest.mark.parametrize("value", [None, 7, {}, {"repeat": {"frequency": 1}}, {"event": "2026"}, []])
    def test_what_says_no_time(self, value):
        assert span_of_value(value) is None


class TestComparisons:
    @pytest.fixture(autouse=True)
    def procedures(self, shelf):
        shelf.put("Procedure", "day", performedDateTime="2026-03-10")
        shelf.put("Procedure", "hour", performedDateTime="2026-03-10T10:00:00-07:00")
        shelf.put("Procedure", "after", performedDateTime="2026-03-11")
        shelf.put("Procedure", "span", performedPeriod={"start": "2026-03-09", "end": "2026-03-10"})
        shelf.put("Procedure", "since", performedPeriod={"start": "2026-03-10"})
        shelf.put("Procedure", "never", performedString="some day")

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("2026-03-10", ["day", "hour"]),
            ("eq2026-03-10", ["day", "hour"]),
            ("ne2026-03-10", ["after", "span", "since"]),
            ("gt2026-03-10", ["after", "since"]),
            ("lt2026-03-10", ["span"]),
            ("ge2026-03-10", ["day", "hour", "after", "since"]),
            ("le2026-03-10", ["day", "hour", "span"]),
            ("sa2026-03-10", ["after"]),
            ("eb2026-03-11", ["day", "hour", "span"]),
            ("2026-03", ["day", "hour", "after", "span"]),
            ("2026", ["day", "hour", "after", "span"]),
            ("2026-03-10T17:00:00Z", ["hour"]),
            ("2026-03-10T19:00:00 02:00", ["hour"]),
            ("gt2026-03-10T17:00:00Z", ["day", "after", "span", "since"]),
            ("2026-03-11,2026-03-10T17:00:00Z", ["hour", "after"]),
        ],
    )
    def test_prefixes(self, shelf, query, expected):
        assert sorted(shelf.ids(f"Procedure?date={query}")) == sorted(expected)

    def test_two_bounds(self, shelf):
        assert shelf.ids("Procedure?date=ge2026-03-10&date=lt2026-03-11") == ["day", "hour", "since"]

    def test_missing(self, shelf):
        assert shelf.ids("Procedure?date:missing=true") == ["never"]


class TestLastUpdated:
    @pytest.fixture
    def moments(self, shelf):
        return [shelf.put("Task", id_).updated_at.isoformat(timespec="milliseconds") for id_ in ("a", "b", "c")]

    @pytest.mark.parametrize(
        ("prefix", "expected"),
        [("gt", ["c"]), ("ge", ["b", "c"]), ("lt", ["a"]), ("le", ["a", "b"]), ("eq", ["b"]), ("ne", ["a", "c"]),
         ("sa", ["c"]), ("eb", ["a"])],
    )  # fmt: skip
    def test_to_the_millisecond(self, shelf, moments, prefix, expected):
        assert shelf.ids(f"Task?_lastUpdated={prefix}{moments[1]}") == expected

    def test_what_changed_since_comes_in_the_order_of_changes(self, shelf, moments):
        shelf.put("Task", "a", status="accepted")

        assert shelf.ids(f"Task?_lastUpdated=ge{moments[1]}") == ["b", "c", "a"]
