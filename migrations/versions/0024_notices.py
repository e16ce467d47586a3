"""Where to look for what went to one destination, newest first, without reading all that the organization sent."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_outbox_destination", "outbox", ["destination_id", "id"], unique=False)
