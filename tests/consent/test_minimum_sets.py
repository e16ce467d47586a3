"""The minimum data sets guard what runs: texts, counts; and the page of facts says truly what uses each of them."""

import ast
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import cie
from cie import consent, measures
from cie.access import Purpose, Role
from cie.consent import DataSet
from cie.consent.elements import data_sets
from cie.errors import Invalid
from cie.measures import Breakdown, ReferralFact, Whose, figures
from cie.messaging.templates import LONGEST, TELLS, TEMPLATES, render
from cie.web.consent_facts import NOT_USED_YET, USED
from tests.factories import make_loop, send_one, staff_of

CIE = Path(cie.__file__).parent
OF_THE_NETWORK = {"label", "phone"}
OPENS_A_DOOR = {"code", "url"}
"""Placeholders that tell nothing of anybody: the network's own, and what lets a person in who holds the phone."""
NOT_COUNTED_BY = {
    "referral_id", "organization_id", "sent_at", "answered_at", "answer_business_hours", "closed_at", "asked",
    "person_word", "outcome_withheld",
}  # fmt: skip
"""Columns of the read model that no table is broken down by: ids, times, and what is counted itself."""
FACT_OF = {"need_code": "need", "county_fips": "county", "language": "language", "month": "month", "closing": "outcome"}


def without(monkeypatch, code: DataSet, element: str) -> None:
    """The same sets, but for one fact of one of them."""
    least = data_sets()[code]
    fewer = replace(least, elements=tuple(each for each in least.elements if each != element))
    changed = {**data_sets(), code: fewer}
    for place in ("cie.messaging.templates", "cie.measures.figures"):
        monkeypatch.setattr(f"{place}.data_sets", lambda: changed)


class TestTexts:
    def test_every_placeholder_is_a_fact_of_the_set_or_tells_of_nobody(self):
        facts = consent.data_sets()[DataSet.EVENT_NOTICE].elements

        assert set(TELLS.values()) <= set(facts)
        assert set(LONGEST) == set(TELLS) | OF_THE_NETWORK | OPENS_A_DOOR
        assert {name for names in TEMPLATES.values() for name in names} <= set(LONGEST)

    def test_no_fact_that_names_or_tells_what_it_is_about_is_in_it(self):
        facts = set(consent.data_sets()[DataSet.EVENT_NOTICE].elements)

        assert not facts & {"need", "name", "age", "area", "contact", "household", "message", "text", "file", "outcome"}

    @pytest.mark.parametrize(("template", "name"), [("asked", "by"), ("ask", "day"), ("waiting-list", "worker")])
    def test_a_fact_that_is_taken_out_of_the_set_goes_in_no_text(self, monkeypatch, template, name):
        values = {each: LONGEST[each] for each in {*TEMPLATES[template], "label"}}
        assert render(template, "en", **values)

        without(monkeypatch, DataSet.EVENT_NOTICE, TELLS[name])

        with pytest.raises(Invalid) as refused:
            render(template, "en", **values)
        assert refused.value.field == name


class TestCounts:
    def test_every_column_is_counted_by_a_fact_of_the_set_or_not_at_all(self):
        columns = {column.name for column in ReferralFact.__table__.columns}

        assert columns == set(FACT_OF) | NOT_COUNTED_BY & columns
        assert set(FACT_OF.values()) == set(consent.data_sets()[DataSet.AGGREGATE].elements)

    def test_each_table_counts_by_the_fact_that_it_names(self):
        by = {name: key.key for name, key in figures._KEYS.items()} | {Breakdown.REASON: "closing"}

        assert {name: FACT_OF[column] for name, column in by.items()} == dict(figures.COUNTS_BY)
        assert set(by) == set(Breakdown)

    def test_no_query_groups_by_anything_else(self):
        grouped = {ast.unparse(each) for each in _grouped_by(ast.parse((CIE / "measures" / "figures.py").read_text()))}

        assert grouped == {"col(key)", "closed"}

    @pytest.mark.parametrize("breakdown", [Breakdown.COUNTY, Breakdown.REASON])
    def test_a_fact_that_is_taken_out_of_the_set_is_no_table(self, session, monkeypatch, breakdown):
        loop = make_loop(session)
        send_one(session, loop)
        officer, month = staff_of(loop.clinic, Role.SUPERVISOR), date(2026, 11, 1)
        counted = {"whose": Whose.OURS, "month": month, "small_below": 11}
        assert breakdown in measures.summary(session, officer, **counted).tables

        without(monkeypatch, DataSet.AGGREGATE, figures.COUNTS_BY[breakdown])

        assert breakdown not in measures.summary(session, officer, **counted).tables

    def test_it_is_for_operations_and_public_health_alone(self):
        purposes = consent.data_sets()[DataSet.AGGREGATE].purposes

        assert purposes == {Purpose.OPERATIONS, Purpose.PUBLIC_HEALTH}


def _grouped_by(module: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "group_by":
            yield from node.args


class TestEligibility:
    def test_it_names_nobody_and_asks_only_what_there_is(self):
        facts = set(consent.data_sets()[DataSet.ELIGIBILITY].elements)

        assert not facts & {"name", "contact", "need", "message", "text", "file"}
        assert facts <= set(consent.data_elements())


class TestWhatUsesThem:
    """What the page of facts says of each set is what the code does."""

    def used(self) -> set[str]:
        """The names of the sets that something outside the words of the pages reads."""
        apart = {"consent/models.py", "web/referral_sharing.py", "web/consent_facts.py"}
        found = set()
        for path in CIE.rglob("*.py"):
            if path.relative_to(CIE).as_posix() not in apart:
                found |= {
                    node.attr
                    for node in ast.walk(ast.parse(path.read_text("utf-8")))
                    if isinstance(node, ast.Attribute) and ast.unparse(node.value).endswith("DataSet")
                }
        return found

    def test_each_set_has_its_sentence(self):
        assert set(USED) == set(DataSet)

    def test_what_is_said_to_be_used_is_used_and_the_other_is_not(self):
        used = self.used()

        assert {code.name for code in DataSet if USED[code] is not NOT_USED_YET} == used & set(DataSet.__members__)
        assert DataSet.ELIGIBILITY.name not in used
