"""Open requests: what whoever can help may take, and who that could be."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

STATUSES = (
    "'draft', 'requested', 'accepted', 'in-progress', 'on-hold', 'completed', 'failed', 'rejected', 'cancelled', "
    "'entered-in-error'"
)
REASONS = (
    "'no-room', 'not-eligible', 'outside-area', 'language', 'other-fits-better', 'duplicate', 'service-ended', "
    "'conflict', 'unable-to-reach', 'missing-papers', 'person-declines', 'recalled', 'loop-closed', 'other'"
)


def upgrade() -> None:
    op.add_column('referral', sa.Column('open_task_id', sa.Uuid(), nullable=True))
    op.add_column('referral', sa.Column('open_due_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('referral', sa.Column('open_returned_at', sa.DateTime(timezone=True), nullable=True))
    op.create_index('ix_referral_open', 'referral', ['open_due_at'], unique=False)
    op.create_table('open_offer',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('referral_id', sa.Uuid(), nullable=False),
    sa.Column('task_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('performer_id', sa.Uuid(), nullable=False),
    sa.Column('service_id', sa.Uuid(), nullable=False),
    sa.Column('status', sa.String(length=40), nullable=False),
    sa.Column('reason', sa.String(length=40), nullable=True),
    sa.Column('urgency_rank', sa.Integer(), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint(f"status IN ({STATUSES})", name=op.f('ck_open_offer_status')),
    sa.CheckConstraint(f"reason IN ({REASONS})", name=op.f('ck_open_offer_reason')),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_open_offer_organization_id')),
    sa.ForeignKeyConstraint(['referral_id'], ['referral.id'], name=op.f('fk_open_offer_referral_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_open_offer_person_id')),
    sa.ForeignKeyConstraint(['performer_id'], ['participant.id'], name=op.f('fk_open_offer_performer_id')),
    sa.ForeignKeyConstraint(['service_id'], ['service.id'], name=op.f('fk_open_offer_service_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_open_offer')),
    sa.UniqueConstraint('referral_id', 'performer_id', name=op.f('uq_open_offer_referral_id_performer_id'))
    )
    op.create_index('ix_open_offer_performer', 'open_offer', ['performer_id', 'status', 'urgency_rank', 'due_at'], unique=False)
    op.create_index('ix_open_offer_task', 'open_offer', ['task_id', 'performer_id'], unique=False)
