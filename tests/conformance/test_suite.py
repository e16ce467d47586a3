"""The suite on an exchange of ours: what it finds, what it says, and that each fault turns its own rows red."""

import json
import re
from html.parser import HTMLParser

import pytest

from cie.conformance.platform import KINDS
from cie.conformance.report import in_words
from cie.conformance.rows import ROWS
from tests.conformance.faults import FAULTS
from tests.conformance.place import red
from tests.conformance.spoiling import together

FIXED = ("etag-left-out", "search-by-owner-ignored", "xml-namespace-wrong", "outcome-left-out", "room-left-out")
EXPECTATION = "http://hl7.org/fhir/StructureDefinition/capabilitystatement-expectation"


def test_our_own_exchange_is_red_nowhere(clean):
    assert clean.red() == set(), {key: clean.rows[key]["words"] for key in clean.red()}
    assert clean.code == 0


def test_the_console_counts_and_names_what_fails(clean):
    said = clean.out.splitlines()

    assert f"{len(ROWS)} rows: " in clean.out
    assert [line for line in said if line.startswith("FAIL ")] == []
    assert len([line for line in said if "not applicable" in line]) == len({r.group for r in ROWS.values()}) + 1


def test_every_row_passes_or_says_why_not(clean):
    assert list(clean.rows) == list(ROWS)
    assert all(row["words"] for row in clean.rows.values() if row["verdict"] != "pass")


def test_every_row_that_looks_at_the_server_shows_an_exchange(clean):
    bare = [key for key, row in clean.rows.items() if row["verdict"] != "not applicable" and not row["exchanges"]]

    assert bare == []


def test_nothing_that_opens_the_server_is_in_the_reports(clean):
    assert clean.token not in clean.text and clean.token not in clean.page and clean.token not in clean.out
    assert "Bearer ey" not in clean.text


def test_what_the_suite_made_is_marked_as_a_mistake(clean):
    assert clean.report["left_behind"] == []


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        self.tags.append(tag)
        self.ids += [named["id"]] if "id" in named else []
        self.links += [named[name] for name in ("href", "src") if name in named]


class TestPage:
    def test_it_needs_nothing_but_itself(self, clean):
        page = Page(clean.page)

        assert {"script", "link", "img", "iframe"} & set(page.tags) == set()
        assert all(link.startswith("#") for link in page.links)

    def test_every_link_leads_to_a_row_or_a_group(self, clean):
        page = Page(clean.page)

        assert {link[1:] for link in page.links} <= set(page.ids)
        assert set(ROWS) <= set(page.ids)
        assert len(page.ids) == len(set(page.ids))

    def test_it_reads_in_order(self, clean):
        page = Page(clean.page)

        assert page.tags.count("h1") == 1 and page.tags.count("main") == 1
        assert '<html lang="en">' in clean.page and "<title>" in clean.page and "<caption>" in clean.page


def test_every_numbered_requirement_of_the_guide_has_a_row(reference):
    file = reference / "gravity" / "requirements" / "Requirements-fromNarrative.json"
    keys = {each["key"] for each in json.loads(file.read_text("utf-8"))["statement"]}

    assert len(keys) == 57
    assert keys - set(ROWS) == set()


def test_the_table_is_the_one_of_the_guide(reference):
    file = reference / "gravity" / "capabilitystatements" / "CapabilityStatement-SDOHCC-CoordinationPlatform.json"
    (rest,) = [each for each in json.loads(file.read_text("utf-8"))["rest"] if each["mode"] == "server"]

    theirs = {each["type"]: _lines(each) for each in rest["resource"]}
    ours = {
        kind.type: (
            {("interaction", code, str(asked)) for code, asked in kind.interactions.items()}
            | {("search", each.name, str(each.expectation)) for each in kind.searches}
            | {("include", name, str(asked)) for name, asked in kind.includes.items()}
            | ({("versions",)} if kind.has_versions else set())
        )
        for kind in KINDS.values()
    }

    assert ours == theirs


def _lines(resource):
    """What the guide's table asks of a type; it spells HealthcareService in two ways."""
    included = zip(resource.get("searchInclude", []), resource.get("_searchInclude", []), strict=True)
    return (
        {("interaction", each["code"], _asked(each)) for each in resource["interaction"]}
        | {("search", each["name"], _asked(each)) for each in resource.get("searchParam", [])}
        | {("include", name.split(":")[1], _asked(each)) for name, each in included}
        | ({("versions",)} if resource.get("versioning") == "versioned-update" else set())
    )


def _asked(element):
    found = [each["valueCode"] for each in element.get("extension", []) if each["url"] == EXPECTATION]
    return found[0] if found else "not said"


class TestFaults:
    def test_there_are_at_least_forty(self):
        assert len(FAULTS) >= 40
        assert {row for fault in FAULTS.values() for row in fault.rows} <= set(ROWS)

    def test_several_at_once_turn_their_own_rows_red(self, place, clean):
        run = place.run(together(FIXED))

        assert red(run) == {row for name in FIXED for row in FAULTS[name].rows}
        named = [line.split()[1] for line in in_words(run) if line.startswith("FAIL ")]
        assert named == [key for key in ROWS if key in red(run)] and not run.is_good

    @pytest.mark.skipif("not config.getoption('--prove')", reason="long: only with --prove")
    @pytest.mark.parametrize("name", FAULTS)
    def test_each_alone_turns_exactly_its_own_rows_red(self, place, name):
        fault = FAULTS[name]
        if fault.needs_value_sets and place.value_sets is None:
            pytest.skip("CIE_REFERENCE is not set")

        assert red(place.run(fault.spoil)) == fault.rows


def test_no_row_says_what_a_reader_cannot_understand():
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+", key) for key in ROWS)
    assert all(row.title.strip() for row in ROWS.values())
