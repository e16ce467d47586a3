"""Events of subscriptions by their time, so that old ones are found without reading all."""

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_fhir_subscription_event_at", "fhir_subscription_event", ["at"])
