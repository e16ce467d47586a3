"""Drafts that are for anyone who can help, and refused messages that came as parts of a batch."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("referral", sa.Column("asks_anyone", sa.Boolean(), nullable=False, server_default=sa.false()))
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("refused_message", recreate="always" if is_sqlite else "never") as batch:
        batch.add_column(sa.Column("part_of_id", sa.Uuid(), nullable=True))
        batch.create_foreign_key(op.f("fk_refused_message_part_of_id"), "refused_message", ["part_of_id"], ["id"])
        batch.create_index("ix_refused_message_part_of_id", ["part_of_id"])
