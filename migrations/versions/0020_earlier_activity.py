"""What is known of referrals that were sent before their changes were noted."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        INSERT INTO referral_activity (organization_id, referral_id, side, task_id, change, changed_at)
        SELECT organization_id, id, 'sender', NULL,
               CASE WHEN closed_at IS NULL OR masked THEN 'referral.send' ELSE 'referral.close' END,
               CASE WHEN closed_at IS NULL OR masked THEN first_sent_at ELSE closed_at END
        FROM referral WHERE first_sent_at IS NOT NULL
        """
    )
    op.execute(
        """
        INSERT INTO referral_activity (organization_id, referral_id, side, task_id, change, changed_at)
        SELECT t.performer_id, t.referral_id, 'provider', t.id, 'task.' || t.status,
               COALESCE(t.ended_at, t.answered_at, t.requested_at)
        FROM referral_task t
        WHERE t.requested_at IS NOT NULL AND t.performer_id <> t.organization_id
          AND t.id = (SELECT t2.id FROM referral_task t2
                      WHERE t2.referral_id = t.referral_id AND t2.performer_id = t.performer_id
                        AND t2.requested_at IS NOT NULL
                      ORDER BY t2.position DESC, t2.id DESC LIMIT 1)
        """
    )
