"""What no screen could show and no button carry, and whatever would rewrite the past, the store takes from nobody."""

import sqlalchemy as sa
from alembic import op

from storage.migrations.triggers import forbid_changes, forbid_replacing

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _add(
        "site",
        {
            "kind": "kind IN ('school', 'campus', 'class', 'health_station')",
            "own_parent": "parent_code IS NULL OR parent_code <> code",
        },
        {"code": "length(code) BETWEEN 1 AND 30", "name": "length(name) BETWEEN 1 AND 120"},
    )
    _add(
        "plan",
        {"period": "valid_from <= valid_to"},
        {"code": "length(code) BETWEEN 1 AND 30"},
    )
    _add("delivery", {}, {"quantity": "quantity BETWEEN 1 AND 1000000000"}, instead=True)
    _add("hand_over", {}, {"quantity": "quantity BETWEEN 1 AND 1000000000"}, instead=True)
    _add(
        "enrolment",
        {"stage": "stage IN ('MN', 'TH', 'THCS', 'THPT')"},
        {"children": "children BETWEEN 0 AND 1000000000"},
        instead=True,
    )
    _add(
        "confirmation",
        {
            "outcome": "outcome IN ('all', 'part', 'none')",
            "damaged": "damaged >= 0 AND damaged <= received",
            "nothing_received": "outcome <> 'none' OR received = 0",
            "version": "version >= 1",
        },
        {"received": "received BETWEEN 0 AND 1000000000"},
        instead=True,
    )
    op.add_column(
        "invitation",
        sa.Column("printed_at_start", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    forbid_changes("confirmation")
    forbid_replacing("history", ("id",))
    forbid_replacing("confirmation", ("id",), ("code",), passed_over=[("delivery_id", "version")])
    forbid_replacing("confirmation_flag", ("confirmation_id", "kind"))


def _add(table: str, known: dict[str, str], new: dict[str, str], *, instead: bool = False) -> None:
    """SQLite copies the table for it, and the copy has only those of its rules that are named here."""
    rules = [
        sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}")) for name, rule in known.items()
    ]
    with op.batch_alter_table(table, table_args=tuple(rules)) as batch:
        for name, rule in new.items():
            if instead and op.get_bind().dialect.name != "sqlite":
                batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
            batch.create_check_constraint(op.f(f"ck_{table}_{name}"), rule)


def downgrade() -> None:
    """Whatever a store took before it takes still; only newer programs need the limits."""
    raise NotImplementedError
