"""What was opened in an emergency, and what the privacy officers of both organizations found of it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KINDS = "'medical-emergency', 'danger-to-life'"


def upgrade() -> None:
    _new_data_set()
    op.create_table('emergency_access',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('recipient_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('referral_id', sa.Uuid(), nullable=False),
    sa.Column('task_id', sa.Uuid(), nullable=False),
    sa.Column('release_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(40), nullable=False),
    sa.Column('opened_by_id', sa.Uuid(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reason_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('record_sealed', sa.LargeBinary(), nullable=True),
    sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f('ck_emergency_access_kind')),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_emergency_access_organization_id')),
    sa.ForeignKeyConstraint(['recipient_id'], ['participant.id'], name=op.f('fk_emergency_access_recipient_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_emergency_access_person_id')),
    sa.ForeignKeyConstraint(['release_id'], ['release.id'], name=op.f('fk_emergency_access_release_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_emergency_access')),
    sa.UniqueConstraint('release_id', name=op.f('uq_emergency_access_release_id'))
    )
    op.create_index('ix_emergency_access_discloser', 'emergency_access', ['organization_id', 'opened_at'], unique=False)
    op.create_index('ix_emergency_access_recipient', 'emergency_access', ['recipient_id', 'opened_at'], unique=False)
    op.create_index('ix_emergency_access_task', 'emergency_access', ['task_id', 'recipient_id'], unique=False)
    op.create_index('ix_emergency_access_until', 'emergency_access', ['until_at'], unique=False)
    op.create_table('emergency_review',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('access_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('finding', sa.String(40), nullable=False),
    sa.Column('words_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint("finding IN ('justified', 'not-justified')", name=op.f('ck_emergency_review_finding')),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_emergency_review_organization_id')),
    sa.ForeignKeyConstraint(['access_id'], ['emergency_access.id'], name=op.f('fk_emergency_review_access_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_emergency_review_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_emergency_review')),
    sa.UniqueConstraint('organization_id', 'access_id', name=op.f('uq_emergency_review_organization_id_access_id'))
    )


def _new_data_set() -> None:
    """One more data set that a release may hold. A table that SQLite makes again loses the checks that it had."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("release", recreate="always" if is_sqlite else "never") as batch:
        if not is_sqlite:
            batch.drop_constraint(op.f("ck_release_data_set"), type_="check")
        batch.create_check_constraint(
            op.f("ck_release_data_set"), "data_set IN ('offer', 'referral', 'answer', 'message', 'emergency')"
        )
