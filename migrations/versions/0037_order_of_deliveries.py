"""Whether an older delivery of a key waits is seen in the index, however many of its key wait or have gone."""

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_outbox_order", "outbox")
    op.create_index("ix_outbox_order", "outbox", ["order_key", "state", "id"])
