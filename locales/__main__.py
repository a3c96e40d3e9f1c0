"""What translators and those who write new sentences ask for on the command line."""

from __future__ import annotations

import argparse
import re
import sys

from locales.catalogues import catalogue_path, known_languages
from locales.words import TEMPLATE, collect, faults, update, written


def extract() -> int:
    sentences = collect()
    TEMPLATE.write_bytes(written(sentences))
    print(f"{len(sentences)} sentences are in {TEMPLATE.name}.")
    return 0


def bring_up_to_date() -> int:
    for language in known_languages():
        new, gone = update(language)
        print(f"{language}: {new} new, {len(gone)} gone")
        for message in gone:
            if message.string:
                print(f"{language}: gone: {message.id!r}, which was {message.string!r}")
    return 0


def check() -> int:
    found = [fault for language in known_languages() for fault in sorted(faults(language))]
    for fault in found:
        print(fault, file=sys.stderr)
    return 1 if found else 0


def add(language: str) -> int:
    if not re.fullmatch(r"[a-z]{2,3}(_[A-Z][A-Za-z]{1,3})?", language):
        print(f"“{language}” is no code of a language; Khmer is km.", file=sys.stderr)
        return 1
    path = catalogue_path(language)
    if path.exists():
        print(f"{language} has been begun already.", file=sys.stderr)
        return 1
    new, _gone = update(language)
    print(f"{new} sentences wait to be translated in locales/{language}/LC_MESSAGES/{path.name}.")
    print("Once all are, and make check is content, people are offered the language.")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m locales", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("extract", help="write all sentences into messages.pot")
    commands.add_parser("update", help="bring new sentences into every catalogue")
    commands.add_parser("check", help="say what is missing or wrong in any catalogue")
    commands.add_parser("add", help="begin a language").add_argument("language")
    given = parser.parse_args()
    if given.command == "add":
        return add(given.language)
    return {"extract": extract, "update": bring_up_to_date, "check": check}[given.command]()


if __name__ == "__main__":
    sys.exit(main())
