"""How often a photo ended the program that was opening it."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("photo", sa.Column("decodings", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("photo", "decodings")
