"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table('audit_entry',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('stream', sa.String(60), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('action', sa.String(60), nullable=False),
    sa.Column('actor_kind', sa.String(20), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('actor_organization_id', sa.Uuid(), nullable=True),
    sa.Column('actor_roles', sa.String(200), nullable=False),
    sa.Column('on_behalf_of', sa.Uuid(), nullable=True),
    sa.Column('purpose', sa.String(20), nullable=False),
    sa.Column('door', sa.String(20), nullable=False),
    sa.Column('subject_type', sa.String(40), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=True),
    sa.Column('person_id', sa.Uuid(), nullable=True),
    sa.Column('referral_id', sa.Uuid(), nullable=True),
    sa.Column('codes', sa.String(), nullable=False),
    sa.Column('previous_hash', sa.LargeBinary(), nullable=False),
    sa.Column('hash', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_entry')),
    sa.UniqueConstraint('stream', 'sequence', name=op.f('uq_audit_entry_stream_sequence'))
    )
    op.create_index(op.f('ix_audit_entry_person_id'), 'audit_entry', ['person_id'], unique=False)
    op.create_index(op.f('ix_audit_entry_referral_id'), 'audit_entry', ['referral_id'], unique=False)
    op.create_table('audit_head',
    sa.Column('stream', sa.String(60), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('hash', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('stream', name=op.f('pk_audit_head'))
    )
    op.create_table('change',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('record_type', sa.String(40), nullable=False),
    sa.Column('record_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor_kind', sa.String(20), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('door', sa.String(20), nullable=False),
    sa.Column('fields_sealed', sa.LargeBinary(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_change'))
    )
    op.create_index(op.f('ix_change_person_id'), 'change', ['person_id'], unique=False)
    op.create_index('ix_change_record', 'change', ['organization_id', 'record_id'], unique=False)
    op.create_table('code_list',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(60), nullable=False),
    sa.Column('version', sa.String(40), nullable=False),
    sa.Column('effective_on', sa.Date(), nullable=False),
    sa.Column('source', sa.String(400), nullable=False),
    sa.Column('codes', sa.JSON(), nullable=False),
    sa.Column('loaded_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_code_list')),
    sa.UniqueConstraint('name', 'version', name=op.f('uq_code_list_name_version'))
    )
    op.create_table('idempotency_key',
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.String(120), nullable=False),
    sa.Column('request_hash', sa.LargeBinary(), nullable=False),
    sa.Column('resource_id', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('client_id', 'key', name=op.f('pk_idempotency_key'))
    )
    op.create_index(op.f('ix_idempotency_key_created_at'), 'idempotency_key', ['created_at'], unique=False)
    op.create_table('outbox',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(40), nullable=False),
    sa.Column('destination_id', sa.Uuid(), nullable=False),
    sa.Column('order_key', sa.String(80), nullable=False),
    sa.Column('dedup_key', sa.String(160), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.String(40), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=True),
    sa.Column('subject_id', sa.Uuid(), nullable=True),
    sa.Column('codes', sa.JSON(), nullable=False),
    sa.Column('result', sa.String(60), nullable=False),
    sa.Column('reference', sa.String(80), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('waiting', 'claimed', 'retry', 'sent', 'dropped', 'uncertain', 'dead')", name=op.f('ck_outbox_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox')),
    sa.UniqueConstraint('dedup_key', name=op.f('uq_outbox_dedup_key'))
    )
    op.create_index('ix_outbox_open', 'outbox', ['due_at', 'id'], unique=False, sqlite_where=sa.text("state IN ('waiting', 'retry', 'claimed')"), postgresql_where=sa.text("state IN ('waiting', 'retry', 'claimed')"))
    op.create_index('ix_outbox_order', 'outbox', ['order_key', 'state'], unique=False)
    op.create_index('ix_outbox_organization', 'outbox', ['organization_id', 'state'], unique=False)
    op.create_index(op.f('ix_outbox_person_id'), 'outbox', ['person_id'], unique=False)
    op.create_index(op.f('ix_outbox_subject_id'), 'outbox', ['subject_id'], unique=False)
    op.create_table('participant',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(200), nullable=False),
    sa.Column('kind', sa.String(40), nullable=False),
    sa.Column('county_fips', sa.String(5), nullable=False),
    sa.Column('email', sa.String(200), nullable=False),
    sa.Column('phone', sa.String(20), nullable=False),
    sa.Column('attempts_before_unreachable', sa.Integer(), nullable=False),
    sa.Column('on_call_user_id', sa.Uuid(), nullable=True),
    sa.Column('on_call_phone', sa.String(20), nullable=False),
    sa.Column('danger_steps', sa.JSON(), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('clinic', 'hospital', 'health-plan', 'county-agency', 'cbo', 'victim-services')", name=op.f('ck_participant_kind')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_participant'))
    )
    op.create_table('phone_stop',
    sa.Column('phone_key', sa.LargeBinary(), nullable=False),
    sa.Column('stopped_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reason', sa.String(20), nullable=False),
    sa.PrimaryKeyConstraint('phone_key', name=op.f('pk_phone_stop'))
    )
    op.create_table('questionnaire',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(20), nullable=False),
    sa.Column('version', sa.String(40), nullable=False),
    sa.Column('title', sa.String(300), nullable=False),
    sa.Column('resource', sa.JSON(), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('loaded_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_questionnaire')),
    sa.UniqueConstraint('code', 'version', name=op.f('uq_questionnaire_code_version'))
    )
    op.create_table('referral_fact',
    sa.Column('referral_id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('need_code', sa.String(40), nullable=False),
    sa.Column('county_fips', sa.String(5), nullable=False),
    sa.Column('language', sa.String(12), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answer_business_hours', sa.Float(), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closing', sa.String(40), nullable=True),
    sa.Column('asked', sa.Boolean(), nullable=False),
    sa.Column('person_word', sa.String(40), nullable=True),
    sa.PrimaryKeyConstraint('referral_id', name=op.f('pk_referral_fact'))
    )
    op.create_index('ix_referral_fact_month', 'referral_fact', ['month', 'organization_id'], unique=False)
    op.create_table('throttle',
    sa.Column('key', sa.LargeBinary(), nullable=False),
    sa.Column('window_started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_throttle'))
    )
    op.create_index(op.f('ix_throttle_window_started_at'), 'throttle', ['window_started_at'], unique=False)
    op.create_table('worklist_item',
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('item_id', sa.Uuid(), nullable=False),
    sa.Column('referral_id', sa.Uuid(), nullable=False),
    sa.Column('task_id', sa.Uuid(), nullable=True),
    sa.Column('side', sa.String(10), nullable=False),
    sa.Column('owed', sa.String(40), nullable=False),
    sa.Column('group', sa.String(30), nullable=False),
    sa.Column('group_rank', sa.Integer(), nullable=False),
    sa.Column('urgency_rank', sa.Integer(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('order_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('assignee_id', sa.Uuid(), nullable=True),
    sa.Column('need_code', sa.String(40), nullable=False),
    sa.Column('language', sa.String(12), nullable=False),
    sa.Column('counterpart_id', sa.Uuid(), nullable=True),
    sa.Column('last_event', sa.String(60), nullable=False),
    sa.Column('last_event_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("owed IN ('us', 'person', 'others', 'nobody')", name=op.f('ck_worklist_item_owed')),
    sa.PrimaryKeyConstraint('organization_id', 'item_id', name=op.f('pk_worklist_item'))
    )
    op.create_index('ix_worklist_item_order', 'worklist_item', ['organization_id', 'owed', 'group_rank', 'urgency_rank', 'order_at', 'sent_at'], unique=False)
    op.create_index('ix_worklist_item_own', 'worklist_item', ['organization_id', 'assignee_id', 'owed', 'group_rank', 'urgency_rank', 'order_at', 'sent_at'], unique=False)
    op.create_index(op.f('ix_worklist_item_referral_id'), 'worklist_item', ['referral_id'], unique=False)
    op.create_table('agreement',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('document_version', sa.String(40), nullable=False),
    sa.Column('signer_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('signed_on', sa.Date(), nullable=False),
    sa.Column('effective_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_agreement_organization_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agreement'))
    )
    op.create_index('ix_agreement_organization', 'agreement', ['organization_id', 'effective_on'], unique=False)
    op.create_table('audit_person',
    sa.Column('entry_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['entry_id'], ['audit_entry.id'], name=op.f('fk_audit_person_entry_id')),
    sa.PrimaryKeyConstraint('entry_id', 'person_id', name=op.f('pk_audit_person'))
    )
    op.create_index(op.f('ix_audit_person_person_id'), 'audit_person', ['person_id'], unique=False)
    op.create_table('invitation',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('email_key', sa.LargeBinary(), nullable=False),
    sa.Column('email_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('name_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('role_codes', sa.JSON(), nullable=False),
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=True),
    sa.Column('invited_by_id', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_invitation_organization_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invitation'))
    )
    op.create_index(op.f('ix_invitation_organization_id'), 'invitation', ['organization_id'], unique=False)
    op.create_table('organization',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('participant_id', sa.Uuid(), nullable=True),
    sa.Column('name', sa.String(200), nullable=False),
    sa.Column('description', sa.String(), nullable=False),
    sa.Column('email', sa.String(200), nullable=True),
    sa.Column('website', sa.String(300), nullable=True),
    sa.ForeignKeyConstraint(['participant_id'], ['participant.id'], name=op.f('fk_organization_participant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_organization'))
    )
    op.create_index(op.f('ix_organization_participant_id'), 'organization', ['participant_id'], unique=False)
    op.create_table('person',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('given_name_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('family_name_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('chosen_name_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('pronouns_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('birth_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('street_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('no_fixed_address', sa.Boolean(), nullable=False),
    sa.Column('zip', sa.String(5), nullable=False),
    sa.Column('county_fips', sa.String(5), nullable=False),
    sa.Column('language', sa.String(12), nullable=False),
    sa.Column('interpreter', sa.Boolean(), nullable=False),
    sa.Column('household_size', sa.Integer(), nullable=True),
    sa.Column('texts_paused_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_person_organization_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person'))
    )
    op.create_index('ix_person_organization', 'person', ['organization_id', 'id'], unique=False)
    op.create_table('user_account',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('email_key', sa.LargeBinary(), nullable=False),
    sa.Column('email_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('name_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('role_codes', sa.JSON(), nullable=False),
    sa.Column('password_hash', sa.String(200), nullable=True),
    sa.Column('totp_secret_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('totp_step', sa.Integer(), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('away_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('language', sa.String(10), nullable=False),
    sa.Column('keys_on', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_user_account_organization_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user_account')),
    sa.UniqueConstraint('email_key', name=op.f('uq_user_account_email_key'))
    )
    op.create_index(op.f('ix_user_account_organization_id'), 'user_account', ['organization_id'], unique=False)
    op.create_table('blocking_key',
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.LargeBinary(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_blocking_key_person_id')),
    sa.PrimaryKeyConstraint('organization_id', 'key', 'person_id', name=op.f('pk_blocking_key'))
    )
    op.create_index(op.f('ix_blocking_key_person_id'), 'blocking_key', ['person_id'], unique=False)
    op.create_table('consent',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('decision', sa.String(40), nullable=False),
    sa.Column('categories', sa.JSON(), nullable=False),
    sa.Column('recipient_ids', sa.JSON(), nullable=False),
    sa.Column('purpose', sa.String(20), nullable=False),
    sa.Column('method', sa.String(40), nullable=False),
    sa.Column('signer', sa.String(40), nullable=False),
    sa.Column('entitled_categories', sa.JSON(), nullable=False),
    sa.Column('signer_name_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('witness_name_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('language', sa.String(12), nullable=False),
    sa.Column('form_version', sa.String(40), nullable=False),
    sa.Column('given_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_on', sa.Date(), nullable=True),
    sa.Column('recorded_by_id', sa.Uuid(), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_method', sa.String(40), nullable=True),
    sa.Column('deliveries_on_the_way', sa.Integer(), nullable=True),
    sa.Column('supersedes_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint("decision IN ('share', 'do-not-share')", name=op.f('ck_consent_decision')),
    sa.CheckConstraint("method IN ('in-person', 'signed-paper', 'by-voice', 'by-link')", name=op.f('ck_consent_method')),
    sa.CheckConstraint("revoked_method IN ('in-person', 'signed-paper', 'by-voice', 'by-link')", name=op.f('ck_consent_revoked_method')),
    sa.CheckConstraint("signer IN ('person', 'minor', 'parent-or-guardian', 'legal-representative')", name=op.f('ck_consent_signer')),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_consent_organization_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_consent_person_id')),
    sa.ForeignKeyConstraint(['supersedes_id'], ['consent.id'], name=op.f('fk_consent_supersedes_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consent'))
    )
    op.create_index('ix_consent_person', 'consent', ['organization_id', 'person_id'], unique=False)
    op.create_table('contact_point',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(40), nullable=False),
    sa.Column('value_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('value_key', sa.LargeBinary(), nullable=False),
    sa.Column('owner', sa.String(40), nullable=False),
    sa.Column('may_text', sa.Boolean(), nullable=False),
    sa.Column('wording_version', sa.String(20), nullable=False),
    sa.Column('permission_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('safety', sa.String(40), nullable=False),
    sa.Column('safe_from_hour', sa.Integer(), nullable=False),
    sa.Column('safe_until_hour', sa.Integer(), nullable=False),
    sa.Column('no_voicemail', sa.Boolean(), nullable=False),
    sa.Column('state', sa.String(40), nullable=False),
    sa.Column('introduced_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('is_current', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('phone', 'sms', 'email')", name=op.f('ck_contact_point_kind')),
    sa.CheckConstraint("owner IN ('self', 'shared', 'helper')", name=op.f('ck_contact_point_owner')),
    sa.CheckConstraint("safety IN ('safe', 'unsafe', 'unknown')", name=op.f('ck_contact_point_safety')),
    sa.CheckConstraint("state IN ('active', 'wrong-number', 'moved', 'deceased', 'bad-number')", name=op.f('ck_contact_point_state')),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_contact_point_organization_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_contact_point_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contact_point'))
    )
    op.create_index('ix_contact_point_person', 'contact_point', ['organization_id', 'person_id'], unique=False)
    op.create_index(op.f('ix_contact_point_value_key'), 'contact_point', ['value_key'], unique=False)
    op.create_table('danger_alert',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('source', sa.String(40), nullable=False),
    sa.Column('kind', sa.String(20), nullable=False),
    sa.Column('source_id', sa.Uuid(), nullable=True),
    sa.Column('on_call_user_id', sa.Uuid(), nullable=True),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_by_id', sa.Uuid(), nullable=True),
    sa.Column('note_sealed', sa.LargeBinary(), nullable=True),
    sa.CheckConstraint("source IN ('screening', 'text', 'staff')", name=op.f('ck_danger_alert_source')),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_danger_alert_organization_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_danger_alert_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_danger_alert'))
    )
    op.create_index('ix_danger_alert_open', 'danger_alert', ['organization_id', 'closed_at'], unique=False)
    op.create_table('kept_form',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('path', sa.String(200), nullable=False),
    sa.Column('fields_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('kept_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_kept_form_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kept_form'))
    )
    op.create_index(op.f('ix_kept_form_user_id'), 'kept_form', ['user_id'], unique=False)
    op.create_table('location',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(200), nullable=True),
    sa.Column('latitude', sa.Float(), nullable=True),
    sa.Column('longitude', sa.Float(), nullable=True),
    sa.Column('confidential', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], name=op.f('fk_location_organization_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_location'))
    )
    op.create_index(op.f('ix_location_organization_id'), 'location', ['organization_id'], unique=False)
    op.create_table('person_identifier',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('namespace', sa.String(40), nullable=False),
    sa.Column('value_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('value_key', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_person_identifier_organization_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_person_identifier_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person_identifier')),
    sa.UniqueConstraint('organization_id', 'namespace', 'value_key', name=op.f('uq_person_identifier_organization_id_namespace_value_key'))
    )
    op.create_index(op.f('ix_person_identifier_person_id'), 'person_identifier', ['person_id'], unique=False)
    op.create_table('recovery_code',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('code_hash', sa.LargeBinary(), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_recovery_code_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recovery_code'))
    )
    op.create_index(op.f('ix_recovery_code_user_id'), 'recovery_code', ['user_id'], unique=False)
    op.create_table('release',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('recipient_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('referral_id', sa.Uuid(), nullable=True),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('data_set', sa.String(40), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('purpose', sa.String(20), nullable=False),
    sa.Column('basis', sa.String(60), nullable=False),
    sa.Column('consent_ids', sa.JSON(), nullable=False),
    sa.Column('fingerprint', sa.String(64), nullable=False),
    sa.Column('masked', sa.Boolean(), nullable=False),
    sa.Column('released_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("data_set IN ('offer', 'referral', 'answer', 'message')", name=op.f('ck_release_data_set')),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_release_organization_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_release_person_id')),
    sa.ForeignKeyConstraint(['recipient_id'], ['participant.id'], name=op.f('fk_release_recipient_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_release')),
    sa.UniqueConstraint('subject_id', 'recipient_id', 'data_set', 'version', name=op.f('uq_release_subject_id_recipient_id_data_set_version'))
    )
    op.create_index('ix_release_person', 'release', ['organization_id', 'person_id'], unique=False)
    op.create_index('ix_release_recipient', 'release', ['recipient_id', 'subject_id'], unique=False)
    op.create_index(op.f('ix_release_referral_id'), 'release', ['referral_id'], unique=False)
    op.create_index(op.f('ix_release_subject_id'), 'release', ['subject_id'], unique=False)
    op.create_table('screening',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('questionnaire_id', sa.Uuid(), nullable=False),
    sa.Column('status', sa.String(40), nullable=False),
    sa.Column('safety_gate', sa.String(40), nullable=True),
    sa.Column('started_by_id', sa.Uuid(), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('completed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("safety_gate IN ('safe', 'not-safe', 'declined')", name=op.f('ck_screening_safety_gate')),
    sa.CheckConstraint("status IN ('in-progress', 'completed', 'stopped')", name=op.f('ck_screening_status')),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_screening_organization_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_screening_person_id')),
    sa.ForeignKeyConstraint(['questionnaire_id'], ['questionnaire.id'], name=op.f('fk_screening_questionnaire_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_screening'))
    )
    op.create_index('ix_screening_person', 'screening', ['organization_id', 'person_id'], unique=False)
    op.create_table('service',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(200), nullable=False),
    sa.Column('description', sa.String(), nullable=False),
    sa.Column('status', sa.String(40), nullable=False),
    sa.Column('eligibility_description', sa.String(), nullable=True),
    sa.Column('minimum_age', sa.Integer(), nullable=True),
    sa.Column('maximum_age', sa.Integer(), nullable=True),
    sa.Column('interpretation_services', sa.String(), nullable=True),
    sa.Column('application_process', sa.String(), nullable=True),
    sa.Column('fees_description', sa.String(), nullable=True),
    sa.Column('assured_date', sa.Date(), nullable=True),
    sa.Column('last_modified', sa.DateTime(timezone=True), nullable=False),
    sa.Column('accepts_referrals', sa.Boolean(), nullable=False),
    sa.Column('same_day', sa.Boolean(), nullable=False),
    sa.Column('sensitivity', sa.String(40), nullable=False),
    sa.Column('capacity_status', sa.String(40), nullable=False),
    sa.Column('capacity_note', sa.String(300), nullable=True),
    sa.Column('capacity_updated_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("capacity_status IN ('capacity', 'waitlist', 'no-capacity', 'additional-assessment-required', 'unknown')", name=op.f('ck_service_capacity_status')),
    sa.CheckConstraint("sensitivity IN ('general', 'housing', 'mental-health', 'sud-part2', 'hiv', 'reproductive', 'immigration', 'education', 'justice', 'victim-services')", name=op.f('ck_service_sensitivity')),
    sa.CheckConstraint("status IN ('active', 'inactive', 'defunct', 'temporarily closed')", name=op.f('ck_service_status')),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], name=op.f('fk_service_organization_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_service'))
    )
    op.create_index('ix_service_organization', 'service', ['organization_id'], unique=False)
    op.create_table('user_session',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('token_hash', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('second_factor_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('browser', sa.String(80), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_user_session_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user_session')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_user_session_token_hash'))
    )
    op.create_index(op.f('ix_user_session_user_id'), 'user_session', ['user_id'], unique=False)
    op.create_table('address',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('location_id', sa.Uuid(), nullable=False),
    sa.Column('address_1', sa.String(200), nullable=False),
    sa.Column('city', sa.String(100), nullable=False),
    sa.Column('state_province', sa.String(2), nullable=False),
    sa.Column('postal_code', sa.String(5), nullable=False),
    sa.Column('country', sa.String(2), nullable=False),
    sa.Column('address_type', sa.String(20), nullable=False),
    sa.ForeignKeyConstraint(['location_id'], ['location.id'], name=op.f('fk_address_location_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_address'))
    )
    op.create_index(op.f('ix_address_location_id'), 'address', ['location_id'], unique=False)
    op.create_table('language',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('service_id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(12), nullable=False),
    sa.ForeignKeyConstraint(['service_id'], ['service.id'], name=op.f('fk_language_service_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_language'))
    )
    op.create_index('ix_language_code', 'language', ['code', 'service_id'], unique=False)
    op.create_index(op.f('ix_language_service_id'), 'language', ['service_id'], unique=False)
    op.create_table('need',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('screening_id', sa.Uuid(), nullable=True),
    sa.Column('need_code', sa.String(40), nullable=False),
    sa.Column('domain', sa.String(60), nullable=False),
    sa.Column('icd10', sa.String(12), nullable=True),
    sa.Column('snomed', sa.String(20), nullable=True),
    sa.Column('status', sa.String(40), nullable=False),
    sa.Column('wish', sa.String(40), nullable=True),
    sa.Column('decided_by_id', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("status IN ('proposed', 'confirmed', 'dismissed', 'resolved')", name=op.f('ck_need_status')),
    sa.CheckConstraint("wish IN ('wants-help', 'not-now', 'has-help', 'prefers-alone')", name=op.f('ck_need_wish')),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_need_organization_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_need_person_id')),
    sa.ForeignKeyConstraint(['screening_id'], ['screening.id'], name=op.f('fk_need_screening_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_need'))
    )
    op.create_index('ix_need_person', 'need', ['organization_id', 'person_id'], unique=False)
    op.create_table('phone',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=True),
    sa.Column('service_id', sa.Uuid(), nullable=True),
    sa.Column('number', sa.String(40), nullable=False),
    sa.Column('type', sa.String(20), nullable=True),
    sa.ForeignKeyConstraint(['organization_id'], ['organization.id'], name=op.f('fk_phone_organization_id')),
    sa.ForeignKeyConstraint(['service_id'], ['service.id'], name=op.f('fk_phone_service_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_phone'))
    )
    op.create_index(op.f('ix_phone_organization_id'), 'phone', ['organization_id'], unique=False)
    op.create_index(op.f('ix_phone_service_id'), 'phone', ['service_id'], unique=False)
    op.create_table('release_element',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('release_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('element', sa.String(40), nullable=False),
    sa.Column('category', sa.String(40), nullable=False),
    sa.Column('value_sealed', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['release_id'], ['release.id'], name=op.f('fk_release_element_release_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_release_element')),
    sa.UniqueConstraint('release_id', 'position', name=op.f('uq_release_element_release_id_position'))
    )
    op.create_table('required_document',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('service_id', sa.Uuid(), nullable=False),
    sa.Column('document', sa.String(200), nullable=False),
    sa.ForeignKeyConstraint(['service_id'], ['service.id'], name=op.f('fk_required_document_service_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_required_document'))
    )
    op.create_index(op.f('ix_required_document_service_id'), 'required_document', ['service_id'], unique=False)
    op.create_table('schedule',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('service_id', sa.Uuid(), nullable=False),
    sa.Column('freq', sa.String(10), nullable=False),
    sa.Column('byday', sa.String(60), nullable=False),
    sa.Column('opens_at', sa.Time(), nullable=False),
    sa.Column('closes_at', sa.Time(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['service_id'], ['service.id'], name=op.f('fk_schedule_service_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_schedule'))
    )
    op.create_index(op.f('ix_schedule_service_id'), 'schedule', ['service_id'], unique=False)
    op.create_table('screening_answer',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('screening_id', sa.Uuid(), nullable=False),
    sa.Column('link_id', sa.String(100), nullable=False),
    sa.Column('answer_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['screening_id'], ['screening.id'], name=op.f('fk_screening_answer_screening_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_screening_answer')),
    sa.UniqueConstraint('screening_id', 'link_id', name=op.f('uq_screening_answer_screening_id_link_id'))
    )
    op.create_table('service_area',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('service_id', sa.Uuid(), nullable=False),
    sa.Column('extent_type', sa.String(10), nullable=False),
    sa.Column('extent', sa.String(10), nullable=False),
    sa.ForeignKeyConstraint(['service_id'], ['service.id'], name=op.f('fk_service_area_service_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_service_area'))
    )
    op.create_index('ix_service_area_extent', 'service_area', ['extent_type', 'extent', 'service_id'], unique=False)
    op.create_index(op.f('ix_service_area_service_id'), 'service_area', ['service_id'], unique=False)
    op.create_table('service_at_location',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('service_id', sa.Uuid(), nullable=False),
    sa.Column('location_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['location_id'], ['location.id'], name=op.f('fk_service_at_location_location_id')),
    sa.ForeignKeyConstraint(['service_id'], ['service.id'], name=op.f('fk_service_at_location_service_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_service_at_location')),
    sa.UniqueConstraint('service_id', 'location_id', name=op.f('uq_service_at_location_service_id_location_id'))
    )
    op.create_index(op.f('ix_service_at_location_location_id'), 'service_at_location', ['location_id'], unique=False)
    op.create_table('service_need',
    sa.Column('service_id', sa.Uuid(), nullable=False),
    sa.Column('need_code', sa.String(40), nullable=False),
    sa.ForeignKeyConstraint(['service_id'], ['service.id'], name=op.f('fk_service_need_service_id')),
    sa.PrimaryKeyConstraint('service_id', 'need_code', name=op.f('pk_service_need'))
    )
    op.create_index(op.f('ix_service_need_need_code'), 'service_need', ['need_code'], unique=False)
    op.create_table('service_word',
    sa.Column('word', sa.String(40), nullable=False),
    sa.Column('service_id', sa.Uuid(), nullable=False),
    sa.Column('weight', sa.Float(), nullable=False),
    sa.ForeignKeyConstraint(['service_id'], ['service.id'], name=op.f('fk_service_word_service_id')),
    sa.PrimaryKeyConstraint('word', 'service_id', name=op.f('pk_service_word')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_service_word_service_id'), 'service_word', ['service_id'], unique=False)
    op.create_table('text_question',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('contact_point_id', sa.Uuid(), nullable=False),
    sa.Column('phone_key', sa.LargeBinary(), nullable=False),
    sa.Column('question', sa.String(40), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answer', sa.String(40), nullable=True),
    sa.ForeignKeyConstraint(['contact_point_id'], ['contact_point.id'], name=op.f('fk_text_question_contact_point_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_text_question'))
    )
    op.create_index('ix_text_question_subject', 'text_question', ['organization_id', 'subject_id'], unique=False)
    op.create_index('uq_text_question_open', 'text_question', ['phone_key'], unique=True, sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))
    op.create_table('referral',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('need_id', sa.Uuid(), nullable=True),
    sa.Column('need_code', sa.String(40), nullable=False),
    sa.Column('title', sa.String(200), nullable=False),
    sa.Column('kind', sa.String(40), nullable=False),
    sa.Column('urgency', sa.String(40), nullable=False),
    sa.Column('status', sa.String(40), nullable=False),
    sa.Column('message_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('masked', sa.Boolean(), nullable=False),
    sa.Column('in_order', sa.Boolean(), nullable=False),
    sa.Column('replaces_id', sa.Uuid(), nullable=True),
    sa.Column('service_id', sa.Uuid(), nullable=True),
    sa.Column('at_person_request', sa.Boolean(), nullable=False),
    sa.Column('follow_up_on', sa.Date(), nullable=True),
    sa.Column('assignee_id', sa.Uuid(), nullable=True),
    sa.Column('created_by_id', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('first_sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closing', sa.String(40), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("closing IN ('services-received', 'no-longer-needs', 'unable-to-reach', 'not-eligible', 'other')", name=op.f('ck_referral_closing')),
    sa.CheckConstraint("kind IN ('direct', 'informational', 'self')", name=op.f('ck_referral_kind')),
    sa.CheckConstraint("status IN ('draft', 'active', 'completed', 'revoked', 'entered-in-error')", name=op.f('ck_referral_status')),
    sa.CheckConstraint("urgency IN ('stat', 'asap', 'urgent', 'routine')", name=op.f('ck_referral_urgency')),
    sa.ForeignKeyConstraint(['assignee_id'], ['user_account.id'], name=op.f('fk_referral_assignee_id')),
    sa.ForeignKeyConstraint(['need_id'], ['need.id'], name=op.f('fk_referral_need_id')),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_referral_organization_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_referral_person_id')),
    sa.ForeignKeyConstraint(['replaces_id'], ['referral.id'], name=op.f('fk_referral_replaces_id')),
    sa.ForeignKeyConstraint(['service_id'], ['service.id'], name=op.f('fk_referral_service_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_referral'))
    )
    op.create_index('ix_referral_person', 'referral', ['organization_id', 'person_id'], unique=False)
    op.create_index('ix_referral_sent', 'referral', ['organization_id', 'first_sent_at'], unique=False)
    op.create_table('text_message',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=True),
    sa.Column('contact_point_id', sa.Uuid(), nullable=True),
    sa.Column('phone_key', sa.LargeBinary(), nullable=False),
    sa.Column('direction', sa.String(40), nullable=False),
    sa.Column('template', sa.String(40), nullable=False),
    sa.Column('codes', sa.JSON(), nullable=False),
    sa.Column('question_id', sa.Uuid(), nullable=True),
    sa.Column('gateway_id', sa.String(64), nullable=True),
    sa.Column('status', sa.String(20), nullable=False),
    sa.Column('body_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('needs_person', sa.Boolean(), nullable=False),
    sa.Column('handled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('handled_by_id', sa.Uuid(), nullable=True),
    sa.Column('note_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("direction IN ('out', 'in')", name=op.f('ck_text_message_direction')),
    sa.ForeignKeyConstraint(['contact_point_id'], ['contact_point.id'], name=op.f('fk_text_message_contact_point_id')),
    sa.ForeignKeyConstraint(['question_id'], ['text_question.id'], name=op.f('fk_text_message_question_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_text_message')),
    sa.UniqueConstraint('gateway_id', name=op.f('uq_text_message_gateway_id'))
    )
    op.create_index('ix_text_message_person', 'text_message', ['organization_id', 'person_id'], unique=False)
    op.create_index(op.f('ix_text_message_phone_key'), 'text_message', ['phone_key'], unique=False)
    op.create_index('ix_text_message_unread', 'text_message', ['organization_id', 'needs_person', 'handled_at'], unique=False)
    op.create_table('person_word',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('referral_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('word', sa.String(40), nullable=False),
    sa.Column('door', sa.String(20), nullable=False),
    sa.Column('taken_by_id', sa.Uuid(), nullable=True),
    sa.Column('said_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("word IN ('got-help', 'contacted-no-help', 'not-contacted', 'no-longer-needs')", name=op.f('ck_person_word_word')),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_person_word_organization_id')),
    sa.ForeignKeyConstraint(['referral_id'], ['referral.id'], name=op.f('fk_person_word_referral_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person_word'))
    )
    op.create_index('ix_person_word_referral', 'person_word', ['organization_id', 'referral_id'], unique=False)
    op.create_table('referral_task',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('referral_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('performer_id', sa.Uuid(), nullable=False),
    sa.Column('service_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('is_offer', sa.Boolean(), nullable=False),
    sa.Column('status', sa.String(40), nullable=False),
    sa.Column('reason', sa.String(40), nullable=True),
    sa.Column('proposed_service_id', sa.Uuid(), nullable=True),
    sa.Column('requested_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('waitlist_until', sa.Date(), nullable=True),
    sa.Column('hold_until', sa.Date(), nullable=True),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reminded_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('returned_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('recalled', sa.Boolean(), nullable=False),
    sa.Column('told_by_voice', sa.Boolean(), nullable=False),
    sa.Column('assignee_id', sa.Uuid(), nullable=True),
    sa.Column('opened_by_id', sa.Uuid(), nullable=True),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("reason IN ('no-room', 'not-eligible', 'outside-area', 'language', 'other-fits-better', 'duplicate', 'service-ended', 'conflict', 'unable-to-reach', 'missing-papers', 'person-declines', 'recalled', 'loop-closed', 'other')", name=op.f('ck_referral_task_reason')),
    sa.CheckConstraint("status IN ('draft', 'requested', 'accepted', 'in-progress', 'on-hold', 'completed', 'failed', 'rejected', 'cancelled', 'entered-in-error')", name=op.f('ck_referral_task_status')),
    sa.ForeignKeyConstraint(['assignee_id'], ['user_account.id'], name=op.f('fk_referral_task_assignee_id')),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_referral_task_organization_id')),
    sa.ForeignKeyConstraint(['performer_id'], ['participant.id'], name=op.f('fk_referral_task_performer_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_referral_task_person_id')),
    sa.ForeignKeyConstraint(['proposed_service_id'], ['service.id'], name=op.f('fk_referral_task_proposed_service_id')),
    sa.ForeignKeyConstraint(['referral_id'], ['referral.id'], name=op.f('fk_referral_task_referral_id')),
    sa.ForeignKeyConstraint(['service_id'], ['service.id'], name=op.f('fk_referral_task_service_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_referral_task'))
    )
    op.create_index('ix_referral_task_due', 'referral_task', ['due_at'], unique=False)
    op.create_index('ix_referral_task_performer', 'referral_task', ['performer_id', 'status'], unique=False)
    op.create_index('ix_referral_task_referral', 'referral_task', ['organization_id', 'referral_id'], unique=False)
    op.create_table('attachment',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('referral_id', sa.Uuid(), nullable=False),
    sa.Column('task_id', sa.Uuid(), nullable=True),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=True),
    sa.Column('name_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('content_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('media_type', sa.String(80), nullable=False),
    sa.Column('size_bytes', sa.Integer(), nullable=False),
    sa.Column('quarantined', sa.Boolean(), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_attachment_organization_id')),
    sa.ForeignKeyConstraint(['referral_id'], ['referral.id'], name=op.f('fk_attachment_referral_id')),
    sa.ForeignKeyConstraint(['task_id'], ['referral_task.id'], name=op.f('fk_attachment_task_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attachment'))
    )
    op.create_index(op.f('ix_attachment_referral_id'), 'attachment', ['referral_id'], unique=False)
    op.create_table('contact_attempt',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('referral_id', sa.Uuid(), nullable=False),
    sa.Column('task_id', sa.Uuid(), nullable=True),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('method', sa.String(40), nullable=False),
    sa.Column('reached', sa.Boolean(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=True),
    sa.Column('happened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('entered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint("method IN ('phone', 'text', 'in-person', 'video', 'email', 'mail')", name=op.f('ck_contact_attempt_method')),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_contact_attempt_organization_id')),
    sa.ForeignKeyConstraint(['referral_id'], ['referral.id'], name=op.f('fk_contact_attempt_referral_id')),
    sa.ForeignKeyConstraint(['task_id'], ['referral_task.id'], name=op.f('fk_contact_attempt_task_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contact_attempt'))
    )
    op.create_index('ix_contact_attempt_referral', 'contact_attempt', ['referral_id', 'organization_id'], unique=False)
    op.create_table('entry',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('referral_id', sa.Uuid(), nullable=False),
    sa.Column('task_id', sa.Uuid(), nullable=True),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=True),
    sa.Column('kind', sa.String(40), nullable=False),
    sa.Column('text_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('message', 'note', 'reason')", name=op.f('ck_entry_kind')),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_entry_organization_id')),
    sa.ForeignKeyConstraint(['referral_id'], ['referral.id'], name=op.f('fk_entry_referral_id')),
    sa.ForeignKeyConstraint(['task_id'], ['referral_task.id'], name=op.f('fk_entry_task_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_entry'))
    )
    op.create_index('ix_entry_referral', 'entry', ['referral_id', 'organization_id'], unique=False)
    op.create_table('task_history',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('referral_id', sa.Uuid(), nullable=False),
    sa.Column('task_id', sa.Uuid(), nullable=False),
    sa.Column('from_status', sa.String(40), nullable=True),
    sa.Column('to_status', sa.String(40), nullable=False),
    sa.Column('reason', sa.String(40), nullable=True),
    sa.Column('actor_kind', sa.String(20), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('actor_organization_id', sa.Uuid(), nullable=True),
    sa.Column('door', sa.String(20), nullable=False),
    sa.Column('told_by_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("from_status IN ('draft', 'requested', 'accepted', 'in-progress', 'on-hold', 'completed', 'failed', 'rejected', 'cancelled', 'entered-in-error')", name=op.f('ck_task_history_from_status')),
    sa.CheckConstraint("reason IN ('no-room', 'not-eligible', 'outside-area', 'language', 'other-fits-better', 'duplicate', 'service-ended', 'conflict', 'unable-to-reach', 'missing-papers', 'person-declines', 'recalled', 'loop-closed', 'other')", name=op.f('ck_task_history_reason')),
    sa.CheckConstraint("to_status IN ('draft', 'requested', 'accepted', 'in-progress', 'on-hold', 'completed', 'failed', 'rejected', 'cancelled', 'entered-in-error')", name=op.f('ck_task_history_to_status')),
    sa.ForeignKeyConstraint(['referral_id'], ['referral.id'], name=op.f('fk_task_history_referral_id')),
    sa.ForeignKeyConstraint(['task_id'], ['referral_task.id'], name=op.f('fk_task_history_task_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_task_history'))
    )
    op.create_index('ix_task_history_referral', 'task_history', ['organization_id', 'referral_id'], unique=False)
