"""What programs sent and were refused, kept for their organizations; and how it goes with what each of them does."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "refused_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("route", sa.String(length=200), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("codes", sa.JSON(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("byte_count", sa.Integer(), nullable=False),
        sa.Column("held_bytes", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("became", sa.JSON(), nullable=False),
        sa.Column("asked_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("outcome_sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'taken')", name=op.f("ck_refused_message_state")),
        sa.ForeignKeyConstraint(["client_id"], ["oauth_client.id"], name=op.f("fk_refused_message_client_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["participant.id"], name=op.f("fk_refused_message_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refused_message")),
    )
    op.create_index("ix_refused_message_client", "refused_message", ["client_id", "state", "held_bytes"], unique=False)
    op.create_index(op.f("ix_refused_message_expires_at"), "refused_message", ["expires_at"], unique=False)
    op.create_index("ix_refused_message_organization", "refused_message", ["organization_id", "id"], unique=False)
    op.create_table(
        "oauth_client_use",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("way", sa.String(length=40), nullable=False),
        sa.Column("succeeded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_route", sa.String(length=200), nullable=False),
        sa.Column("refused_status", sa.Integer(), nullable=False),
        sa.Column("refused_code", sa.String(length=40), nullable=False),
        sa.CheckConstraint("way IN ('send', 'read')", name=op.f("ck_oauth_client_use_way")),
        sa.ForeignKeyConstraint(["client_id"], ["oauth_client.id"], name=op.f("fk_oauth_client_use_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_client_use")),
        sa.UniqueConstraint("client_id", "way", name=op.f("uq_oauth_client_use_client_id_way")),
    )
    op.create_index(op.f("ix_oauth_client_use_organization_id"), "oauth_client_use", ["organization_id"], unique=False)
