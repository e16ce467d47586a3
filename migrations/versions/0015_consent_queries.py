"""Questions of other organizations about a permission, and what was told."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

DATA_SETS = "'offer', 'referral', 'answer', 'message', 'emergency', 'permission'"


def upgrade() -> None:
    _new_data_set()
    op.create_table('consent_query',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('asker_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('purpose', sa.String(length=20), nullable=False),
    sa.Column('consent_ids', sa.JSON(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('asked_by_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_consent_query_organization_id')),
    sa.ForeignKeyConstraint(['asker_id'], ['participant.id'], name=op.f('fk_consent_query_asker_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_consent_query_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consent_query'))
    )
    op.create_index('ix_consent_query_person', 'consent_query', ['organization_id', 'person_id'], unique=False)


def _new_data_set() -> None:
    """One more data set that a release may hold. A table that SQLite makes again loses the checks that it had."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("release", recreate="always" if is_sqlite else "never") as batch:
        if not is_sqlite:
            batch.drop_constraint(op.f("ck_release_data_set"), type_="check")
        batch.create_check_constraint(op.f("ck_release_data_set"), f"data_set IN ({DATA_SETS})")
