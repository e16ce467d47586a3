"""Sign-in providers of organizations, who came through them, and which sessions they began."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

ROLES = "'caseworker', 'supervisor', 'navigator', 'organization-administrator', 'privacy-officer', 'network-administrator'"


def upgrade() -> None:
    op.create_table('identity_provider',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('issuer', sa.String(length=500), nullable=False),
    sa.Column('client_id', sa.String(length=200), nullable=False),
    sa.Column('client_secret_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('email_claim', sa.String(length=100), nullable=False),
    sa.Column('name_claim', sa.String(length=100), nullable=False),
    sa.Column('roles_claim', sa.String(length=100), nullable=False),
    sa.Column('role_values', sa.JSON(), nullable=False),
    sa.Column('makes_accounts', sa.Boolean(), nullable=False),
    sa.Column('default_role', sa.String(length=40), nullable=True),
    sa.Column('second_factor_acrs', sa.JSON(), nullable=False),
    sa.Column('always_two_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('always_two_said_by_id', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('held_back_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint(f"default_role IN ({ROLES})", name=op.f('ck_identity_provider_default_role')),
    sa.CheckConstraint("default_role <> 'network-administrator'", name=op.f('ck_identity_provider_not_the_network')),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_identity_provider_organization_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_identity_provider')),
    sa.UniqueConstraint('organization_id', name=op.f('uq_identity_provider_organization_id'))
    )
    op.create_table('identity_provider_domain',
    sa.Column('domain', sa.String(length=253), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('provider_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['provider_id'], ['identity_provider.id'], name=op.f('fk_identity_provider_domain_provider_id')),
    sa.PrimaryKeyConstraint('domain', name=op.f('pk_identity_provider_domain'))
    )
    op.create_index(op.f('ix_identity_provider_domain_provider_id'), 'identity_provider_domain', ['provider_id'], unique=False)
    op.create_table('external_account',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('provider_id', sa.Uuid(), nullable=False),
    sa.Column('subject_key', sa.LargeBinary(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('linked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['provider_id'], ['identity_provider.id'], name=op.f('fk_external_account_provider_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_external_account_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_external_account')),
    sa.UniqueConstraint('provider_id', 'subject_key', name=op.f('uq_external_account_provider_id_subject_key')),
    sa.UniqueConstraint('provider_id', 'user_id', name=op.f('uq_external_account_provider_id_user_id'))
    )
    op.create_index('ix_external_account_user', 'external_account', ['user_id'], unique=False)
    op.create_table('external_session',
    sa.Column('session_id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('provider_id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('sid_key', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['provider_id'], ['identity_provider.id'], name=op.f('fk_external_session_provider_id')),
    sa.ForeignKeyConstraint(['session_id'], ['user_session.id'], name=op.f('fk_external_session_session_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_external_session_user_id')),
    sa.PrimaryKeyConstraint('session_id', name=op.f('pk_external_session'))
    )
    op.create_index('ix_external_session_sid', 'external_session', ['provider_id', 'sid_key'], unique=False)
    op.create_index('ix_external_session_user', 'external_session', ['provider_id', 'user_id'], unique=False)
