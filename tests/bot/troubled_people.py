"""A day of several people, each with something to do, while all that can go wrong goes wrong; and the same day undisturbed."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlmodel import col, func, select

from bot.channels import Channel
from bot.practice.clock import PracticeClock
from bot.practice.server import Practice, running
from bot.practice.world import PracticePerson as Phone
from bot.sending.post import Post
from storage.database import Database
from storage.files.photo_files import PhotoFiles
from storage.help.photos import Photo
from storage.messages.inbox import Update, UpdateState
from storage.messages.outbox import Message, MessageState
from storage.people import invitations
from storage.people.people import Role
from tests.cast import NA_TENH, one_more_teacher, settle_in
from tests.channel_cases import Deed, Opens, Picks, Says, Sends
from tests.channel_people import MOMENT, OnTelegram, picture
from tests.talking import LAN, MINH, SON

FIRST_TEACHER, SECOND_TEACHER = "710000", "710001"
SCRIPTS: Mapping[str, tuple[Deed, ...]] = {
    LAN: (
        Opens("xacnhan"),
        Picks("60 chiếc chăn bông"),
        Picks("Thiếu, thừa hoặc có đồ hỏng"),
        Says("45"),
        Picks("0 chiếc chăn bông"),
        Picks("Đường khó đi, thời tiết xấu"),
        Picks("Hôm nay"),
        Sends("seagreen"),
        Sends("peru"),
        Picks("Xong"),
        Picks("Không nhận ra cháu nào"),
        Picks("Không có ghi chú"),
        Picks("Gửi"),
    ),
    MINH: (
        Opens("kehoach"),
        Picks("Điểm trường Lũng Vài"),
        Picks("chiếc áo phao"),
        Says("25"),
        Picks("Ngày mai"),
        Says("Nhóm Áo Ấm (mẫu)"),
        Picks("Gửi"),
        Opens("bangiao"),
        Picks("25 chiếc áo phao"),
        Says("anh Tuấn (mẫu)"),
        Picks("25 chiếc áo phao"),
        Picks("Hôm nay"),
        Picks("Gửi"),
    ),
    SON: (Opens("start"), Picks("Thầy"), Says("Nông Văn Sơn")),
    FIRST_TEACHER: (
        *map(Says, ("/xacnhan", "thieu", "45", "1", "khong co duong", "hom nay")),
        Sends("teal"),
        *map(Says, ("xong", "khong", "khong", "gui")),
    ),
    SECOND_TEACHER: tuple(map(Says, ("/xacnhan", "du", "hom nay", "gui sau", "khong", "gui"))),
}
"""What each person does; the teachers write everything and wait for nothing."""
WAIT_FOR_NOTHING = {FIRST_TEACHER, SECOND_TEACHER}
LAST_WORDS = {LAN: "dabaocao", MINH: "chokiemtra", SON: "trogiup"}
"""What each asks for in the end, and for all others what cô Lan asks."""


@dataclass
class Doing:
    """Where somebody is in what they have to do."""

    who: str
    left: deque[Deed]
    last: Deed | None = None
    seen: str = ""
    """What their phone showed when they did it."""


class Troubled(OnTelegram):
    """The cast and two more teachers, and one bot after the other that serves them."""

    def __init__(self, practice: Practice, address: str, database: Database) -> None:
        super().__init__(practice, address, database)
        self.payload = ""

    async def move_in(self) -> None:
        async with self.database.writing() as session:
            await settle_in(session)
            for number, who in enumerate((FIRST_TEACHER, SECOND_TEACHER)):
                await one_more_teacher(session, number, who)
                self.practice.world.add(Phone(int(who), "GV", "Giáo viên"))
            now = self.practice.clock.now()
            self.payload = await invitations.create(session, Role.SITE, NA_TENH, None, now)
        await super().move_in()

    def wire(self, channel: Channel, files: PhotoFiles) -> None:
        super().wire(channel, files)
        now = self.practice.clock.now
        self.post = Post(self.database, {channel.name: channel}, now, sleep=self.sleep)

    async def sleep(self, seconds: float) -> None:  # type: ignore[override]
        """Whoever waits sees the practice clock move on."""
        self.practice.clock.advance(timedelta(seconds=seconds))
        await asyncio.sleep(0)

    def visible(self, who: str) -> list[dict[str, Any]]:
        """What the bot wrote to somebody, as it stands now."""
        chat = self.practice.world.chats[int(who)]
        return [
            chat.messages[number]
            for number in sorted(chat.messages)
            if chat.unseen[number]["from_bot"] and not chat.unseen[number]["deleted"]
        ]

    def seen(self, who: str) -> str:
        return json.dumps(self.visible(who), sort_keys=True)

    def can(self, one: Doing) -> bool:
        """They have seen what came of their last deed, and the button that they want."""
        if one.who not in WAIT_FOR_NOTHING and one.last and self.seen(one.who) == one.seen:
            return False
        return bool(one.left) and self.is_possible(one.who, one.left[0])

    def is_possible(self, who: str, deed: Deed) -> bool:
        return not isinstance(deed, Picks) or self.button(who, deed.label) is not None

    def acts(self, one: Doing) -> None:
        one.last = one.left.popleft()
        one.seen = self.seen(one.who)
        self.does(one.who, one.last)

    def does(self, who: str, deed: Deed) -> None:
        match deed:
            case Opens("start"):
                self.come(who, self.payload)
            case Opens(command):
                self.say(who, f"/{command}")
            case Picks(label):
                self.pick(who, label)
            case Says(text):
                self.say(who, text)
            case Sends(colour):
                self.send(who, picture(colour))


class Life:
    """One bot, from its start to its end or its crash."""

    def __init__(self, people: Troubled, store: str, files: PhotoFiles) -> None:
        self.people = people
        self.database = people.database = Database(store)
        self._channel, receiving = people.connect(files)
        people.wire(self._channel, files)
        self._working: asyncio.Task[None] | None = None
        self._listening = asyncio.create_task(receiving.run(asyncio.Event()))

    async def works(self) -> None:
        """Until there is nothing more to do at this moment."""
        async with asyncio.timeout(30):
            while await self._all_do_something() or self._more_comes():  # noqa: ASYNC110  # Nothing tells when all is quiet.
                await asyncio.sleep(0.002)

    async def _all_do_something(self) -> bool:
        if self._listening.done():
            self._listening.result()
        # Whoever is cancelled waits until these have let go of the store.
        async with asyncio.TaskGroup() as together:
            done = [
                together.create_task(self.people.reception.answer_waiting()),
                together.create_task(self.people.post.send_waiting()),
                together.create_task(self.people.photo_fetcher.fetch_waiting()),
            ]
        return any(one.result() for one in done)

    def _more_comes(self) -> bool:
        """Something waits at Telegram, which can be reached."""
        world = self.people.practice.world
        updates = world.updates[588]
        away = any(injected.trouble.name == "outage" for injected in world.injection.standing())
        return not away and bool(updates.pending() or not updates.polling.is_set())

    async def works_and_dies(self, turns: int) -> None:
        """In the middle of its work, after so many turns of the loop."""
        working = asyncio.create_task(self.works())
        for _turn in range(turns):
            await asyncio.sleep(0)
        await self.dies(working)

    async def dies(self, *working: asyncio.Task[None]) -> None:
        for task in (*working, self._listening):
            task.cancel()
        ended = await asyncio.gather(*working, self._listening, return_exceptions=True)
        close: Any = self._channel
        await close.close()
        await self.database.close()
        failures = [one for one in ended if isinstance(one, Exception)]
        assert failures == []


class Day:
    """Some people, what they have to do, and the bot that serves them."""

    def __init__(self, people: Troubled, store: str, folder: Path, who: Sequence[str]) -> None:
        self.people, self.store = people, store
        self.files = PhotoFiles(str(folder))
        self.doing = [Doing(one, deque(SCRIPTS[one])) for one in who]
        self.life = Life(people, store, self.files)

    @property
    def injection(self) -> Any:
        return self.people.practice.world.injection

    def act(self, place: int) -> None:
        """Somebody does what they have to do next, if they can."""
        one = self.doing[place % len(self.doing)]
        if self.people.can(one):
            self.people.acts(one)

    def act_again(self, place: int) -> None:
        """Somebody presses a button twice."""
        one = self.doing[place % len(self.doing)]
        if isinstance(one.last, Picks) and self.people.is_possible(one.who, one.last):
            self.people.does(one.who, one.last)

    def passes(self, seconds: float) -> None:
        self.people.practice.clock.advance(timedelta(seconds=seconds))

    async def crash(self, turns: int) -> None:
        await self.life.works_and_dies(turns)
        self.life = Life(self.people, self.store, self.files)

    async def ends(self) -> None:
        """All troubles are over, everybody does what is left, and all rests and leases run out."""
        self.injection.end_all()
        await self._settles()
        while any(one.left for one in self.doing):
            await self._everybody_goes_on()
            await self._settles()
        for one in self.doing:
            self.people.does(one.who, Opens(LAST_WORDS.get(one.who, "dabaocao")))
            await self._settles()

    async def _everybody_goes_on(self) -> None:
        went_on = False
        for one in self.doing:
            if self.people.can(one):
                self.people.acts(one)
                went_on = True
        if went_on:
            return
        for one in self.doing:
            # Whoever sees nothing happen does it again, as people do.
            assert one.last is not None, f"{one.who} cannot begin"
            assert self.people.is_possible(one.who, one.last), (
                f"{one.who} is stuck after {one.last}"
            )
            self.people.does(one.who, one.last)

    async def _settles(self) -> None:
        await self.life.works()
        for _rest in range(60):
            if not await self._something_rests():
                return
            self.people.practice.clock.advance(timedelta(seconds=46))
            await self.life.works()
        raise AssertionError("it never comes to rest")

    async def _something_rests(self) -> bool:
        waiting = (
            (Update, col(Update.state) == UpdateState.WAITING),
            (Message, col(Message.state).in_([MessageState.PENDING, MessageState.SENDING])),
            (Photo, col(Photo.state) == "promised"),
        )
        async with self.people.database.reading() as session:
            for table, waits in waiting:
                found = await session.execute(select(func.count()).select_from(table).where(waits))
                if found.scalar_one():
                    return True
        return False


@asynccontextmanager
async def day_of(who: Sequence[str], template: Path, folder: Path) -> AsyncIterator[Day]:
    """A new day of these people, in a store of its own."""
    shutil.copy(template, folder / "store.db")
    store = f"sqlite:///{folder / 'store.db'}"
    practice = Practice(PracticeClock(MOMENT))
    async with running(practice) as address:
        database = Database(store)
        people = Troubled(practice, address, database)
        await people.move_in()
        await database.close()
        day = Day(people, store, folder / "photos", who)
        try:
            yield day
        finally:
            await day.life.dies()
