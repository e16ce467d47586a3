"""Whom a legal demand is about, and what was given because of it by hand: when, what and to whom."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('legal_demand', sa.Column('released_on', sa.Date(), nullable=True))
    op.add_column('legal_demand', sa.Column('given_sealed', sa.LargeBinary(), nullable=True))
    op.add_column('legal_demand', sa.Column('given_to_sealed', sa.LargeBinary(), nullable=True))
    op.create_table('legal_demand_person',
    sa.Column('demand_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('added_by_id', sa.Uuid(), nullable=True),
    sa.Column('taken_off_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['demand_id'], ['legal_demand.id'], name=op.f('fk_legal_demand_person_demand_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_legal_demand_person_person_id')),
    sa.PrimaryKeyConstraint('demand_id', 'person_id', name=op.f('pk_legal_demand_person'))
    )
    op.create_index('ix_legal_demand_person_organization', 'legal_demand_person', ['organization_id', 'person_id'], unique=False)
