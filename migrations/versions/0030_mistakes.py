"""A screening may be corrected, and it and its needs may turn out to be mistakes."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

SCREENING = "'in-progress', 'completed', 'stopped', 'entered-in-error'"
GATE = "'safe', 'not-safe', 'declined'"
NEED = "'proposed', 'confirmed', 'dismissed', 'resolved', 'entered-in-error'"
WISH = "'wants-help', 'not-now', 'has-help', 'prefers-alone'"


def upgrade() -> None:
    op.add_column("screening", sa.Column("amended_at", sa.DateTime(timezone=True), nullable=True))
    _new_status("screening", SCREENING, safety_gate=GATE)
    _new_status("need", NEED, wish=WISH)


def _new_status(table: str, codes: str, **beside: str) -> None:
    """One more status. A table that SQLite makes again loses the checks that it had, those on other columns as well."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table(table, recreate="always" if is_sqlite else "never") as batch:
        if not is_sqlite:
            batch.drop_constraint(op.f(f"ck_{table}_status"), type_="check")
        batch.create_check_constraint(op.f(f"ck_{table}_status"), f"status IN ({codes})")
        for column, known in beside.items() if is_sqlite else ():
            batch.create_check_constraint(op.f(f"ck_{table}_{column}"), f"{column} IN ({known})")
