"""Which of several processes leads, a short way to what was set aside, and since when a photo is not given out."""

import sqlalchemy as sa
from alembic import op

from storage.database import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lease",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_index(
        "ix_inbox_set_aside",
        "inbox",
        ["id"],
        sqlite_where=sa.text("state = 'set_aside'"),
        postgresql_where=sa.text("state = 'set_aside'"),
    )
    op.add_column("photo", sa.Column("not_given_since", UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("photo", "not_given_since")
    op.drop_index("ix_inbox_set_aside", "inbox")
    op.drop_table("lease")
