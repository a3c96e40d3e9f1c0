"""A correction knows the photos that the report had, and is quickly found; versions name the draft they came from.

What was filled in as that draft where photos came later, or none at all, was another one or none.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from storage.migrations.triggers import forbid_changes

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

IS_RETURNED = sa.text("state = 'returned'")
CAME_FROM = """
UPDATE report_version SET draft_id = (
  SELECT min(d.id) FROM draft d
  WHERE d.person_id = report_version.submitted_by AND d.conversation = 'confirm_delivery'
  AND d.state = 'finished' AND d.updated_at = report_version.submitted_at
)
WHERE report_id IN (SELECT r.id FROM report r WHERE r.kind = 'confirmation')
AND NOT EXISTS (
  SELECT 1 FROM draft d WHERE d.id = report_version.draft_id AND d.conversation = 'confirm_delivery'
)
"""


def upgrade() -> None:
    json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.add_column("draft", sa.Column("corrects_photos", json, nullable=True))
    op.create_index(
        "ix_report_returned",
        "report",
        ["site_code"],
        sqlite_where=IS_RETURNED,
        postgresql_where=IS_RETURNED,
    )
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    guard = "report_version_no_update" if on_sqlite else "report_version_append_only"
    op.execute(f"DROP TRIGGER {guard}{'' if on_sqlite else ' ON report_version'}")
    op.execute(CAME_FROM)
    forbid_changes("report_version")
