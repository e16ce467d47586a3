"""Exports that programs asked for, made in the background; where to look for what was taken back since, and for the
tasks of one organization in a loop, without reading all that it was ever asked.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('export',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('purpose', sa.String(length=20), nullable=False),
    sa.Column('updated_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('status', sa.String(length=40), nullable=False),
    sa.Column('fault', sa.String(length=40), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('touched_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ready_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("status IN ('waiting', 'running', 'ready', 'failed', 'expired', 'ended')", name=op.f('ck_export_status')),
    sa.ForeignKeyConstraint(['client_id'], ['oauth_client.id'], name=op.f('fk_export_client_id')),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_export_organization_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_export'))
    )
    op.create_index(op.f('ix_export_client_id'), 'export', ['client_id'], unique=False)
    op.create_index(op.f('ix_export_organization_id'), 'export', ['organization_id'], unique=False)
    op.create_index('ix_export_turn', 'export', ['status', 'touched_at'], unique=False)
    op.create_table('export_file',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('export_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('line_count', sa.Integer(), nullable=False),
    sa.Column('byte_count', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['export_id'], ['export.id'], name=op.f('fk_export_file_export_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_export_file')),
    sa.UniqueConstraint('export_id', 'kind', 'number', name=op.f('uq_export_file_export_id_kind_number'))
    )
    op.create_table('export_kind',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('export_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=True),
    sa.Column('line_count', sa.Integer(), nullable=False),
    sa.Column('after', sa.JSON(), nullable=False),
    sa.Column('is_complete', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['export_id'], ['export.id'], name=op.f('fk_export_kind_export_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_export_kind')),
    sa.UniqueConstraint('export_id', 'kind', name=op.f('uq_export_kind_export_id_kind'))
    )
    op.create_table('export_line',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('file_id', sa.Uuid(), nullable=False),
    sa.Column('first_byte', sa.Integer(), nullable=False),
    sa.Column('byte_count', sa.Integer(), nullable=False),
    sa.Column('record_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('referral_id', sa.Uuid(), nullable=True),
    sa.Column('ends', sa.Integer(), nullable=False),
    sa.Column('content_sealed', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['file_id'], ['export_file.id'], name=op.f('fk_export_line_file_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_export_line')),
    sa.UniqueConstraint('file_id', 'first_byte', name=op.f('uq_export_line_file_id_first_byte'))
    )
    op.create_index('ix_export_line_gone', 'export_line', ['file_id'], unique=False, sqlite_where=sa.text('content_sealed IS NULL'), postgresql_where=sa.text('content_sealed IS NULL'))
    op.create_index(op.f('ix_export_line_person_id'), 'export_line', ['person_id'], unique=False)
    op.create_index(op.f('ix_export_line_referral_id'), 'export_line', ['referral_id'], unique=False)
    op.create_index('ix_referral_task_asked', 'referral_task', ['referral_id', 'performer_id'], unique=False)
    op.create_index('ix_release_ended', 'release', ['recipient_id', 'ended_at'], unique=False, sqlite_where=sa.text('ended_at IS NOT NULL'), postgresql_where=sa.text('ended_at IS NOT NULL'))
