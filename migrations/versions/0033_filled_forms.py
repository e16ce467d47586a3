"""Forms that persons filled in: a task has the file that was asked with, and the one that came back."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    table, is_sqlite = "patient_task_document", op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table(table, recreate="always" if is_sqlite else "never") as batch:
        batch.add_column(sa.Column("part", sa.String(length=40), nullable=False, server_default="asked"))
        batch.drop_constraint(op.f("uq_patient_task_document_task_id"), type_="unique")
        batch.create_unique_constraint(op.f("uq_patient_task_document_task_id_part"), ["task_id", "part"])
        batch.create_check_constraint(op.f("ck_patient_task_document_part"), "part IN ('asked', 'filled')")
