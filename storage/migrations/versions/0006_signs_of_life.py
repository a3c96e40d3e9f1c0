"""When each chat app was last heard."""

import sqlalchemy as sa
from alembic import op

from storage.database import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sign_of_life",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("heard_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_sign_of_life")),
    )


def downgrade() -> None:
    op.drop_table("sign_of_life")
