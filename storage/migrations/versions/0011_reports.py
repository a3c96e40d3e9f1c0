"""A report is a thing of its own: confirmations become the figures of its versions, photos belong to it."""

import sqlalchemy as sa
from alembic import op

from storage.migrations.triggers import forbid_changes, forbid_replacing

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
IS_WAITING = sa.text("state = 'waiting'")
HAS_FORMER_CODE = sa.text("former_code IS NOT NULL")

# The newest confirmation of each delivery: its id and code become those of the report.
NEWEST = (
    "JOIN confirmation n ON n.delivery_id = c.delivery_id AND n.version ="
    " (SELECT max(o.version) FROM confirmation o WHERE o.delivery_id = c.delivery_id)"
)
FILLING = (
    "INSERT INTO report (id, kind, site_code, delivery_id, code, version, state, submitted_by, submitted_at)"
    " SELECT c.id, 'confirmation', c.by_site_code, c.delivery_id, c.code, c.version, 'waiting', c.submitted_by,"
    f" c.submitted_at FROM confirmation c {NEWEST} WHERE n.id = c.id",
    "INSERT INTO report_version (id, report_id, version, submitted_by, submitted_at, message_at, draft_id, note,"
    " change_reason, former_code) SELECT c.id, n.id, c.version, c.submitted_by, c.submitted_at, c.message_at,"
    " (SELECT min(p.draft_id) FROM photo p WHERE p.confirmation_id = c.id AND p.person_id = c.submitted_by),"
    " c.note, c.change_reason, CASE WHEN n.id = c.id THEN NULL ELSE c.code END"
    f" FROM confirmation c {NEWEST}",
    "INSERT INTO report_flag (version_id, kind, reason) SELECT confirmation_id, kind, reason FROM confirmation_flag",
    "INSERT INTO figures (version_id, outcome, received, damaged, reason, received_on)"
    " SELECT id, outcome, received, damaged, reason, received_on FROM confirmation",
    # What was declared for a report was said of the photos it was sent with.
    "INSERT INTO photo_declaration (photo_id, no_child_declared, declared_by, declared_at)"
    " SELECT p.id, c.no_child_declared, c.submitted_by, c.submitted_at FROM photo p"
    " JOIN confirmation c ON c.id = p.confirmation_id"
    " WHERE NOT EXISTS (SELECT 1 FROM photo_declaration d WHERE d.photo_id = p.id)",
    f"UPDATE photo SET report_id = (SELECT n.id FROM confirmation c {NEWEST} WHERE c.id = photo.confirmation_id)"
    " WHERE confirmation_id IS NOT NULL",
)


def upgrade() -> None:
    _make_tables()
    with op.batch_alter_table("photo") as photo:
        photo.add_column(sa.Column("report_id", sa.String(), nullable=True))
    for order in FILLING:
        op.execute(order)
    with op.batch_alter_table("photo") as photo:
        photo.drop_index("ix_photo_confirmation_id")
        photo.drop_constraint("fk_photo_confirmation_id_confirmation", type_="foreignkey")
        photo.drop_column("confirmation_id")
        photo.create_foreign_key("fk_photo_report_id_report", "report", ["report_id"], ["id"])
        photo.create_index("ix_photo_report_id", ["report_id"])
        if op.get_bind().dialect.name == "sqlite":
            # Where SQLite copies a table, it forgets rules that are not named again.
            rule = "state IN ('promised', 'stored', 'missing')"
            photo.create_check_constraint(op.f("ck_photo_state"), rule)
    # Their triggers go with them.
    op.drop_table("confirmation_flag")
    op.drop_table("confirmation")
    op.rename_table("figures", "confirmation")
    if op.get_bind().dialect.name == "postgresql":
        for kind, name in (("pk", ""), ("fk", "_version_id_report_version")):
            op.execute(
                f"ALTER TABLE confirmation RENAME CONSTRAINT {kind}_figures{name} TO {kind}_confirmation{name}"
            )
    for table, *keys in (
        ("report_version", ("id",), ("report_id", "version"), ("former_code",)),
        ("report_flag", ("version_id", "kind")),
        ("report_review", ("id",), ("report_id", "version")),
        ("confirmation", ("version_id",)),
    ):
        forbid_changes(table)
        forbid_replacing(table, *keys)


def _make_tables() -> None:
    op.create_table(
        "report",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("site_code", sa.String(), nullable=False),
        sa.Column("delivery_id", sa.String(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("submitted_by", sa.String(), nullable=False),
        sa.Column("submitted_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "(delivery_id IS NULL) <> (day IS NULL)", name=op.f("ck_report_subject")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'returned', 'verified')", name=op.f("ck_report_state")
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_report_version")),
        sa.ForeignKeyConstraint(["site_code"], ["site.code"], name="fk_report_site_code_site"),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name="fk_report_delivery_id_delivery"
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by"], ["person.id"], name="fk_report_submitted_by_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_report"),
        sa.UniqueConstraint("code", name="uq_report_code"),
        sa.UniqueConstraint("kind", "delivery_id", name="uq_report_kind_delivery_id"),
        sa.UniqueConstraint("kind", "site_code", "day", name="uq_report_kind_site_code_day"),
    )
    op.create_index(
        "ix_report_waiting",
        "report",
        ["site_code", "submitted_at"],
        sqlite_where=IS_WAITING,
        postgresql_where=IS_WAITING,
    )
    op.create_table(
        "report_version",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("report_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("submitted_by", sa.String(), nullable=False),
        sa.Column("submitted_at", MOMENT, nullable=False),
        sa.Column("message_at", MOMENT, nullable=False),
        sa.Column("draft_id", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("change_reason", sa.String(), nullable=False),
        sa.Column("former_code", sa.String(), nullable=True),
        sa.CheckConstraint("version >= 1", name=op.f("ck_report_version_version")),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name="fk_report_version_report_id_report"
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by"], ["person.id"], name="fk_report_version_submitted_by_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_report_version"),
        sa.UniqueConstraint("report_id", "version", name="uq_report_version_report_id_version"),
    )
    op.create_index(
        "ix_report_version_submitted_by", "report_version", ["submitted_by", "submitted_at"]
    )
    op.create_index(
        "ix_report_version_former_code",
        "report_version",
        ["former_code"],
        unique=True,
        sqlite_where=HAS_FORMER_CODE,
        postgresql_where=HAS_FORMER_CODE,
    )
    op.create_table(
        "report_flag",
        sa.Column("version_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["report_version.id"], name="fk_report_flag_version_id_report_version"
        ),
        sa.PrimaryKeyConstraint("version_id", "kind", name="pk_report_flag"),
    )
    op.create_table(
        "report_review",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("report_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("reviewed_by", sa.String(), nullable=False),
        sa.Column("reviewed_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "verdict IN ('verified', 'returned')", name=op.f("ck_report_review_verdict")
        ),
        sa.CheckConstraint(
            "verdict <> 'returned' OR reason <> ''", name=op.f("ck_report_review_reason")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name="fk_report_review_report_id_report"
        ),
        sa.ForeignKeyConstraint(
            ["reviewed_by"], ["person.id"], name="fk_report_review_reviewed_by_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_report_review"),
        sa.UniqueConstraint("report_id", "version", name="uq_report_review_report_id_version"),
    )
    op.create_table(
        "figures",
        sa.Column("version_id", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("damaged", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('all', 'part', 'none')", name=op.f("ck_confirmation_outcome")
        ),
        sa.CheckConstraint(
            "received BETWEEN 0 AND 1000000000", name=op.f("ck_confirmation_received")
        ),
        sa.CheckConstraint(
            "damaged >= 0 AND damaged <= received", name=op.f("ck_confirmation_damaged")
        ),
        sa.CheckConstraint(
            "outcome <> 'none' OR received = 0", name=op.f("ck_confirmation_nothing_received")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["report_version.id"], name="fk_figures_version_id_report_version"
        ),
        sa.PrimaryKeyConstraint("version_id", name="pk_figures"),
    )
