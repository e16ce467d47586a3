"""Proxies of a person, codes for one use, and whether a person's own page tells of protected services."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('person_link', sa.Column('shows_protected', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table('person_proxy',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('name_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('relationship_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('scope', sa.JSON(), nullable=False),
    sa.Column('verified', sa.String(length=40), nullable=False),
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.Column('pin_hash_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('made_by_id', sa.Uuid(), nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("verified IN ('id-seen', 'known')", name=op.f('ck_person_proxy_verified')),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_person_proxy_organization_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_person_proxy_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person_proxy'))
    )
    op.create_index('ix_person_proxy_person', 'person_proxy', ['organization_id', 'person_id'])
    op.create_table('one_time_code',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('link_id', sa.Uuid(), nullable=False),
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.Column('code_hash', sa.LargeBinary(), nullable=False),
    sa.Column('drawn_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['link_id'], ['person_link.id'], name=op.f('fk_one_time_code_link_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_one_time_code'))
    )
    op.create_index('ix_one_time_code_link', 'one_time_code', ['organization_id', 'link_id'])
