"""A new card in Telegram: its pictures and its document, and last the message that holds its buttons."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from telegram import Bot, InputFile, InputMediaPhoto, LinkPreviewOptions, Message
from telegram.constants import ParseMode

from bot.channels import DeliveryFailure, FailureKind, Letter, file_to_send
from bot.telegram.drawing import Drawing, albums, name_of_file
from bot.telegram.failures import delivered
from conversations.kit.screens import Attachment, Screen
from storage.files.photo_files import PhotoFiles

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
LARGEST_PICTURE = 10 * 1024 * 1024
LARGEST_DOCUMENT = 50 * 1024 * 1024
"""Bytes that a bot may send."""
NOT_TRIED_AGAIN = frozenset({FailureKind.REFUSED, FailureKind.UNREACHABLE, FailureKind.MOVED})

Piece = Callable[[], Awaitable[Message | None]]


class Cards:
    """Sends new cards; of one that went in part only the rest is sent by the next try.

    An album cannot carry buttons, nor can a picture beside a document: the words and buttons follow below.
    """

    def __init__(self, bot: Bot, files: PhotoFiles | None) -> None:
        self._bot = bot
        self._files = files
        self._begun: dict[str, tuple[Screen, int]] = {}
        """By chat, a card of several messages of which so many were taken and the others were not."""

    async def send(self, letter: Letter, screen: Screen, drawing: Drawing) -> str:
        """The id of the message with the words and buttons; raises DeliveryFailure."""
        pieces = await self._pieces(letter, screen, drawing)
        if len(pieces) == 1:
            return _id_of(await pieces[0]())
        begun, done = self._begun.pop(letter.chat, (None, 0))
        sent: Message | None = None
        try:
            for place in range(done if begun == screen else 0, len(pieces)):
                # Noted before it is tried, so that it holds however the try ends.
                self._begun[letter.chat] = screen, place
                sent = await pieces[place]()
        except DeliveryFailure as failure:
            if failure.kind in NOT_TRIED_AGAIN:
                self._begun.pop(letter.chat, None)
            raise
        self._begun.pop(letter.chat, None)
        return _id_of(sent)

    async def _pieces(self, letter: Letter, screen: Screen, drawing: Drawing) -> list[Piece]:
        """The messages of a card, in order; everything is at hand before the first of them leaves."""
        pictures = [await self._read(key, LARGEST_PICTURE) for key in screen.pictures]
        document = screen.document
        if document is not None:
            file = _file(document, await self._read(document.key, LARGEST_DOCUMENT))
            before = [self._pictures(letter, group, None) for group in albums(pictures)]
            if drawing.fits_a_caption:
                return [*before, self._document(letter, file, drawing)]
            return [*before, self._document(letter, file, None), self._words(letter, drawing)]
        if len(pictures) == 1 and drawing.fits_a_caption:
            return [self._pictures(letter, pictures, drawing)]
        before = [self._pictures(letter, group, None) for group in albums(pictures)]
        return [*before, self._words(letter, drawing)]

    async def _read(self, key: str, largest: int) -> bytes:
        content = await file_to_send(self._files, key)
        if len(content) > largest:
            raise DeliveryFailure(FailureKind.REFUSED, "the file is too large to be sent")
        return content

    def _words(self, letter: Letter, drawing: Drawing) -> Piece:
        return lambda: delivered(
            self._bot.send_message(
                letter.chat,
                drawing.text,
                parse_mode=ParseMode.HTML,
                link_preview_options=NO_PREVIEW,
                disable_notification=True if letter.silent else None,
                reply_markup=drawing.keyboard,
            )
        )

    def _pictures(
        self, letter: Letter, pictures: Sequence[bytes], drawing: Drawing | None
    ) -> Piece:
        """One picture, below which words and buttons may stand, or an album."""
        if len(pictures) > 1:
            return lambda: self._album(letter, pictures)
        return lambda: delivered(
            self._bot.send_photo(
                letter.chat,
                pictures[0],
                caption=drawing.text if drawing else None,
                parse_mode=ParseMode.HTML if drawing else None,
                disable_notification=_silently(letter, last=drawing is not None),
                reply_markup=drawing.keyboard if drawing else None,
            )
        )

    async def _album(self, letter: Letter, pictures: Sequence[bytes]) -> Message | None:
        sent = await delivered(
            self._bot.send_media_group(
                letter.chat,
                [InputMediaPhoto(picture) for picture in pictures],
                disable_notification=_silently(letter, last=False),
            )
        )
        return sent[-1] if sent else None

    def _document(self, letter: Letter, file: InputFile, drawing: Drawing | None) -> Piece:
        return lambda: delivered(
            self._bot.send_document(
                letter.chat,
                file,
                caption=drawing.text if drawing else None,
                parse_mode=ParseMode.HTML if drawing else None,
                disable_notification=_silently(letter, last=drawing is not None),
                reply_markup=drawing.keyboard if drawing else None,
            )
        )


def _silently(letter: Letter, *, last: bool) -> bool | None:
    """A card makes one sound, with the message that can be answered."""
    return True if letter.silent or not last else None


def _file(document: Attachment, content: bytes) -> InputFile:
    file = InputFile(content, filename=name_of_file(document.name))
    file.mimetype = document.media_type
    return file


def _id_of(sent: Message | None) -> str:
    return str(sent.message_id) if sent is not None else ""
