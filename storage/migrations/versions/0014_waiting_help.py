"""What waits has a state and indexes in the orders asked for, so that lists take no longer the more there is."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

ARRIVED = """
UPDATE delivery SET state = 'arrived' WHERE cancelled_at IS NULL AND id IN (
    SELECT report.delivery_id FROM report
    JOIN report_version ON report_version.report_id = report.id AND report_version.version = report.version
    JOIN confirmation ON confirmation.version_id = report_version.id
    WHERE report.kind = 'confirmation' AND report.delivery_id IS NOT NULL AND confirmation.outcome <> 'none'
)
"""
HANDED_OVER = """
UPDATE delivery SET state = 'handed_over' WHERE state = 'planned' AND id IN (SELECT delivery_id FROM hand_over)
"""
CANCELLED = "UPDATE delivery SET state = 'cancelled' WHERE cancelled_at IS NOT NULL"
RULE = "state IN ('planned', 'handed_over', 'arrived', 'cancelled')"
QUANTITY = "quantity BETWEEN 1 AND 1000000000"
NEW: tuple[tuple[str, str, list[str], str], ...] = (
    ("ix_delivery_on_its_way", "delivery", ["site_code", "day", "id"], "state = 'handed_over'"),
    ("ix_delivery_planned_at", "delivery", ["site_code", "day", "id"], "state = 'planned'"),
    ("ix_delivery_planned", "delivery", ["day", "id"], "state = 'planned' AND quantity > 0"),
    ("ix_report_waiting", "report", ["site_code", "submitted_at", "id"], "state = 'waiting'"),
)


def upgrade() -> None:
    with op.batch_alter_table("delivery") as delivery:
        delivery.add_column(
            sa.Column("state", sa.String(), nullable=False, server_default="planned")
        )
    for words in (CANCELLED, ARRIVED, HANDED_OVER):
        op.execute(sa.text(words))
    with op.batch_alter_table("delivery") as delivery:
        delivery.alter_column("state", server_default=None)
        delivery.create_check_constraint(op.f("ck_delivery_state"), RULE)
        if op.get_bind().dialect.name == "sqlite":
            # Where SQLite copies a table, it forgets rules that are not named again.
            delivery.create_check_constraint(op.f("ck_delivery_quantity"), QUANTITY)
    op.drop_index("ix_report_waiting", "report")
    for name, table, columns, among in NEW:
        few = sa.text(among)
        op.create_index(name, table, columns, sqlite_where=few, postgresql_where=few)
