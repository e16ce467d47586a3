"""Which text a browser was handed over for, so that it shows nothing else meanwhile."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user_session", sa.Column("handed_over_for", sa.Uuid(), nullable=True))
