"""A store that a test has left behind is as new for the next one."""

from contextlib import asynccontextmanager

from sqlalchemy import text

from storage.database import Database
from tests.cast import settle_in
from tests.databases import _named, _postgresql

store = asynccontextmanager(_postgresql)


async def held(database: Database) -> dict[str, list[str]]:
    """All rows, and where the numbers have got to."""
    async with database.engine.connect() as connection:
        tables = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        rows = {
            table: sorted(
                (await connection.scalars(text(f'SELECT t::text FROM "{table}" t'))).all()
            )
            for table in (await connection.scalars(tables)).all()
        }
        numbers = text("SELECT concat(sequencename, last_value) FROM pg_sequences")
        return {**rows, "numbers": sorted((await connection.scalars(numbers)).all())}


async def test_what_a_test_did_is_undone_for_the_next(postgresql_server: str) -> None:
    async with store(postgresql_server) as database:
        async with database.writing() as session:
            await settle_in(session)
        async with database.engine.begin() as connection:
            await connection.execute(text("SET session_replication_role = replica"))
            await connection.execute(text("DELETE FROM unit"))
            await connection.execute(text("UPDATE item SET name = 'x'"))
            await connection.execute(text("SELECT nextval('inbox_id_seq')"))
        used = database.engine.url
    new = Database(_named(postgresql_server, "template_store"))
    async with store(postgresql_server) as database:
        assert database.engine.url == used
        assert await held(database) == await held(new)
    await new.close()


async def test_a_store_with_other_tables_or_rules_is_not_used_again(postgresql_server: str) -> None:
    for change in (
        "CREATE TABLE more (id integer)",
        "ALTER TABLE history DISABLE TRIGGER history_append_only",
    ):
        async with store(postgresql_server) as database:
            async with database.engine.begin() as connection:
                await connection.execute(text(change))
            changed = database.engine.url
        async with store(postgresql_server) as database:
            assert database.engine.url != changed
