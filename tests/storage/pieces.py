"""What the bot does again and again, piece by piece, for tests that look at what it asks of the store."""

from __future__ import annotations

from datetime import timedelta

from bot.channels import DeliveryFailure, FailureKind, Letter
from bot.clock import Clock as Reminders
from bot.sending.post import Post
from conversations import REMINDERS
from conversations.lobby.outage import show_open_cards_again
from locales.dates import local_day
from storage.help import photos, reports, unconfirmed
from storage.help.receipts import check_character, display
from storage.messages import figures, inbox
from storage.messages.inbox import Arrival
from storage.people.people import memberships_of
from tests.cast import CO_BA, NA_TENH, SINCE_MERGER, one_more_teacher
from tests.talking import CHANNEL, HOA, LAN, MINH, SON, THAO, Talk

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
        await inbox.dead_letters(session)


async def a_tick(talk: Talk) -> None:
    clock = talk.clock
    clock.advance(hours=8)
    await Reminders(talk.database, REMINDERS, [CHANNEL], clock).remind()


async def the_figures(talk: Talk) -> None:
    async with talk.database.reading() as session:
        await figures.figures(session, talk.clock.now)


async def photos_due(talk: Talk) -> None:
    async with talk.database.writing() as session:
        await photos.due(session, talk.clock.now, 4, LEASE)
        await photos.recall(session, talk.clock.now, timedelta(minutes=5))
        await photos.AWAITED.oldest(session)


async def back_after_an_outage(talk: Talk) -> None:
    await talk.opened(LAN, "xacnhan")
    talk.clock.advance(minutes=10)
    async with talk.database.writing() as session:
        assert await show_open_cards_again(session, CHANNEL, talk.clock.now, talk.clock.now) == 1


async def queues(talk: Talk) -> None:
    """Anh Minh's queue, chị Thảo's deliveries, cô Lan's reports, and one that somebody asks for by its code."""
    await talk.opened(MINH, "chokiemtra")
    await talk.opened(THAO, "bangiao")
    await talk.opened(LAN, "dabaocao")
    await talk.said(LAN, display(f"234567{check_character('234567')}"))


async def what_waits(talk: Talk) -> None:
    """What each of them has to do, as the lists tell it."""
    today = local_day(talk.clock.now)
    async with talk.database.reading() as session:
        minhs = await memberships_of(session, [f"person-{MINH}"], talk.clock.now)
        thaos = await memberships_of(session, [f"person-{THAO}"], talk.clock.now)
        await reports.waiting_for_review(session, CO_BA, SINCE_MERGER, today, 5)
        await reports.count_waiting(session, CO_BA, SINCE_MERGER, today)
        await unconfirmed.waiting_at(session, [NA_TENH])
        await unconfirmed.planned_within(session, minhs[f"person-{MINH}"], today)
        await unconfirmed.planned_within(session, thaos[f"person-{THAO}"], today)
