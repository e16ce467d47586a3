"""What is released of a person is found by the person, in both directions, without a look at all releases."""

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_release_of_person", "release", ["person_id"])
