"""Subscriptions over FHIR, and the events that each of them was to hear of."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('fhir_subscription',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('topic', sa.String(length=200), nullable=False),
    sa.Column('filters', sa.JSON(), nullable=False),
    sa.Column('endpoint', sa.String(length=500), nullable=False),
    sa.Column('content', sa.String(length=40), nullable=False),
    sa.Column('is_xml', sa.Boolean(), nullable=False),
    sa.Column('heartbeat_seconds', sa.Integer(), nullable=True),
    sa.Column('timeout_seconds', sa.Integer(), nullable=True),
    sa.Column('most_events', sa.Integer(), nullable=True),
    sa.Column('status', sa.String(length=40), nullable=False),
    sa.Column('fault', sa.String(length=60), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('beats_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reached_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('failed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('headers_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('said_sealed', sa.LargeBinary(), nullable=True),
    sa.CheckConstraint("content IN ('empty', 'id-only', 'full-resource')", name=op.f('ck_fhir_subscription_content')),
    sa.CheckConstraint("status IN ('requested', 'active', 'error', 'off')", name=op.f('ck_fhir_subscription_status')),
    sa.ForeignKeyConstraint(['client_id'], ['oauth_client.id'], name=op.f('fk_fhir_subscription_client_id')),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_fhir_subscription_organization_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_fhir_subscription'))
    )
    op.create_index(op.f('ix_fhir_subscription_client_id'), 'fhir_subscription', ['client_id'], unique=False)
    op.create_index(op.f('ix_fhir_subscription_organization_id'), 'fhir_subscription', ['organization_id'], unique=False)
    op.create_table('fhir_subscription_event',
    sa.Column('subscription_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('resource_type', sa.String(length=40), nullable=False),
    sa.Column('resource_id', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['subscription_id'], ['fhir_subscription.id'], name=op.f('fk_fhir_subscription_event_subscription_id')),
    sa.PrimaryKeyConstraint('subscription_id', 'number', name=op.f('pk_fhir_subscription_event'))
    )
