"""What those who change tables ask for on the command line."""

import argparse
import asyncio
import sys

from storage import schema
from storage.migrations import writing


def migration(name: str) -> int:
    if not writing.NAME.fullmatch(name):
        print(
            f"“{name}” is no name of a migration. Please take small letters, digits and _, as in add_meals.",
            file=sys.stderr,
        )
        return 1
    try:
        print(asyncio.run(writing.write(name)))
    except writing.NothingToWrite:
        print("The tables are what the models say; nothing was written.", file=sys.stderr)
    return 0


def write_schema() -> int:
    schema.PAGE.write_text(schema.page(), encoding="utf-8")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m storage", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("migration", help="write the next migration").add_argument("name")
    commands.add_parser("schema", help=f"write {schema.PAGE.name} anew")
    given = parser.parse_args()
    return migration(given.name) if given.command == "migration" else write_schema()


if __name__ == "__main__":
    raise SystemExit(main())
