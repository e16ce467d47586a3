"""What changed last about a referral, as each side may know it."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('referral_activity',
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('referral_id', sa.Uuid(), nullable=False),
    sa.Column('side', sa.String(length=10), nullable=False),
    sa.Column('task_id', sa.Uuid(), nullable=True),
    sa.Column('change', sa.String(length=60), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('organization_id', 'referral_id', name=op.f('pk_referral_activity'))
    )
    op.create_index('ix_referral_activity_changed', 'referral_activity', ['organization_id', 'changed_at', 'referral_id'], unique=False)
    op.create_index(op.f('ix_referral_activity_referral_id'), 'referral_activity', ['referral_id'], unique=False)
