"""What an agency keeps out of the accounting for a time; three more minimum data sets; answers that stay where they are."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

DATA_SETS = (
    "'offer', 'referral', 'answer', 'message', 'emergency', 'permission', 'eligibility', 'event-notice', 'aggregate'"
)
STEPS = (
    "'opened', 'note', 'list-grew', 'list-taken-back', 'list-downloaded', 'residents-told', 'attorney-general-told', "
    "'with-counsel', 'extended', 'answered-outside', 'refused', 'granted', 'partly-granted', 'denied', 'withdrawn', "
    "'closed', 'kept-out', 'kept-out-ended'"
)
STATUSES = (
    "'draft', 'requested', 'accepted', 'in-progress', 'on-hold', 'completed', 'failed', 'rejected', 'cancelled', "
    "'entered-in-error'"
)
REASONS = (
    "'no-room', 'not-eligible', 'outside-area', 'language', 'other-fits-better', 'duplicate', 'service-ended', "
    "'conflict', 'unable-to-reach', 'missing-papers', 'person-declines', 'recalled', 'loop-closed', 'other'"
)


def upgrade() -> None:
    _allow("release", "ck_release_data_set", f"data_set IN ({DATA_SETS})")
    _allow("privacy_case_entry", "ck_privacy_case_entry_step", f"step IN ({STEPS})")
    op.create_table('accounting_suspension',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('demand_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=True),
    sa.Column('how', sa.String(length=40), nullable=False),
    sa.Column('stated_on', sa.Date(), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=False),
    sa.Column('agency_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('said_by_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('reason_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('document_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by_id', sa.Uuid(), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_by_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint("how IN ('written', 'oral')", name=op.f('ck_accounting_suspension_how')),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_accounting_suspension_organization_id')),
    sa.ForeignKeyConstraint(['demand_id'], ['legal_demand.id'], name=op.f('fk_accounting_suspension_demand_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_accounting_suspension_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_accounting_suspension'))
    )
    op.create_index('ix_accounting_suspension_demand', 'accounting_suspension', ['organization_id', 'demand_id'], unique=False)
    _answers_kept_apart()


def _answers_kept_apart() -> None:
    op.add_column("referral_task", sa.Column("outcome_withheld", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table('withheld_answer',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('referral_id', sa.Uuid(), nullable=False),
    sa.Column('task_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('status', sa.String(length=40), nullable=False),
    sa.Column('reason', sa.String(length=40), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint(f"status IN ({STATUSES})", name=op.f('ck_withheld_answer_status')),
    sa.CheckConstraint(f"reason IN ({REASONS})", name=op.f('ck_withheld_answer_reason')),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_withheld_answer_organization_id')),
    sa.ForeignKeyConstraint(['referral_id'], ['referral.id'], name=op.f('fk_withheld_answer_referral_id')),
    sa.ForeignKeyConstraint(['task_id'], ['referral_task.id'], name=op.f('fk_withheld_answer_task_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_withheld_answer')),
    sa.UniqueConstraint('task_id', name=op.f('uq_withheld_answer_task_id'))
    )
    op.create_index('ix_withheld_answer_referral', 'withheld_answer', ['organization_id', 'referral_id'], unique=False)


def _allow(table: str, name: str, condition: str) -> None:
    """A check that lets more codes stand. A table that SQLite makes again loses the checks that it had."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table(table, recreate="always" if is_sqlite else "never") as batch:
        if not is_sqlite:
            batch.drop_constraint(op.f(name), type_="check")
        batch.create_check_constraint(op.f(name), condition)
