"""How Alembic runs a migration: over the connection that it is handed."""

from typing import Any, Literal

from alembic import context
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

import storage.everything  # noqa: F401  (every table must be known)
from storage.access import Json, UtcDateTime


def render_item(kind: str, value: Any, _context: Any) -> str | Literal[False]:
    """Columns are written into a migration in our own words."""
    if kind != "type":
        return False
    if value is Json:
        return "Json"
    if isinstance(value, UtcDateTime):
        return "UtcDateTime()"
    return "sa.String()" if isinstance(value, AutoString) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
