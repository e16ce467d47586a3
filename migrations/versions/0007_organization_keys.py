"""The keys of organizations whose records stand apart, since when data keys are used, whose a kept form is.

`cie db upgrade` then gives a key to each victim service that has none, and files its people under it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "organization_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("keys_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["participant.id"], name=op.f("fk_organization_key_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization_key")),
        sa.UniqueConstraint("organization_id", name=op.f("uq_organization_key_organization_id")),
    )
    op.create_table(
        "data_key",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_data_key")),
    )
    op.add_column("kept_form", sa.Column("organization_id", sa.Uuid(), nullable=True))
    op.execute(
        "UPDATE kept_form SET organization_id ="
        " (SELECT organization_id FROM user_account WHERE user_account.id = kept_form.user_id)"
    )
    with op.batch_alter_table("kept_form") as table:
        table.alter_column("organization_id", existing_type=sa.Uuid(), nullable=False)
