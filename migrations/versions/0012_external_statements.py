"""What other consent systems say of a person's wish."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('external_statement',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('source', sa.String(length=40), nullable=False),
    sa.Column('external_id', sa.String(length=100), nullable=False),
    sa.Column('decision', sa.String(length=40), nullable=False),
    sa.Column('categories', sa.JSON(), nullable=False),
    sa.Column('recipient_ids', sa.JSON(), nullable=False),
    sa.Column('given_on', sa.Date(), nullable=False),
    sa.Column('expires_on', sa.Date(), nullable=True),
    sa.Column('withdrawn', sa.Boolean(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('settled', sa.String(length=40), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('settled_by_id', sa.Uuid(), nullable=True),
    sa.Column('words_sealed', sa.LargeBinary(), nullable=True),
    sa.CheckConstraint("decision IN ('share', 'do-not-share')", name=op.f('ck_external_statement_decision')),
    sa.CheckConstraint("settled IN ('open', 'theirs', 'ours')", name=op.f('ck_external_statement_settled')),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_external_statement_organization_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_external_statement_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_external_statement')),
    sa.UniqueConstraint('organization_id', 'source', 'external_id', name=op.f('uq_external_statement_organization_id_source_external_id'))
    )
    op.create_index('ix_external_statement_person', 'external_statement', ['organization_id', 'person_id'], unique=False)
