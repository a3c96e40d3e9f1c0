"""Tables to which rows are only ever added, kept so by the store itself. Append-only, by triggers."""

from collections.abc import Sequence

from alembic import op


def forbid_changes(table: str) -> None:
    """UPDATE and DELETE fail from now on; to be called again where SQLite has copied the table."""
    if op.get_bind().dialect.name == "sqlite":
        for what in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER IF NOT EXISTS {table}_no_{what.lower()} BEFORE {what} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    op.execute(f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}")
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def forbid_replacing(
    table: str, *keys: tuple[str, ...], passed_over: Sequence[tuple[str, ...]] = ()
) -> None:
    """INSERT OR REPLACE fails where a row with one of these keys is there, and does nothing for those passed over.

    Only SQLite knows that order, and it fires no trigger for the row that it throws out. A key is passed over
    where an insert says itself what to do about a row that is there: SQLite asks the trigger first.
    """
    if op.get_bind().dialect.name != "sqlite":
        return
    for key in (*keys, *passed_over):
        same = " AND ".join(f"{column} = NEW.{column}" for column in key)
        how = "IGNORE" if key in passed_over else f"ABORT, '{table} is append-only'"
        op.execute(
            f"CREATE TRIGGER IF NOT EXISTS {table}_no_replace_{'_'.join(key)} BEFORE INSERT ON {table} "
            f"WHEN {_there(table, same)} BEGIN SELECT RAISE({how}); END"
        )


def _there(table: str, condition: str) -> str:
    return f"EXISTS (SELECT 1 FROM {table} WHERE {condition})"  # noqa: S608  # Both are our own words.
