"""Photos that came as files or in albums, and what they tell of when and where they were taken."""

import sqlalchemy as sa
from alembic import op

from storage.database import Json, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Photos that are there already came as photos, and nobody noted their albums.
    op.add_column(
        "photo", sa.Column("as_file", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("photo", sa.Column("album", sa.String(), server_default="", nullable=False))
    op.add_column("photo", sa.Column("told", Json, nullable=True))
    # The rest of an album joins its report before anybody has said what is to be seen in it.
    with op.batch_alter_table("photo_declaration", schema=None) as batch_op:
        batch_op.alter_column("declared_by", existing_type=sa.String(), nullable=True)
        batch_op.alter_column("declared_at", existing_type=UtcDateTime(), nullable=True)


def downgrade() -> None:
    """What the photos told would be lost."""
    raise NotImplementedError
