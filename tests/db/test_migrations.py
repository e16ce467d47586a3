"""The schema moves forward: models and migrations agree, and a filled database keeps every row and value."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, inspect, text
from sqlmodel import Session

from cie import events, people, privacy, referrals, schema
from cie.access import Role
from cie.app import compose
from cie.consent import DataSet
from cie.db import configure, current, migrate, reading, transaction
from cie.db.migrate import drift, is_current, upgrade
from cie.resources import resource
from cie.settings import Settings
from tests.factories import NOON, Loop, make_loop, make_staff, send_one, staff_of

NEWEST = ScriptDirectory(str(resource("migrations"))).get_current_head()
AFTER = f'''"""A change of tables that others refer to."""

import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "after", "{NEWEST}", None, None


def upgrade() -> None:
    for table in ("participant", "person", "referral"):
        with op.batch_alter_table(table, recreate="auto" if op.get_bind().dialect.name != "sqlite" else "always") as t:
            t.add_column(sa.Column("colour", sa.String(20), nullable=False, server_default="green"))
'''
LOSES_PARENTS = AFTER.partition("    for table")[0] + '    op.execute("DELETE FROM participant")\n'


@pytest.fixture
def filled(empty: Settings) -> Settings:
    """A database at the newest migration in which a whole loop was played, and a privacy officer keeps cases."""
    configure(empty)
    upgrade()
    compose(empty)
    with transaction() as session:
        loop = make_loop(session, pronouns="they")
        make_staff(session, loop.pantry)
        _referral, task = send_one(session, loop, message="Mornings are best.")
        keep_cases(session, loop)
        people.make_link(session, loop.navigator, loop.person.id, pin_hash="a hash", at=NOON)
    for verb in (referrals.accept, referrals.start, referrals.complete):
        with transaction() as session:
            verb(session, loop.caseworker, task.id, at=NOON)
    return empty


def keep_cases(session: Session, loop: Loop) -> None:
    """A case of each kind, one with somebody who may be affected."""
    officer = staff_of(loop.clinic, Role.PRIVACY_OFFICER)
    happening = privacy.Happening("A letter went astray.", "Wren", NOON.date())
    incident = privacy.open_incident(session, officer, happening, at=NOON)
    privacy.add_person(session, officer, incident.id, loop.person.id, at=NOON)
    demanded = privacy.Demanded(privacy.DemandKind.SUBPOENA, "A law firm", "All notes", NOON.date())
    privacy.open_demand(session, officer, demanded, at=NOON)
    asked = privacy.Asked(privacy.RequestKind.ACCESS, "A copy of everything", NOON.date())
    privacy.open_request(session, officer, loop.person.id, asked, at=NOON)


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The migrations with one more, which the test writes."""
    folder = tmp_path / "migrations"
    shutil.copytree(resource("migrations"), folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(migrate, "resource", lambda *_parts: folder)
    return folder / "versions" / "after.py"


def contents() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, by the columns of the models."""
    with current().engine.connect() as connection:
        return {
            table.name: sorted(
                tuple(map(repr, row)) for row in connection.execute(table.select().with_only_columns(*table.columns))
            )
            for table in schema.metadata.sorted_tables
        }


def test_models_and_migrations_agree(filled):
    with current().engine.connect() as connection:
        assert drift(connection, schema.metadata) == []
    found = inspect(current().engine)
    for table in schema.metadata.sorted_tables:
        wanted = {str(c.name) for c in table.constraints if isinstance(c, CheckConstraint)}
        assert {c["name"] for c in found.get_check_constraints(table.name)} == wanted, table.name


def test_a_difference_would_be_seen(filled):
    with current().engine.begin() as connection:
        connection.execute(text("ALTER TABLE person ADD COLUMN colour VARCHAR(20)"))

    with current().engine.connect() as connection:
        assert [change[0] for change in drift(connection, schema.metadata)] == ["remove_column"]


def test_upgrading_again_changes_nothing(filled):
    before = contents()

    upgrade()

    assert contents() == before


def test_a_filled_database_keeps_every_row_and_value(filled, later):
    before = contents()
    assert sum(map(len, before.values())) > 40
    later.write_text(AFTER)
    assert not is_current(current())

    upgrade()

    assert is_current(current())
    assert contents() == before
    with current().engine.connect() as connection:
        assert set(connection.execute(text("SELECT colour FROM person")).scalars()) == {"green"}
    check_it_works(filled)


def check_it_works(settings: Settings) -> None:
    """Children still refer to their parents, sealed values open, chains are whole, a new loop can be played."""
    with reading() as session:
        assert events.verify(session).faults == ()
    with transaction() as session:
        _referral, task = send_one(session, make_loop(session, given_name="Rowan"))
        released = referrals.releases_of(session, session.get_one(referrals.Referral, task.referral_id))
    assert [r.data_set for r in released] == [DataSet.REFERRAL]
    keys = inspect(current().engine).get_foreign_keys("referral")
    assert "person" in {key["referred_table"] for key in keys}


def test_a_migration_that_would_leave_children_alone_is_undone(filled, later):
    before = contents()
    later.write_text(LOSES_PARENTS)

    with pytest.raises(Exception, match="without their parent|foreign key"):
        upgrade()

    assert contents() == before
    with current().engine.connect() as connection:
        if current().is_sqlite:
            assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1


def test_there_is_no_way_back(filled):
    with pytest.raises((NotImplementedError, AttributeError)), current().engine.connect() as connection:
        config = migrate._config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")

    assert is_current(current())
