"""What organizations ask of the persons whom they serve: tasks, their moves, the files that go with them."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

STATUSES = "('ready', 'in-progress', 'on-hold', 'completed', 'failed', 'cancelled', 'entered-in-error')"
KINDS = "('complete-questionnaire', 'review-material', 'make-contact', 'general-information')"
REASONS = "('person-declines', 'other')"


def upgrade() -> None:
    op.create_table('patient_task',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('status', sa.String(length=40), nullable=False),
    sa.Column('priority', sa.String(length=40), nullable=False),
    sa.Column('reason', sa.String(length=40), nullable=True),
    sa.Column('questionnaire_id', sa.Uuid(), nullable=True),
    sa.Column('category', sa.String(length=60), nullable=False),
    sa.Column('document_reference', sa.String(length=64), nullable=False),
    sa.Column('screening_id', sa.Uuid(), nullable=True),
    sa.Column('filled_reference', sa.String(length=64), nullable=False),
    sa.Column('requested_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('requested_by_id', sa.Uuid(), nullable=True),
    sa.Column('moved_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('description_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('link_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('contacts_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('answer_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('reason_words_sealed', sa.LargeBinary(), nullable=True),
    sa.CheckConstraint(f"kind IN {KINDS}", name=op.f('ck_patient_task_kind')),
    sa.CheckConstraint(f"status IN {STATUSES}", name=op.f('ck_patient_task_status')),
    sa.CheckConstraint("priority IN ('routine', 'urgent')", name=op.f('ck_patient_task_priority')),
    sa.CheckConstraint(f"reason IN {REASONS}", name=op.f('ck_patient_task_reason')),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_patient_task_organization_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_patient_task_person_id')),
    sa.ForeignKeyConstraint(['questionnaire_id'], ['questionnaire.id'], name=op.f('fk_patient_task_questionnaire_id')),
    sa.ForeignKeyConstraint(['screening_id'], ['screening.id'], name=op.f('fk_patient_task_screening_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_patient_task'))
    )
    op.create_index('ix_patient_task_person', 'patient_task', ['organization_id', 'person_id'], unique=False)
    op.create_table('patient_task_document',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('task_id', sa.Uuid(), nullable=False),
    sa.Column('media_type', sa.String(length=80), nullable=False),
    sa.Column('size_bytes', sa.Integer(), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('name_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('content_sealed', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_patient_task_document_organization_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_patient_task_document_person_id')),
    sa.ForeignKeyConstraint(['task_id'], ['patient_task.id'], name=op.f('fk_patient_task_document_task_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_patient_task_document')),
    sa.UniqueConstraint('task_id', name=op.f('uq_patient_task_document_task_id'))
    )
    op.create_table('patient_task_move',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('task_id', sa.Uuid(), nullable=False),
    sa.Column('from_status', sa.String(length=40), nullable=True),
    sa.Column('to_status', sa.String(length=40), nullable=False),
    sa.Column('reason', sa.String(length=40), nullable=True),
    sa.Column('actor_kind', sa.String(length=20), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('door', sa.String(length=20), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint(f"from_status IN {STATUSES}", name=op.f('ck_patient_task_move_from_status')),
    sa.CheckConstraint(f"to_status IN {STATUSES}", name=op.f('ck_patient_task_move_to_status')),
    sa.CheckConstraint(f"reason IN {REASONS}", name=op.f('ck_patient_task_move_reason')),
    sa.ForeignKeyConstraint(['task_id'], ['patient_task.id'], name=op.f('fk_patient_task_move_task_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_patient_task_move'))
    )
    op.create_index('ix_patient_task_move_task', 'patient_task_move', ['organization_id', 'task_id'], unique=False)
