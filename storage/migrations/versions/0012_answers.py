"""An answer is kept with all that belongs to it, in place of keys with marks behind them."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

Json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
EDITED, OPENED_WITH = "~", '"'
MARKS = {"?": "doubted", "!": "reason", "*": "by_hand", "@": "depends_on"}
"""What stood behind the name of a question, and what it is called now."""
AT_ONCE = 500


def upgrade() -> None:
    with op.batch_alter_table("draft") as draft:
        draft.add_column(sa.Column("opened_with", sa.String(), nullable=False, server_default=""))
        draft.add_column(sa.Column("editing", sa.String(), nullable=False, server_default=""))
        draft.add_column(sa.Column("reopened", Json, nullable=True))
        draft.add_column(sa.Column("corrects", sa.String(), nullable=True))
        draft.add_column(sa.Column("corrects_version", sa.Integer(), nullable=True))
    _rewrite(op.get_bind())
    with op.batch_alter_table("draft") as draft:
        draft.drop_column("settled")
        draft.alter_column("opened_with", server_default=None)
        draft.alter_column("editing", server_default=None)
        draft.create_foreign_key("fk_draft_corrects_report", "report", ["corrects"], ["id"])
        if op.get_bind().dialect.name == "sqlite":
            # Where SQLite copies a table, it forgets rules that are not named again.
            rule = "state IN ('live', 'parked', 'dropped', 'finished')"
            draft.create_check_constraint(op.f("ck_draft_state"), rule)


def _rewrite(bind: sa.Connection) -> None:
    drafts = sa.table(
        "draft",
        sa.column("id", sa.String()),
        sa.column("answers", Json),
        sa.column("settled", Json),
        sa.column("opened_with", sa.String()),
        sa.column("editing", sa.String()),
    )
    asked = sa.select(drafts.c.id, drafts.c.answers, drafts.c.settled).order_by(drafts.c.id)
    last = ""
    while rows := bind.execute(asked.where(drafts.c.id > last).limit(AT_ONCE)).all():
        for draft_id, answers, settled in rows:
            bind.execute(
                drafts.update()
                .where(drafts.c.id == draft_id)
                .values(
                    answers=typed(_read(answers), _read(settled)),
                    opened_with=str(_read(answers).get(OPENED_WITH, "")),
                    editing=str(_read(answers).get(EDITED, "")),
                )
            )
        last = rows[-1][0]


def _read(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def typed(answers: dict[str, Any], settled: list[str]) -> dict[str, dict[str, Any]]:
    """By question, in the order in which they were settled, the others behind them."""
    found: dict[str, dict[str, Any]] = {name: {} for name in settled}
    for name, value in answers.items():
        if name in {EDITED, OPENED_WITH}:
            continue
        part = MARKS.get(name[-1:], "value")
        step = name if part == "value" else name[:-1]
        if value is not None:
            found.setdefault(step, {})[part] = value
    for name in settled:
        found[name]["settled"] = True
    return found
