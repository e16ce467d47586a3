"""What organizations read over FHIR: a body for each resource and audience, its earlier versions, what it is found by."""

from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('fhir_audience',
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('last_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('after', sa.JSON(), nullable=False),
    sa.Column('built_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('organization_id', name=op.f('pk_fhir_audience'))
    )
    op.create_table('fhir_resource',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('resource_type', sa.String(length=40), nullable=False),
    sa.Column('resource_id', sa.String(length=64), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=True),
    sa.Column('release_id', sa.Uuid(), nullable=True),
    sa.Column('is_kept', sa.Boolean(), nullable=False),
    sa.Column('stale_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('body_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('sent_sealed', sa.LargeBinary(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_fhir_resource')),
    sa.UniqueConstraint('organization_id', 'resource_type', 'resource_id', name=op.f('uq_fhir_resource_organization_id_resource_type_resource_id'))
    )
    op.create_index('ix_fhir_resource_updated', 'fhir_resource', ['organization_id', 'resource_type', 'updated_at', 'resource_id'], unique=False)
    op.create_index('ix_fhir_resource_release', 'fhir_resource', ['release_id'], unique=False)
    op.create_index('ix_fhir_resource_person', 'fhir_resource', ['person_id'], unique=False)
    op.create_index('ix_fhir_resource_stale', 'fhir_resource', ['stale_at'], unique=False)
    op.create_table('fhir_earlier',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('stored_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('body_sealed', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['stored_id'], ['fhir_resource.id'], name=op.f('fk_fhir_earlier_stored_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_fhir_earlier')),
    sa.UniqueConstraint('stored_id', 'version', name=op.f('uq_fhir_earlier_stored_id_version'))
    )
    op.create_table('fhir_index',
    sa.Column('stored_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('resource_type', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('system', sa.String(length=300), nullable=False),
    sa.Column('value', sa.String(length=300), nullable=False),
    sa.Column('from_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('until_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['stored_id'], ['fhir_resource.id'], name=op.f('fk_fhir_index_stored_id')),
    sa.PrimaryKeyConstraint('stored_id', 'position', name=op.f('pk_fhir_index'))
    )
    op.create_index('ix_fhir_index_value', 'fhir_index', ['organization_id', 'resource_type', 'name', 'value', 'system', 'stored_id'], unique=False)
    op.create_index('ix_fhir_index_date', 'fhir_index', ['organization_id', 'resource_type', 'name', 'from_at'], unique=False)
    add_readers()


def add_readers() -> None:
    """Organizations whose programs may read over FHIR already, and everybody; the worker makes what they read."""
    clients = sa.table("oauth_client", sa.column("organization_id", sa.Uuid()), sa.column("scopes", sa.JSON()))
    keys = sa.table("organization_key", sa.column("organization_id", sa.Uuid()), sa.column("destroyed_at"))
    destroyed = sa.select(keys.c.organization_id).where(keys.c.destroyed_at.is_not(None))
    query = sa.select(clients.c.organization_id, clients.c.scopes).where(clients.c.organization_id.not_in(destroyed))
    rows = op.get_bind().execute(query).all()
    readers = {row[0] for row in rows if any(scope.startswith(("system/", "user/")) for scope in row[1])}
    audience = sa.table(
        "fhir_audience",
        sa.column("organization_id", sa.Uuid()),
        sa.column("last_at", sa.DateTime(timezone=True)),
        sa.column("added_at", sa.DateTime(timezone=True)),
        sa.column("after", sa.JSON()),
    )
    now = datetime.now(UTC)
    for organization_id in sorted({UUID(int=0), *readers}) if readers else ():
        op.execute(audience.insert().values(organization_id=organization_id, last_at=now, added_at=now, after=[]))
