"""However much has been done, an answer costs the same: no statement walks over what is done."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.channels import DeliveryFailure, FailureKind, Letter
from bot.clock import Clock as Reminders
from bot.sending.post import Post
from conversations import reminders
from conversations.lobby.outage import show_open_cards_again
from storage.database import Database
from storage.help import photos
from storage.messages import figures, inbox
from storage.messages.inbox import Arrival
from tests.cast import one_more_teacher
from tests.databases import POSTGRESQL, SQLITE, _command, _named, _postgresql, _run, _sqlite
from tests.storage.explained import Listener
from tests.storage.filled import fill
from tests.talking import CHANNEL, HOA, LAN, MINH, SON, THAO, Clock, Talk

SIZE = 10_000
LEASE = timedelta(minutes=1)


class Paper:
    """A chat app that takes everything, except from those who are gone."""

    name, username = CHANNEL, "AmBanPracticeBot"

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.gone: set[str] = set()

    async def deliver(self, letter: Letter) -> str:
        if letter.chat in self.gone:
            raise DeliveryFailure(FailureKind.UNREACHABLE)
        self.letters.append(letter)
        return f"paper-{len(self.letters)}"

    async def tidy(self, chat: str, message_id: str, *, delete: bool) -> bool:
        return True

    async def answer_tap(self, query: str) -> None:
        return None

    async def fetch(self, file_id: str) -> bytes:
        return b""


async def receiving(talk: Talk) -> None:
    """Somebody who is known, somebody who waits already, and somebody new."""
    for number in (1, 2):
        arrivals = [Arrival(10 * number + n, who, "{}") for n, who in enumerate((LAN, "8000001"))]
        async with talk.database.writing() as session:
            await inbox.store(session, CHANNEL, arrivals, talk.clock.now)


async def a_report(talk: Talk) -> None:
    """Typed and pressed, with a photo and without, sent, and looked at afterwards."""
    await talk.opened(LAN)
    await talk.pressed(LAN, "Xác nhận hàng đã nhận (2)")
    for words in ("1", "thieu", "45", "1", "duong kho di", "hom nay"):
        await talk.said(LAN, words)
    await talk.sent_photo(LAN, "a", album="x")
    await talk.sent_photo(LAN, "b", album="x")
    await talk.pressed(LAN, "Xong")
    await talk.pressed(LAN, "Không nhận ra cháu nào")
    await talk.pressed(LAN, "Không có ghi chú")
    await talk.pressed(LAN, "Gửi")
    await talk.opened(LAN, "dabaocao")
    await talk.sent_photo(LAN, "c")


async def homes(talk: Talk) -> None:
    """Everybody's first screen, also a stranger's and a group's."""
    for who in (LAN, MINH, THAO, HOA, SON):
        await talk.opened(who)


async def many_at_once(talk: Talk) -> None:
    """Fifty teachers begin to report at the same time."""
    phones = [f"9{number:05d}" for number in range(50)]
    async with talk.database.writing() as session:
        for number, phone in enumerate(phones):
            await one_more_teacher(session, number, phone)
    opened = {"kind": "opened", "conversation": "xacnhan", "payload": ""}
    for what in (opened, {"kind": "said", "text": "thieu"}):
        await talk.arrive_together(dict.fromkeys(phones, what))
        assert await talk.reception.answer_waiting() == 50


async def telling(talk: Talk) -> None:
    """Cards are told, changed and told again, and one person is gone."""
    paper = Paper()
    post = Post(talk.database, {CHANNEL: paper}, talk.clock)
    for what in (
        {"kind": "opened", "conversation": "xacnhan", "payload": ""},
        {"kind": "said", "text": "1"},
    ):
        await talk.arrive_together(dict.fromkeys((LAN, MINH), what))
        await talk.reception.answer_waiting()
        assert await post.send_waiting()
    paper.gone = {LAN}
    await talk.arrives(LAN, {"kind": "opened", "conversation": "", "payload": ""})
    await talk.reception.answer_waiting()
    await post.send_waiting()
    assert await post.send_waiting() == 0


async def a_quiet_moment(talk: Talk) -> None:
    """Nobody waits, and whoever looks finds that out."""
    assert await talk.reception.answer_waiting() == 0
    async with talk.database.reading() as session:
        await inbox.oldest_waiting(session)
        await inbox.set_aside(session)


async def a_tick(talk: Talk) -> None:
    clock = talk.clock
    clock.advance(hours=8)
    await Reminders(talk.database, reminders.ALL, [CHANNEL], clock).remind()


async def the_figures(talk: Talk) -> None:
    async with talk.database.reading() as session:
        await figures.figures(session, talk.clock.now)


async def photos_due(talk: Talk) -> None:
    async with talk.database.writing() as session:
        await photos.due(session, talk.clock.now, 4, LEASE)
        await photos.recall(session, talk.clock.now)
        await photos.oldest_promised(session)


async def back_after_an_outage(talk: Talk) -> None:
    await talk.opened(LAN, "xacnhan")
    talk.clock.advance(minutes=10)
    async with talk.database.writing() as session:
        assert await show_open_cards_again(session, CHANNEL, talk.clock.now, talk.clock.now) == 1


class Piece(NamedTuple):
    """Something the bot does again and again."""

    work: Callable[[Talk], Awaitable[None]]
    but: frozenset[str] = frozenset()
    """Ways that are still too long, by their names in LATER."""


LATER: dict[str, str] = {}
"""Ways that are still too long: their name, and words of the statement."""

PIECES = [
    Piece(receiving),
    Piece(homes),
    Piece(a_report),
    Piece(many_at_once),
    Piece(telling),
    Piece(a_quiet_moment),
    Piece(a_tick),
    Piece(the_figures),
    Piece(photos_due),
    Piece(back_after_an_outage),
]


@pytest.fixture(scope="module")
def filled_file(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filled")

    async def make() -> None:
        async for database in _sqlite(sqlite_template, folder):
            await fill(database, said=SIZE, reports=SIZE, people=SIZE)

    _run(make())
    return folder / "store.db"


@pytest.fixture(scope="module")
def filled_server(postgresql_server: str) -> str:
    async def make() -> None:
        await _command(postgresql_server, "CREATE DATABASE filled_store TEMPLATE template_store")
        database = Database(_named(postgresql_server, "filled_store"))
        await fill(database, said=SIZE, reports=SIZE, people=SIZE)
        await database.close()

    _run(make())
    return postgresql_server


@pytest.fixture(params=[SQLITE, POSTGRESQL])
async def filled(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A store in which much was done long ago: the same test runs on both kinds."""
    if request.param == SQLITE:
        opened = _sqlite(request.getfixturevalue("filled_file"), tmp_path)
    else:
        opened = _postgresql(request.getfixturevalue("filled_server"), "filled_store")
    async for each in opened:
        yield each


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.work.__name__)
async def test_no_statement_walks_over_what_is_done(filled: Database, piece: Piece) -> None:
    listener = Listener(filled)
    talk = Talk(filled, Clock())
    with listener.listening():
        await piece.work(talk)
    complaints = await listener.complaints()
    later = {name for name, words in LATER.items() if any(words in one for one in complaints)}
    rest = [one for one in complaints if not any(words in one for words in LATER.values())]
    assert not rest, "\n".join(rest)
    assert later == piece.but, "what is mended is no exception any more"
