"""Updates that failed for good are looked at by whoever runs the bot, and answered after all. The dead letter queue."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from bot.operating.command_line import aside, finish, give_up, settled, store
from bot.settings import Settings
from storage.messages import inbox
from storage.messages.inbox import Update, UpdateState

AT_ONCE = 500

TELEGRAMS_OWN = re.compile(r"[a-z_]{1,40}")
"""How Telegram names what it tells."""

app = typer.Typer(
    help="Updates that were set aside: list, show and retry them.", no_args_is_help=True
)


@app.command("list")
def list_them() -> None:
    """Number, channel, moment, kind and reason of each; no words of anybody."""
    finish(_list(settled()))


async def _list(settings: Settings) -> None:
    async with store(settings, only_looking=True) as database, database.reading() as session:
        updates = await inbox.dead_letters(session)
    for one in updates:
        told = (str(one.id), one.channel, f"{one.received_at:%Y-%m-%d %H:%M} UTC", _kind(one))
        typer.echo("\t".join((*told, one.why or "")))
    if not updates:
        aside("Nothing is set aside.")


def _kind(update: Update) -> str:
    """One of the kinds that we ask for, since any other word in it might be a person's."""
    # Only here: this brings Telegram's library.
    from bot.telegram.reading import KINDS

    raw = json.loads(update.raw)
    keys = raw if isinstance(raw, dict) else {}
    return next((kind for kind in KINDS if kind in keys), "unknown")


@app.command()
def show(
    number: Annotated[int, typer.Argument(help="As `list` tells it.")],
    words: Annotated[bool, typer.Option("--words", help="Also what people wrote.")] = False,
) -> None:
    """Print what one update looks like; with --words as it came, with words and names of people."""
    finish(_show(settled(), number, words=words))


async def _show(settings: Settings, number: int, *, words: bool) -> None:
    async with store(settings, only_looking=True) as database, database.reading() as session:
        update = await session.get(Update, number)
    if update is None or update.state != UpdateState.DEAD_LETTER:
        give_up(_no_dead_letter(number, update.state if update else None))
    raw = json.loads(update.raw)
    if words:
        aside(
            "This holds words and names of people. Please keep it on this screen, and pass it to nobody."
        )
    typer.echo(json.dumps(raw if words else _shape(raw), ensure_ascii=True, indent=2))


def _shape(value: Any) -> Any:
    """What kind of thing stands where, and nothing that could be somebody's."""
    match value:
        case dict():
            return {
                key if TELEGRAMS_OWN.fullmatch(key) else "?": _shape(one)
                for key, one in value.items()
            }
        case list():
            return [_shape(one) for one in value]
        case str():
            return f"text of {len(value)}"
        case bool() | None:
            return value
    return "number"


@app.command()
def retry(
    numbers: Annotated[list[int] | None, typer.Argument(help="As `list` tells them.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that are set aside.")] = False,
) -> None:
    """Let updates wait again, as if they had never failed: whoever wrote them is answered."""
    if bool(numbers) == everything:
        give_up("Name the updates to retry by their numbers, or --all for all of them.")
    if not finish(_retry(settled(), numbers)):
        raise typer.Exit(1)


async def _retry(settings: Settings, wanted: Sequence[int] | None) -> bool:
    """True when every update is known."""
    async with store(settings) as database, database.writing() as session:
        if wanted is None:
            wanted = [one.id for one in await inbox.dead_letters(session) if one.id is not None]
        wanted, again, states = sorted(set(wanted)), set[int](), dict[int, str]()
        for start in range(0, len(wanted), AT_ONCE):
            some = wanted[start : start + AT_ONCE]
            again |= set(await inbox.retry(session, some))
            states |= await inbox.state_of(session, some)
    for number in wanted:
        if number in again:
            typer.echo(f"Update {number} waits again; a running bot answers it within seconds.")
        else:
            aside(_no_dead_letter(number, states.get(number)))
    if not wanted:
        typer.echo("Nothing is set aside.")
    return set(wanted) <= set(states)


def _no_dead_letter(number: int, state: str | None) -> str:
    match state:
        case UpdateState.WAITING:
            return f"Number {number} is not set aside: it waits to be answered."
        case UpdateState.DONE:
            return f"Number {number} is not set aside: it is answered."
    return f"There is no update {number}."
