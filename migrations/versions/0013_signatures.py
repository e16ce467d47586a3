"""What a person signed on a screen or by a link, and what was laid before them."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('signature',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('consent_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('other_name', sa.Boolean(), nullable=False),
    sa.Column('content_sha256', sa.String(length=64), nullable=False),
    sa.Column('text_sha256', sa.String(length=64), nullable=False),
    sa.Column('signed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('content_sealed', sa.LargeBinary(), nullable=True),
    sa.CheckConstraint("kind IN ('typed', 'drawn')", name=op.f('ck_signature_kind')),
    sa.ForeignKeyConstraint(['consent_id'], ['consent.id'], name=op.f('fk_signature_consent_id')),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_signature_organization_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_signature_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_signature')),
    sa.UniqueConstraint('organization_id', 'consent_id', name=op.f('uq_signature_organization_id_consent_id'))
    )
    op.create_table('signing_request',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('form', sa.String(length=40), nullable=False),
    sa.Column('language', sa.String(length=12), nullable=False),
    sa.Column('method', sa.String(length=40), nullable=False),
    sa.Column('text_sha256', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=40), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('asked_by_id', sa.Uuid(), nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('consent_id', sa.Uuid(), nullable=True),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('said_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('text_sealed', sa.LargeBinary(), nullable=True),
    sa.CheckConstraint("method IN ('on-screen', 'signed-paper', 'by-link', 'in-person', 'by-voice')", name=op.f('ck_signing_request_method')),
    sa.CheckConstraint("state IN ('open', 'signed', 'declined', 'withdrawn', 'expired')", name=op.f('ck_signing_request_state')),
    sa.ForeignKeyConstraint(['consent_id'], ['consent.id'], name=op.f('fk_signing_request_consent_id')),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_signing_request_organization_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_signing_request_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_signing_request'))
    )
    op.create_index('ix_signing_request_person', 'signing_request', ['organization_id', 'person_id'], unique=False)
    op.create_index('ix_signing_request_state', 'signing_request', ['organization_id', 'state'], unique=False)
