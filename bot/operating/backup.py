"""Everything is copied while the bot runs, and brought back on an empty machine. Online backup and restore."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot import VERSION
from bot.operating import startup
from bot.operating.command_line import aside, finish, give_up, now, opened, settled
from bot.settings import Settings
from storage import audit
from storage.files import backups
from storage.files.backups import Manifest
from storage.files.copies import CannotCopy
from storage.files.photo_files import PhotoFiles

Folder = Annotated[Path, typer.Argument(help="The folder of the backup.", show_default=False)]


def backup(folder: Folder) -> None:
    """Copy the store and its photos into a new folder, while the bot runs or not."""
    finish(_backup(settled(), folder))


async def _backup(settings: Settings, folder: Path) -> None:
    file = startup.file_of(settings)
    if file is not None and not file.exists():
        give_up(f"There is nothing to copy: {file} is not there. Please check DATABASE_URL.")
    # The tables stay as they are, since a copy is what one makes before they are changed.
    async with opened(settings) as database:
        await database.ping()
        try:
            made = await backups.make(database, PhotoFiles(settings.photos), folder, VERSION, now())
        except CannotCopy as why:
            give_up(str(why))
        except OSError as error:
            give_up(f"Nothing was copied: {error}. Please mend that, or name another folder.")
    typer.echo(f"{_told(made)} are in {folder}.")
    for key in made.missing:
        aside(f"Not in the backup, as it is lost or damaged here: the photo {key}")


def restore(folder: Folder) -> None:
    """Fill a new store and an empty place for photos from a backup, and audit the totals."""
    finish(_restore(settled(), folder))


async def _restore(settings: Settings, folder: Path) -> None:
    startup.make_folders(settings)
    async with opened(settings) as database:
        await database.ping()
        try:
            made = await backups.restore(database, PhotoFiles(settings.photos), folder)
        except CannotCopy as why:
            give_up(str(why))
        except OSError as error:
            give_up(f"Nothing was restored: {error}. Please mend that, and try again.")
        async with database.reading() as session:
            compared = await audit.audit(session)
    typer.echo(f"{_told(made)} are restored, as of {made.at}.")
    wrong = [one for one in compared if one.expected != one.found]
    for one in wrong:
        aside(f"WRONG in the backup, too: {one.what}: expected {one.expected}, found {one.found}")
    typer.echo(f"The audit compared {len(compared)} totals; {len(wrong)} of them are wrong.")


def _told(made: Manifest) -> str:
    return f"{sum(made.rows.values())} rows of {len(made.rows)} tables and {made.photos} files of photos"
