"""Writes the next migration, from what the models say to what the tables are. By Alembic's autogenerate."""

import re
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from alembic import command
from alembic.operations.ops import CreateTableOp
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from storage.database import Database
from storage.declarations import APPEND_ONLY
from storage.migrations.running import configuration, differences

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_REMARK = re.compile(r"^ *# ### .* ###\n", re.MULTILINE)
"""What Alembic writes around its orders."""
_END = "\n\n\ndef downgrade"
_IMPORTS = "\nrevision = "


class NothingToWrite(Exception):
    """The tables are already what the models say."""


async def write(name: str) -> Path:
    """The file of the next migration, beside the others; raises NothingToWrite."""
    with tempfile.TemporaryDirectory() as place:
        database = Database(f"sqlite:///{place}/store.sqlite3")
        try:
            await database.migrate()
            if not await differences(database):
                raise NothingToWrite
            async with database.engine.connect() as connection:
                return await connection.run_sync(_written, name)
        finally:
            await database.close()


def _written(connection: Connection, name: str) -> Path:
    settings = configuration(connection)
    settings.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    settings.set_main_option("truncate_slug_length", "80")
    newest = ScriptDirectory.from_config(settings).get_current_head()
    made: list[str] = []

    def look(_context: Any, _revision: Any, scripts: Any) -> None:
        operations = scripts[0].upgrade_ops.ops
        made.extend(one.table_name for one in operations if isinstance(one, CreateTableOp))

    # Alembic tells what it does where our own caller looks for the name of the file.
    with redirect_stdout(sys.stderr):
        script: Any = command.revision(
            settings,
            message=name.replace("_", " ").capitalize(),
            autogenerate=True,
            rev_id=f"{int(newest or 0) + 1:04}",
            process_revision_directives=look,
        )
    path = Path(script.path)
    written = _REMARK.sub("", path.read_text(encoding="utf-8"))
    guarded = _guarded(written, [one for one in made if one in APPEND_ONLY])
    path.write_text(guarded, encoding="utf-8")
    return path


def _guarded(script: str, tables: list[str]) -> str:
    """The store itself keeps new tables of the past as they are declared."""
    orders = [f"    forbid_changes({table!r})\n{_no_replacing(table)}" for table in tables]
    if not orders:
        return script
    before, _end, after = script.partition(_END)
    head, _revision, body = before.partition(_IMPORTS)
    needed = "from storage.migrations.triggers import forbid_changes, forbid_replacing\n"
    return head + needed + _IMPORTS + body + "\n" + "\n".join(orders) + _END + after


def _no_replacing(table: str) -> str:
    declared = APPEND_ONLY[table]
    arguments = [repr(table), *map(repr, declared.keys)]
    if declared.passed_over:
        arguments.append(f"passed_over={list(declared.passed_over)!r}")
    return f"    forbid_replacing({', '.join(arguments)})"
