"""Pages: in order, each match once, whatever comes between them; and how many there are."""

import pytest

from tests.fhir.searching.shelf import concept, reference


def pages(shelf, query, between=lambda: None):
    """The ids of each page to the last."""
    found, last = [], None
    while True:
        page = shelf.search(query, last=last)
        found.append([row.resource_id for row in page.matches])
        if page.last is None:
            return found
        last = page.last
        between()


class TestPages:
    @pytest.fixture(autouse=True)
    def tasks(self, shelf):
        for number in range(5):
            more = {"owner": reference("Organization/1")} if number != 3 else {}
            shelf.put("Task", f"t{number}", status="requested", authoredOn=f"2026-03-0{1 + number % 3}", **more)

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("_count=2", [["t0", "t1"], ["t2", "t3"], ["t4"]]),
            ("_count=5", [["t0", "t1", "t2", "t3", "t4"]]),
            ("status=requested&_count=3", [["t0", "t1", "t2"], ["t3", "t4"]]),
            ("status=requested&owner=Organization/1&_count=2", [["t0", "t1"], ["t2", "t4"]]),
            ("status=requested,accepted&_count=4", [["t0", "t1", "t2", "t3"], ["t4"]]),
            ("_sort=-_id&_count=2", [["t4", "t3"], ["t2", "t1"], ["t0"]]),
            ("_sort=-_lastUpdated&_count=3", [["t4", "t3", "t2"], ["t1", "t0"]]),
            ("_sort=authored-on,-_id&_count=2", [["t3", "t0"], ["t4", "t1"], ["t2"]]),
            ("_sort=-authored-on&_count=2", [["t2", "t1"], ["t4", "t0"], ["t3"]]),
            ("_sort=owner,_id&_count=3", [["t3", "t0", "t1"], ["t2", "t4"]]),
            ("_sort=-status,_lastUpdated&_count=4", [["t0", "t1", "t2", "t3"], ["t4"]]),
        ],
    )
    @pytest.mark.parametrize("many", [1, 500])
    def test_each_match_once_in_its_order(self, shelf, query, expected, many, monkeypatch):
        monkeypatch.setattr("cie.fhir.searching.ways.MANY", many)

        assert pages(shelf, f"Task?{query}") == expected

    @pytest.mark.parametrize("query", ["_count=2", "status=requested&_count=2", "_sort=_lastUpdated&_count=2"])
    def test_what_is_added_between_comes_in_the_end(self, shelf, query):
        numbers = iter(range(5, 7))

        found = pages(shelf, f"Task?{query}", lambda: [shelf.put("Task", f"t{n}", status="requested") for n in numbers])

        assert sum(found, []) == [f"t{number}" for number in range(7)]

    def test_what_changes_between_is_neither_lost_nor_comes_again(self, shelf):
        found = pages(shelf, "Task?_count=2", lambda: shelf.put("Task", "t0", status="accepted"))

        assert sum(found, []) == ["t0", "t1", "t2", "t3", "t4"]

    def test_what_is_taken_away_between_does_not_move_the_rest(self, shelf):
        found = pages(shelf, "Task?_count=2", lambda: shelf.take("Task", "t1"))

        assert sum(found, []) == ["t0", "t1", "t2", "t3", "t4"]


class TestOrder:
    def test_a_code_with_two_systems_comes_once(self, shelf):
        for id_ in ("a", "b"):
            shelf.put("Task", id_, code=concept("http://one.org|x", "http://two.org|x"))

        assert pages(shelf, "Task?code=x&_count=1") == [["a"], ["b"]]


class TestTotals:
    @pytest.fixture(autouse=True)
    def tasks(self, shelf):
        for number in range(3):
            shelf.put("Task", f"t{number}", status="requested")

    def test_only_when_asked(self, shelf):
        assert shelf.search("Task?_count=1").total is None
        assert shelf.search("Task?_count=1&_total=none").total is None

    @pytest.mark.parametrize("query", ["_total=accurate", "_total=estimate", "_summary=count", "_count=0"])
    def test_of_all_matches(self, shelf, query):
        assert shelf.search(f"Task?status=requested&{query}").total == 3

    def test_not_of_very_many(self, shelf, monkeypatch):
        monkeypatch.setattr("cie.fhir.searching.finding.MOST_COUNTED", 2)

        assert shelf.search("Task?_total=accurate").total is None

    def test_a_count_alone_has_no_matches(self, shelf):
        assert shelf.search("Task?_summary=count").matches == []
