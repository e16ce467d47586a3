"""E-mail addresses that organizations named for notices, and subscriptions that go there."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('mail_address',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('address_key', sa.LargeBinary(), nullable=False),
    sa.Column('address_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('state', sa.String(length=40), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('asked', 'confirmed', 'stopped', 'refused')", name=op.f('ck_mail_address_state')),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_mail_address_organization_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mail_address')),
    sa.UniqueConstraint('organization_id', 'address_key', name=op.f('uq_mail_address_organization_id_address_key'))
    )
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("fhir_subscription", recreate="always" if is_sqlite else "never") as batch:
        batch.add_column(sa.Column("mail_address_id", sa.Uuid(), nullable=True))
        batch.add_column(sa.Column("is_bare", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.create_foreign_key(
            op.f("fk_fhir_subscription_mail_address_id"), "mail_address", ["mail_address_id"], ["id"]
        )
