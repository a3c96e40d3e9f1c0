"""Short ways to what is not over, so that nothing takes longer the more was done."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

UNSENT = "state IN ('pending', 'sending', 'uncertain', 'failed')"
NEW: tuple[tuple[str, str, list[str], str], ...] = (
    ("ix_card_chat_message_id", "card", ["chat", "message_id"], ""),
    ("ix_delivery_loaded", "delivery", ["created_at"], "reference IS NOT NULL"),
    ("ix_inbox_sender_id", "inbox", ["sender", "id"], ""),
    (
        "ix_inbox_sender_waits",
        "inbox_sender",
        ["waiting_since", "sender"],
        "waiting_since IS NOT NULL",
    ),
    ("ix_join_request_person_id_state", "join_request", ["person_id", "state"], ""),
    ("ix_membership_office", "membership", ["role"], "role NOT IN ('site', 'donor')"),
    ("ix_nudge_rule_created_at", "nudge", ["rule", "created_at"], ""),
    ("ix_outbox_chat_id", "outbox", ["chat", "id"], ""),
    ("ix_outbox_unsent", "outbox", ["state", "channel", "chat", "id"], UNSENT),
    ("ix_photo_album", "photo", ["chat", "album"], "album <> ''"),
    ("ix_photo_not_here", "photo", ["state", "next_try_at"], "state <> 'stored'"),
)
OLD: tuple[tuple[str, str, list[str]], ...] = (
    ("ix_inbox_channel_sender_state_id", "inbox", ["channel", "sender", "state", "id"]),
    ("ix_inbox_sender_waiting_since", "inbox_sender", ["waiting_since"]),
    ("ix_outbox_state_channel_chat_id", "outbox", ["state", "channel", "chat", "id"]),
    ("ix_photo_state_next_try_at", "photo", ["state", "next_try_at"]),
)


def upgrade() -> None:
    for name, table, columns, among in NEW:
        few = sa.text(among) if among else None
        op.create_index(name, table, columns, sqlite_where=few, postgresql_where=few)
    for name, table, _columns in OLD:
        op.drop_index(name, table)


def downgrade() -> None:
    for name, table, columns in OLD:
        op.create_index(name, table, columns)
    for name, table, _columns, _among in NEW:
        op.drop_index(name, table)
