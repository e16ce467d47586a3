"""Incidents with those who may be affected, legal demands, requests of persons, and what was done in each case."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table('incident',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.String(40), nullable=False),
    sa.Column('discovered_on', sa.Date(), nullable=False),
    sa.Column('occurred_from', sa.Date(), nullable=True),
    sa.Column('occurred_until', sa.Date(), nullable=True),
    sa.Column('what_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('found_by_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('elsewhere', sa.Integer(), nullable=False),
    sa.Column('residents_told_on', sa.Date(), nullable=True),
    sa.Column('attorney_general_told_on', sa.Date(), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('opened_by_id', sa.Uuid(), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('open', 'residents-told', 'closed')", name=op.f('ck_incident_state')),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_incident_organization_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_incident'))
    )
    op.create_index('ix_incident_due', 'incident', ['organization_id', 'closed_at', 'due_on'], unique=False)
    op.create_table('legal_demand',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(40), nullable=False),
    sa.Column('state', sa.String(40), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('asker_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('court_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('case_number_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('scope_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('counsel_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('decision_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('opened_by_id', sa.Uuid(), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("kind IN ('subpoena', 'court-order', 'search-warrant', 'immigration-enforcement', 'other')", name=op.f('ck_legal_demand_kind')),
    sa.CheckConstraint("state IN ('received', 'with-counsel', 'answered-outside', 'refused', 'withdrawn')", name=op.f('ck_legal_demand_state')),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_legal_demand_organization_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_legal_demand'))
    )
    op.create_index('ix_legal_demand_due', 'legal_demand', ['organization_id', 'closed_at', 'due_on'], unique=False)
    op.create_table('privacy_case_entry',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('case_type', sa.String(40), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('step', sa.String(40), nullable=False),
    sa.Column('on_day', sa.Date(), nullable=True),
    sa.Column('count', sa.Integer(), nullable=True),
    sa.Column('words_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint("step IN ('opened', 'note', 'list-grew', 'list-taken-back', 'list-downloaded', 'residents-told', 'attorney-general-told', 'with-counsel', 'extended', 'answered-outside', 'refused', 'granted', 'partly-granted', 'denied', 'withdrawn', 'closed')", name=op.f('ck_privacy_case_entry_step')),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_privacy_case_entry_organization_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_privacy_case_entry'))
    )
    op.create_index('ix_privacy_case_entry_case', 'privacy_case_entry', ['organization_id', 'case_id'], unique=False)
    op.create_table('affected_group',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('incident_id', sa.Uuid(), nullable=False),
    sa.Column('chosen_by', sa.String(40), nullable=False),
    sa.Column('referral_id', sa.Uuid(), nullable=True),
    sa.Column('reader_id', sa.Uuid(), nullable=True),
    sa.Column('first_on', sa.Date(), nullable=True),
    sa.Column('last_on', sa.Date(), nullable=True),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('added_by_id', sa.Uuid(), nullable=True),
    sa.Column('taken_back_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason_sealed', sa.LargeBinary(), nullable=True),
    sa.CheckConstraint("chosen_by IN ('person', 'referral', 'reader')", name=op.f('ck_affected_group_chosen_by')),
    sa.ForeignKeyConstraint(['incident_id'], ['incident.id'], name=op.f('fk_affected_group_incident_id')),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_affected_group_organization_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_affected_group'))
    )
    op.create_index('ix_affected_group_incident', 'affected_group', ['organization_id', 'incident_id'], unique=False)
    op.create_table('person_request',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(40), nullable=False),
    sa.Column('state', sa.String(40), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('law', sa.String(200), nullable=False),
    sa.Column('extended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('asked_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('asker_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('extension_reason_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('decision_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('opened_by_id', sa.Uuid(), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("kind IN ('access', 'correction', 'amendment', 'deletion', 'accounting', 'restriction')", name=op.f('ck_person_request_kind')),
    sa.CheckConstraint("state IN ('open', 'granted', 'partly-granted', 'denied', 'withdrawn')", name=op.f('ck_person_request_state')),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_person_request_organization_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_person_request_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person_request'))
    )
    op.create_index('ix_person_request_due', 'person_request', ['organization_id', 'closed_at', 'due_on'], unique=False)
    op.create_index('ix_person_request_person', 'person_request', ['organization_id', 'person_id'], unique=False)
    op.create_table('affected_person',
    sa.Column('group_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['group_id'], ['affected_group.id'], name=op.f('fk_affected_person_group_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_affected_person_person_id')),
    sa.PrimaryKeyConstraint('group_id', 'person_id', name=op.f('pk_affected_person'))
    )
    op.create_index('ix_affected_person_organization', 'affected_person', ['organization_id', 'person_id'], unique=False)
