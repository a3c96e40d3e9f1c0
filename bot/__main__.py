"""The command line: start the bot, let the first people in, load a programme, prove the totals."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.operating import backup, dead_letters, startup
from bot.operating.command_line import aside, finish, give_up, now, settled, store
from bot.operating.startup import ENGLISH
from bot.settings import Settings
from locales import render
from storage import audit as proofs
from storage.files import loading
from storage.people import invitations, roster
from storage.people.people import Role

app = typer.Typer(
    name="python -m bot",
    help=__doc__,
    no_args_is_help=True,
    add_completion=False,
    # What it would load to paint its help takes a fifth of a second at each start.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(dead_letters.app, name="inbox")
app.command()(backup.backup)
app.command()(backup.restore)


@app.command()
def run() -> None:
    """Start the bot; without BOT_TOKEN, with a practice Telegram and its page."""
    # Only here: the other commands need neither Telegram nor its libraries, and start faster without.
    from bot import programs

    settings = settled()
    if settings.practising:
        aside(startup.practice(settings))
    finish(programs.run(settings, lambda text: print(text, flush=True)))


@app.command()
def invite(
    role: Annotated[str, typer.Option(help=f"One of {', '.join(Role)}.")],
    at: Annotated[
        str,
        typer.Option(
            help="Code of the site (role site) or commune (role local); none for the province."
        ),
    ] = "",
    days: Annotated[int, typer.Option(min=1, max=365, help="How long it holds.")] = 14,
) -> None:
    """Print the payload of an invitation that works once; the whole link goes to standard error."""
    if role.lower() not in set(Role):
        give_up(f"There is no role {role}. Choose one of: {', '.join(Role)}.")
    finish(_invite(settled(), Role(role.lower()), at or None, days))


async def _invite(settings: Settings, role: Role, at: str | None, days: int) -> None:
    from bot.operating.introduction import link_for

    async with store(settings) as database, database.writing() as session:
        payload = await invitations.create(session, role, at, None, now(), days)
    print(payload)
    aside(await link_for(settings, payload))


@app.command()
def load(
    files: Annotated[list[Path] | None, typer.Argument(help="CSV or xlsx files.")] = None,
    template: Annotated[str, typer.Option(help="Print the template of this name instead.")] = "",
) -> None:
    """Load sites, enrolment and deliveries: all of it or nothing, and twice is the same as once."""
    if template:
        if template not in loading.TEMPLATES:
            give_up(
                f"There is no template {template}. Choose one of: {', '.join(loading.TEMPLATES)}."
            )
        print(loading.template(template), end="")
    elif files:
        finish(_load(settled(), files))
    else:
        give_up("Name the files to load, or --template NAME for an empty one.")


async def _load(settings: Settings, files: list[Path]) -> None:
    async with store(settings) as database:
        report = await loading.load(database, files, None, now())
    for line in report.errors:
        aside(render(line, ENGLISH))
    if report.errors:
        give_up("Nothing was loaded. Please mend these lines and load again.")
    for line in report.lines:
        print(render(line, ENGLISH))


@app.command()
def sample() -> None:
    """Load the sample programme, which is made up, into a store without real records."""
    finish(_sample(settled()))


async def _sample(settings: Settings) -> None:
    async with store(settings) as database:
        fresh = await startup.load_sample(database, now())
    print("The sample programme is loaded." if fresh else "The sample programme was there already.")


@app.command("people")
def list_people(
    addresses: Annotated[
        bool, typer.Option("--addresses", help="Also where each is reached, which is personal.")
    ] = False,
) -> None:
    """List who holds which role where, each with the number by which `end-role` ends it."""
    finish(_list_people(settled(), addresses=addresses))


async def _list_people(settings: Settings, *, addresses: bool) -> None:
    async with store(settings, only_looking=True) as database, database.reading() as session:
        found = await roster.participants(session, now())
        others = await roster.without_role(session, now())
    for one in found:
        where = one.membership.site_code or one.membership.unit_code or "-"
        reached = ", ".join(one.addresses) if addresses else str(len(one.addresses))
        silent = "" if one.is_reachable else " (cannot be reached)"
        print(
            one.membership.id, one.membership.role, where, one.name or "-", one.place or "-",
            reached + silent, sep="\t",
        )  # fmt: skip
    aside(f"{len(found)} roles; {others} people without a role.")


@app.command()
def end_role(
    number: Annotated[str, typer.Argument(help="The first column of `people`.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the history.")],
) -> None:
    """End a role at once: the person is told, and may do and see nothing of it any more."""
    if not reason.strip():
        give_up("Please give a reason: it is kept in the history.")
    finish(_end_role(settled(), number, reason.strip()))


async def _end_role(settings: Settings, number: str, reason: str) -> None:
    from bot.channels import name_of_bot
    from bot.operating import end_role
    from bot.text.connection import name_of
    from conversations import ALL
    from conversations.lobby.lobby import Lobby

    channels = [name_of_bot(settings.token)]
    if settings.text_gateway_url:
        channels.append(name_of(settings.text_gateway_url))
    async with (
        store(settings, only_looking=True) as database,
        database.writing() as session,
    ):
        ended = await end_role.end_role(
            session, Lobby(ALL), channels, number, reason=reason, now=now()
        )
    print(f"Ended: {render(ended, ENGLISH)}")


@app.command()
def audit() -> None:
    """Prove that totals equal their events and that nothing is lost or there twice."""
    if not finish(_audit(settled())):
        raise typer.Exit(1)


async def _audit(settings: Settings) -> bool:
    async with store(settings, only_looking=True) as database, database.reading() as session:
        compared = await proofs.audit(session)
    for one in compared:
        mark = "ok" if one.expected == one.found else "WRONG"
        print(f"{mark:<6}{one.what}: expected {one.expected}, found {one.found}")
    return all(one.expected == one.found for one in compared)


if __name__ == "__main__":
    app()
