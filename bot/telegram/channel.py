"""Telegram as a channel: screens are sent and changed, taps answered, files fetched."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import TypeVar

from telegram import Bot, BotCommand, BotCommandScopeChat
from telegram.constants import ParseMode
from telegram.request import BaseRequest

from bot.channels import DeliveryFailure, FailureKind, Letter, name_of_bot
from bot.telegram.callback_answers import CallbackAnswers
from bot.telegram.cards import NO_PREVIEW, Cards
from bot.telegram.connection import connection
from bot.telegram.drawing import Drawing, draw, toast
from bot.telegram.failures import delivered
from conversations.kit.photos import LARGEST
from locales import Reader, Text, render
from storage.files.photo_files import PhotoFiles

log = logging.getLogger(__name__)
Result = TypeVar("Result")

LONGEST_PAUSE = 60.0
NOBODY = 0
"""No chat has this number."""
NO_TEXT = "there is no text in the message"
"""A picture or a document stands where words should change."""


class TelegramChannel:
    """One bot's account; usable at once, also while Telegram cannot be reached."""

    def __init__(
        self,
        token: str,
        api_url: str,
        proxy: str | None = None,
        *,
        files: PhotoFiles | None = None,
        connections: int = 32,
        patience: float = 20,
        request: BaseRequest | None = None,
    ) -> None:
        """`patience` is how many seconds Telegram may take for an answer; `request` is another way to it than HTTP."""
        self._request = request or connection(
            api_url, proxy, connections=connections, read_timeout=patience
        )
        self._bot = Bot(
            token,
            base_url=f"{api_url}/bot",
            base_file_url=f"{api_url}/file/bot",
            request=self._request,
            get_updates_request=request or connection(api_url, proxy, connections=1),
        )
        self._cards = Cards(self._bot, files)
        self._name = name_of_bot(token)
        self._username = ""
        self.callback_answers = CallbackAnswers(self.answer_tap)
        """The pressed buttons that wait for an answer."""
        self.hushed: Callable[[float], None] = _nobody_to_tell
        """Hears for how many seconds Telegram wants silence of everybody, where no chat was written to."""

    @property
    def name(self) -> str:
        return self._name

    @property
    def username(self) -> str:
        return self._username

    async def deliver(self, letter: Letter) -> str:
        """Raises DeliveryFailure; an Undrawable screen is a mistake and raises as it is."""
        if letter.query:
            await self._answer(letter)
            return ""
        if letter.commands is not None:
            await self._set_commands(letter.chat, letter.commands, letter.reader)
            return ""
        if letter.screen is None:
            return ""
        drawing = draw(letter.screen, letter.reader)
        if letter.replace:
            return await self._change(letter, drawing)
        return await self._cards.send(letter, letter.screen, drawing)

    async def tidy(self, chat: str, message_id: str, *, delete: bool) -> bool:
        if delete:
            return await _tried(self._bot.delete_message(chat, int(message_id)))
        return await _tried(self._bot.edit_message_reply_markup(chat, int(message_id)))

    async def probe(self) -> None:
        await self._of_no_chat(self._bot.get_me())
        # Where only messages fail: one to nobody and without words is refused by whoever would take another.
        await self._of_no_chat(self._bot.send_message(NOBODY, ""))

    async def answer_tap(self, query: str) -> None:
        with suppress(DeliveryFailure):
            await self._of_no_chat(self._bot.answer_callback_query(query))

    async def fetch(self, file_id: str) -> bytes:
        """Raises DeliveryFailure; Telegram gives out files of up to 20 MB, and so do we where a server gives more."""
        file = await self._of_no_chat(self._bot.get_file(file_id))
        if file is None:
            raise DeliveryFailure(FailureKind.NOT_SENT, "file not found")
        if (file.file_size or 0) > LARGEST:
            raise DeliveryFailure(FailureKind.TOO_LARGE, "file is too big")
        content = await delivered(file.download_as_bytearray(read_timeout=60))
        if content is None:
            raise DeliveryFailure(FailureKind.NOT_SENT, "file not found")
        if len(content) < (file.file_size or 0):
            # Nothing tells of it but the size that was promised; the next time it may come whole.
            raise DeliveryFailure(FailureKind.NOT_SENT, "the file came in part only")
        return bytes(content)

    async def set_up(
        self,
        commands: Mapping[str, Sequence[tuple[str, Text]]],
        description: Text | None = None,
        *,
        shortest_pause: float = 1,
    ) -> None:
        """Say what we can do, by language, the first also for everybody else; waits for Telegram."""
        pause = shortest_pause
        while True:
            try:
                await self._introduce(commands, description)
                return
            except DeliveryFailure as failure:
                if failure.kind in (FailureKind.REFUSED, FailureKind.UNREACHABLE):
                    log.warning("telegram refuses our commands: %s", failure.why)
                    return
                await asyncio.sleep(max(pause, failure.retry_after))
                pause = min(pause * 2, LONGEST_PAUSE)

    async def close(self) -> None:
        await self.callback_answers.close()
        await self._request.shutdown()

    async def _introduce(
        self, commands: Mapping[str, Sequence[tuple[str, Text]]], description: Text | None
    ) -> None:
        if not self._username:
            account = await self._of_no_chat(self._bot.get_me())
            self._username = (account.username or "") if account else ""
        for place, (language, offered) in enumerate(commands.items()):
            reader = Reader(language=language)
            drawn = [BotCommand(name, render(words, reader)[:256]) for name, words in offered]
            for code in ([None] if place == 0 else []) + [language]:
                await self._of_no_chat(self._bot.set_my_commands(drawn, language_code=code))
                if description is not None:
                    words = render(description, reader)[:512]
                    await self._of_no_chat(self._bot.set_my_description(words, language_code=code))

    async def _of_no_chat(self, request: Awaitable[Result]) -> Result | None:
        """As `delivered`; whoever wants silence here wants it of everybody."""
        try:
            return await delivered(request)
        except DeliveryFailure as failure:
            if failure.kind is FailureKind.TOO_FAST:
                failure.everyone = True
                self.hushed(failure.retry_after)
            raise

    async def _answer(self, letter: Letter) -> None:
        self.callback_answers.answered(letter.query)
        words = toast(render(letter.toast, letter.reader)) if letter.toast else None
        await self._of_no_chat(self._bot.answer_callback_query(letter.query, text=words or None))

    async def _set_commands(
        self, chat: str, commands: Sequence[tuple[str, Text]], reader: Reader
    ) -> None:
        scope = BotCommandScopeChat(chat)
        if not commands:
            await delivered(self._bot.delete_my_commands(scope=scope))
            return
        drawn = [BotCommand(name, render(words, reader)[:256]) for name, words in commands]
        await delivered(self._bot.set_my_commands(drawn, scope=scope))

    async def _change(self, letter: Letter, drawing: Drawing) -> str:
        """Telegram cannot turn words into a picture or a document, so these are always sent anew."""
        if letter.screen is not None and (letter.screen.pictures or letter.screen.document):
            await self._take_away(letter)
            raise DeliveryFailure(FailureKind.GONE, "pictures and documents are sent anew")
        try:
            await delivered(
                self._bot.edit_message_text(
                    drawing.text,
                    chat_id=letter.chat,
                    message_id=int(letter.replace),
                    parse_mode=ParseMode.HTML,
                    link_preview_options=NO_PREVIEW,
                    reply_markup=drawing.keyboard,
                )
            )
        except DeliveryFailure as failure:
            if failure.kind is FailureKind.GONE and NO_TEXT in failure.why.lower():
                await self._take_away(letter)
            raise
        return letter.replace

    async def _take_away(self, letter: Letter) -> None:
        """What was to be changed makes place for what is sent anew below; where it may not go, it loses its buttons."""
        if not await self.tidy(letter.chat, letter.replace, delete=True):
            await self.tidy(letter.chat, letter.replace, delete=False)


async def _tried(request: Awaitable[object]) -> bool:
    """Whether Telegram did what would only be tidier; raises DeliveryFailure where it wants silence."""
    try:
        await delivered(request)
    except DeliveryFailure as failure:
        if failure.kind is FailureKind.TOO_FAST:
            raise
        return False
    return True


def _nobody_to_tell(_seconds: float) -> None:
    """Where nothing is sent, nobody needs to be silent."""
