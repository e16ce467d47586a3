"""Legal holds, tombstones, and the moment at which a person's record was erased."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('person', sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True))
    op.create_table('legal_hold',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('demand_id', sa.Uuid(), nullable=True),
    sa.Column('reason_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('set_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('set_by_id', sa.Uuid(), nullable=True),
    sa.Column('until_on', sa.Date(), nullable=True),
    sa.Column('lifted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lifted_by_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['demand_id'], ['legal_demand.id'], name=op.f('fk_legal_hold_demand_id')),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_legal_hold_organization_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_legal_hold_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_legal_hold'))
    )
    op.create_index('ix_legal_hold_demand', 'legal_hold', ['organization_id', 'demand_id'], unique=False)
    op.create_index('ix_legal_hold_person', 'legal_hold', ['organization_id', 'person_id'], unique=False)
    op.create_table('tombstone',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('ground', sa.String(length=40), nullable=False),
    sa.Column('erased_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('erased_by_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint("ground IN ('request', 'retention', 'purge')", name=op.f('ck_tombstone_ground')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tombstone')),
    sa.UniqueConstraint('organization_id', 'person_id', name=op.f('uq_tombstone_organization_id_person_id'))
    )
