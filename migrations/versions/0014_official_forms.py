"""Official forms as files, form types of the network's own, and on which version of one a permission was given."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('official_form',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('form', sa.String(length=40), nullable=False),
    sa.Column('language', sa.String(length=12), nullable=False),
    sa.Column('version', sa.String(length=40), nullable=False),
    sa.Column('source', sa.String(length=300), nullable=False),
    sa.Column('effective_on', sa.Date(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('size_bytes', sa.Integer(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('added_by_id', sa.Uuid(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_official_form')),
    sa.UniqueConstraint('form', 'language', 'version', name=op.f('uq_official_form_form_language_version'))
    )
    op.create_table('own_form',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('is_retired', sa.Boolean(), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('title_es', sa.String(length=120), nullable=False),
    sa.Column('citation', sa.String(length=300), nullable=False),
    sa.Column('satisfies', sa.JSON(), nullable=False),
    sa.Column('methods', sa.JSON(), nullable=False),
    sa.Column('purposes', sa.JSON(), nullable=False),
    sa.Column('states', sa.JSON(), nullable=False),
    sa.Column('groups', sa.JSON(), nullable=False),
    sa.Column('medi_cal_only', sa.Boolean(), nullable=False),
    sa.Column('longest_days', sa.Integer(), nullable=True),
    sa.Column('one_recipient', sa.Boolean(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by_id', sa.Uuid(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_own_form')),
    sa.UniqueConstraint('code', 'version', name=op.f('uq_own_form_code_version'))
    )
    # with its key in the column, so that SQLite need not make the table again and lose the checks that it has
    kind = sa.Uuid().compile(dialect=op.get_bind().dialect)
    op.execute(
        f"ALTER TABLE consent ADD COLUMN own_form_id {kind} CONSTRAINT fk_consent_own_form_id REFERENCES own_form (id)"
    )
