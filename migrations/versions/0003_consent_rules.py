"""What the rules of disclosure look at: form types, signers and purposes of a consent, the standing of organizations
and persons, the settings of the network; and each decision as it was made.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

METHODS = "'on-screen', 'signed-paper', 'by-link', 'in-person', 'by-voice'"
SIGNERS = "'person', 'minor', 'parent-or-guardian', 'legal-representative'"
CATEGORIES = (
    "'general', 'medical', 'housing', 'mental-health', 'sud-part2', 'hiv', 'reproductive', 'immigration', 'education', "
    "'justice', 'victim-services', 'psychotherapy-notes'"
)
CONSENT_CHECKS = {
    "decision": "'share', 'do-not-share'",
    "method": METHODS,
    "revoked_method": METHODS,
    "signer": SIGNERS,
}
CONSENT_NEW_CHECKS = {
    "revoked_by": SIGNERS,
    "recipient_class": "'named', 'treating-providers', 'care-partners', 'anyone'",
    "capacity": "'conservator', 'health-care-agent', 'court-order', 'foster-care-worker'",
    "expiry": "'day', 'event', 'none'",
}
SERVICE_CHECKS = {
    "capacity_status": "'capacity', 'waitlist', 'no-capacity', 'additional-assessment-required', 'unknown'",
    "sensitivity": CATEGORIES,
    "status": "'active', 'inactive', 'defunct', 'temporarily closed'",
}
PARTICIPANT_CHECKS = {"kind": "'clinic', 'hospital', 'health-plan', 'county-agency', 'cbo', 'victim-services'"}
PARTICIPANT_NEW_CHECKS = {"hipaa_role": "'covered-entity', 'business-associate', 'neither'"}


def upgrade() -> None:
    empty = {"nullable": False, "server_default": sa.text("'[]'")}
    _change("consent", CONSENT_CHECKS, CONSENT_NEW_CHECKS, [
        sa.Column('programs', sa.JSON(), **empty),
        sa.Column('recipient_class', sa.String(40), nullable=True),
        sa.Column('more_purposes', sa.JSON(), **empty),
        sa.Column('capacity', sa.String(40), nullable=True),
        sa.Column('custody_limits', sa.JSON(), **empty),
        sa.Column('form', sa.String(40), nullable=False, server_default='cie-sharing'),
        sa.Column('stated', sa.JSON(), **empty),
        sa.Column('names_network', sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column('expiry', sa.String(40), nullable=True),
        sa.Column('revoked_by', sa.String(40), nullable=True),
    ])
    op.execute("UPDATE consent SET expiry = CASE WHEN expires_on IS NULL THEN 'none' ELSE 'day' END "
               "WHERE decision = 'share'")
    _change("service", SERVICE_CHECKS, {}, [])
    _change("participant", PARTICIPANT_CHECKS, PARTICIPANT_NEW_CHECKS, [
        sa.Column('hipaa_role', sa.String(40), nullable=True),
        sa.Column('is_part2_program', sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column('programs', sa.JSON(), **empty),
        sa.Column('on_ab210_team', sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column('state', sa.String(2), nullable=False, server_default='CA'),
    ])
    op.add_column("person", sa.Column("standing_sealed", sa.LargeBinary(), nullable=True))

    op.add_column("release", sa.Column('obligations', sa.JSON(), **empty))

    op.create_table('network_policy',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('role', sa.String(40), nullable=False),
    sa.Column('ab133', sa.Boolean(), nullable=False),
    sa.Column('hipaa_policy', sa.Boolean(), nullable=False),
    sa.Column('statute_before_no', sa.Boolean(), nullable=False),
    sa.Column('wic_agreement', sa.Boolean(), nullable=False),
    sa.Column('ab210_protocol', sa.Boolean(), nullable=False),
    sa.Column('hmis_inferred', sa.Boolean(), nullable=False),
    sa.Column('counsel', sa.String(100), nullable=False),
    sa.Column('source', sa.String(300), nullable=False),
    sa.Column('effective_on', sa.Date(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint("role IN ('none', 'business-associate', 'qso', 'part2-intermediary')", name=op.f('ck_network_policy_role')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_network_policy'))
    )
    op.create_table('consent_decision',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('release_id', sa.Uuid(), nullable=False),
    sa.Column('rule_version', sa.String(64), nullable=False),
    sa.Column('question_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('answers_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['organization_id'], ['participant.id'], name=op.f('fk_consent_decision_organization_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_consent_decision_person_id')),
    sa.ForeignKeyConstraint(['release_id'], ['release.id'], name=op.f('fk_consent_decision_release_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consent_decision'))
    )
    op.create_index('ix_consent_decision_person', 'consent_decision', ['organization_id', 'person_id'], unique=False)
    op.create_index('ix_consent_decision_release_id', 'consent_decision', ['release_id'], unique=True)


def _change(table: str, old: dict, new: dict, columns: list) -> None:
    """Add columns and write all checks of a table anew: a table that SQLite makes again loses those it had."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table(table, recreate="always" if is_sqlite else "never") as batch:
        for column in columns:
            batch.add_column(column)
        for name, words in {**old, **new}.items():
            if name in old and not is_sqlite:
                batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
            batch.create_check_constraint(op.f(f"ck_{table}_{name}"), f"{name} IN ({words})")
