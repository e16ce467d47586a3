"""What came of a task: enrollments, findings, what was done; and how programs name the files that they send."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

KINDS = "'enrollment-status', 'assessment', 'procedure', 'other'"
PROGRAMS = "'snap', 'wic', 'medi-cal', 'calworks', 'ssi', 'social-services', 'school', 'hmis'"
STATUSES = "'enrolled', 'not-enrolled', 'not-enrolled-on-waitlist'"


def upgrade() -> None:
    op.create_table('referral_result',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('referral_id', sa.Uuid(), nullable=False),
    sa.Column('task_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=True),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('program', sa.String(length=40), nullable=True),
    sa.Column('status', sa.String(length=40), nullable=True),
    sa.Column('since_on', sa.Date(), nullable=True),
    sa.Column('source', sa.String(length=120), nullable=False),
    sa.Column('title_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('body_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('given_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('taken_back_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f('ck_referral_result_kind')),
    sa.CheckConstraint(f"program IN ({PROGRAMS})", name=op.f('ck_referral_result_program')),
    sa.CheckConstraint(f"status IN ({STATUSES})", name=op.f('ck_referral_result_status')),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_referral_result_organization_id')),
    sa.ForeignKeyConstraint(['referral_id'], ['referral.id'], name=op.f('fk_referral_result_referral_id')),
    sa.ForeignKeyConstraint(['task_id'], ['referral_task.id'], name=op.f('fk_referral_result_task_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_referral_result'))
    )
    op.create_index('ix_referral_result_referral', 'referral_result', ['referral_id', 'organization_id'], unique=False)
    op.create_index('ix_referral_result_task', 'referral_result', ['task_id', 'organization_id'], unique=False)
    op.add_column("attachment", sa.Column("source", sa.String(length=120), nullable=False, server_default=""))
