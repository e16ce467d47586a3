"""Clients of the API, what they were granted, and their tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('oauth_used_assertion',
    sa.Column('key', sa.LargeBinary(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_oauth_used_assertion'))
    )
    op.create_index(op.f('ix_oauth_used_assertion_expires_at'), 'oauth_used_assertion', ['expires_at'], unique=False)
    op.create_table('oauth_client',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('authentication', sa.String(length=40), nullable=False),
    sa.Column('jwks', sa.JSON(), nullable=True),
    sa.Column('jwks_url', sa.String(length=500), nullable=True),
    sa.Column('secret_hash', sa.LargeBinary(), nullable=True),
    sa.Column('redirect_uris', sa.JSON(), nullable=False),
    sa.Column('scopes', sa.JSON(), nullable=False),
    sa.Column('purposes', sa.JSON(), nullable=False),
    sa.Column('role_codes', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by_id', sa.Uuid(), nullable=True),
    sa.Column('suspended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("authentication IN ('private_key_jwt', 'client_secret_basic', 'none')", name=op.f('ck_oauth_client_authentication')),
    sa.CheckConstraint("kind IN ('system', 'staff-app')", name=op.f('ck_oauth_client_kind')),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_oauth_client_organization_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_oauth_client'))
    )
    op.create_index(op.f('ix_oauth_client_organization_id'), 'oauth_client', ['organization_id'], unique=False)
    op.create_table('oauth_grant',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('scopes', sa.JSON(), nullable=False),
    sa.Column('purpose', sa.String(length=20), nullable=False),
    sa.Column('redirect_uri', sa.String(length=500), nullable=False),
    sa.Column('code_challenge', sa.String(length=128), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('code_used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['client_id'], ['oauth_client.id'], name=op.f('fk_oauth_grant_client_id')),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_oauth_grant_organization_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_oauth_grant_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_oauth_grant'))
    )
    op.create_index(op.f('ix_oauth_grant_client_id'), 'oauth_grant', ['client_id'], unique=False)
    op.create_index(op.f('ix_oauth_grant_organization_id'), 'oauth_grant', ['organization_id'], unique=False)
    op.create_index(op.f('ix_oauth_grant_user_id'), 'oauth_grant', ['user_id'], unique=False)
    op.create_table('oauth_scope_use',
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('scope', sa.String(length=100), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['client_id'], ['oauth_client.id'], name=op.f('fk_oauth_scope_use_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'scope', name=op.f('pk_oauth_scope_use'))
    )
    op.create_table('oauth_access_token',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=True),
    sa.Column('grant_id', sa.Uuid(), nullable=True),
    sa.Column('scopes', sa.JSON(), nullable=False),
    sa.Column('purpose', sa.String(length=20), nullable=False),
    sa.Column('issued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['client_id'], ['oauth_client.id'], name=op.f('fk_oauth_access_token_client_id')),
    sa.ForeignKeyConstraint(['grant_id'], ['oauth_grant.id'], name=op.f('fk_oauth_access_token_grant_id')),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_oauth_access_token_organization_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_oauth_access_token_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_oauth_access_token'))
    )
    op.create_index(op.f('ix_oauth_access_token_client_id'), 'oauth_access_token', ['client_id'], unique=False)
    op.create_index(op.f('ix_oauth_access_token_expires_at'), 'oauth_access_token', ['expires_at'], unique=False)
    op.create_index(op.f('ix_oauth_access_token_grant_id'), 'oauth_access_token', ['grant_id'], unique=False)
