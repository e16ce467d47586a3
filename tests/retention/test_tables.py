"""No table is forgotten: each that holds something of persons served has a rule, and each rule can be carried out."""

from uuid import uuid4

import pytest

from cie import schema
from cie.retention.removing import sealed_in
from cie.retention.tables import RULES, Act

TABLES = {table.name: table for table in schema.metadata.sorted_tables}
ABOUT_STAFF_OR_CASES = {
    "agreement", "user_account", "invitation", "kept_form", "incident", "legal_demand", "emergency_access",
    "organization_key", "identity_provider", "webhook", "accounting_suspension",
    "fhir_subscription", "mail_address", "refused_message",
}  # fmt: skip
"""Tables with words that erasing one person leaves as they are, each for the reason that its rule gives."""


def test_every_table_has_a_rule_and_no_rule_is_of_a_table_that_is_gone():
    assert set(RULES) == set(TABLES)
    assert all(rule.why for rule in RULES.values())


def test_whatever_names_a_person_and_holds_words_is_cleared_or_deleted():
    left = {
        name
        for name, table in TABLES.items()
        if RULES[name].act is Act.KEEP and (sealed_in(table) or "value_key" in table.c)
    }

    assert left == ABOUT_STAFF_OR_CASES


@pytest.mark.parametrize("name", sorted(name for name, rule in RULES.items() if rule.act is Act.DELETE))
def test_nothing_that_stays_points_to_what_goes(name):
    pointing = [
        (other.name, key.parent.name)
        for other in TABLES.values()
        for key in other.foreign_keys
        if key.column.table.name == name and RULES[other.name].act is not Act.DELETE
    ]

    assert all(column in RULES[other].sets and RULES[other].sets[column] is None for other, column in pointing)


@pytest.mark.parametrize("name", sorted(name for name, rule in RULES.items() if rule.act is not Act.KEEP))
def test_what_is_set_and_how_rows_are_found_fits_the_table(name):
    table, rule = TABLES[name], RULES[name]

    assert set(rule.sets) <= set(table.c.keys())
    assert "organization_id" in str(rule.rows(table, uuid4(), uuid4()))
    assert all(table.c[column].nullable for column in sealed_in(table))
