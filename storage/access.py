"""What tables are made of and how they are asked: sessions, columns, and orders that each dialect says its own way."""

from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import JSON, CursorResult, DateTime, Result
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

Session = AsyncSession

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

Json = JSON().with_variant(postgresql.JSONB(), "postgresql")
"""A column of plain JSON values; assign a new one to change it."""


class NaiveMoment(ValueError):
    """A moment without a time zone was about to be stored."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, in UTC in the store and aware in the program."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise NaiveMoment
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return (
            None
            if value is None
            else value.replace(tzinfo=UTC)
            if value.tzinfo is None
            else value.astimezone(UTC)
        )


def insert_into(session: Session, model: type[SQLModel]) -> Any:
    """An INSERT that knows ON CONFLICT, in the store's own dialect."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(model)
    return postgresql.insert(model)


def changed(result: Result[*tuple[Any, ...]]) -> int:
    """How many rows a statement changed: whoever changed none came too late."""
    return cast("CursorResult[*tuple[Any, ...]]", result).rowcount
