"""Whose law guards what an organization tells of those who use a service."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

CODES = "'snap', 'wic', 'medi-cal', 'calworks', 'ssi', 'social-services', 'school', 'hmis'"


def upgrade() -> None:
    # with its check in the column, so that SQLite need not make the table again and lose the checks that it has
    op.execute(
        f"ALTER TABLE service ADD COLUMN program VARCHAR(40) CONSTRAINT ck_service_program CHECK (program IN ({CODES}))"
    )
    op.add_column("service", sa.Column("is_no_program", sa.Boolean(), nullable=False, server_default=sa.false()))
