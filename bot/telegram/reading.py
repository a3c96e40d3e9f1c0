"""What a Telegram update says that a person did."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import telegram
from telegram import Chat, ChatMember, ChatMemberUpdated, Message, Update, User

from bot.channels import Incoming
from bot.receiving.commands import commanded
from conversations.kit.events import (
    CameBack,
    EditedMessage,
    Event,
    LeftUs,
    Opened,
    Pressed,
    Said,
    SentContact,
    SentFile,
    SentLocation,
    SentPhoto,
)
from locales.folding import clean

KINDS = ("message", "edited_message", "callback_query", "my_chat_member")
"""The kinds of update that are asked for and understood."""

GROUP_ANONYMOUS = 1087968824
"""Telegram's account in whose name anonymous administrators write."""

DATA = re.compile(r"([a-z0-9]*)\.(\d{0,9})\.(.+)", re.DOTALL)
FILES = ("animation", "document", "video", "sticker", "voice", "audio", "video_note")
"""In this order, since Telegram sends an animation also as a document."""
PICTURES = frozenset(
    f"image/{kind}" for kind in ("jpeg", "jpg", "pjpeg", "png", "webp", "heic", "heif")
)
ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".hif")
"""Phones that know no HEIC send it as any bytes, or as nothing at all: then the name alone tells."""


class UnknownUpdate(Exception):
    """An update of a kind that was not asked for, or not shaped as Telegram says; holds no words of a person."""


def read(raw: dict[str, Any]) -> Incoming:
    """Raises UnknownUpdate, and nothing else whatever the update holds."""
    try:
        update = Update.de_json(raw, None)
        if update.message is not None:
            return _message(update.message)
        if update.edited_message is not None:
            return _edited(update.edited_message)
        if update.callback_query is not None:
            return _pressed(update.callback_query)
        if update.my_chat_member is not None:
            return _membership(update.my_chat_member)
    except Exception as error:
        # The library raises whatever a wrong shape makes Python raise; the words stay out of it.
        raise UnknownUpdate(type(error).__name__) from None
    raise UnknownUpdate(", ".join(kind for kind in raw if kind in Update.ALL_TYPES) or "empty")


def _incoming(event: Event | None, user: User | None, chat: Chat | None, **more: Any) -> Incoming:
    known = user is not None and not more.get("anonymous", False)
    return Incoming(
        event=event,
        address=str(user.id) if user and known else "",
        chat=str(chat.id) if chat else str(user.id) if user else "",
        private=chat is None or chat.type == Chat.PRIVATE,
        name=clean(user.full_name) if user and known else "",
        language=(user.language_code or "") if user and known else "",
        **more,
    )


def _message(message: Message) -> Incoming:
    event, answered = _event(message), message.reply_to_message
    if event is not None and answered is not None:
        event = replace(event, replies_to=str(answered.message_id))
    return _of_message(message, event)


def _edited(message: Message) -> Incoming:
    text = message.text if message.text is not None else message.caption
    event = None if text is None else EditedMessage(clean(text), str(message.message_id))
    return _of_message(message, event)


def _of_message(message: Message, event: Event | None) -> Incoming:
    user = message.from_user
    return _incoming(
        event,
        user,
        message.chat,
        message_id=str(message.message_id),
        at=message.date,
        anonymous=message.sender_chat is not None
        or (user is not None and user.id == GROUP_ANONYMOUS),
    )


def _event(message: Message) -> Event | None:
    if message.text is not None:
        return commanded(message.text) or Said(clean(message.text))
    if message.photo:
        return _photo(message)
    if message.document is not None and message.animation is None and _is_picture(message.document):
        return _photo_as_file(message, message.document)
    for kind in FILES:
        attached = getattr(message, kind)
        if attached is not None:
            return SentFile(
                kind,
                attached.file_id,
                attached.file_unique_id,
                getattr(attached, "mime_type", None) or "",
                attached.file_size,
                clean(message.caption or ""),
                clean(getattr(attached, "file_name", None) or ""),
            )
    if message.location is not None:
        return SentLocation()
    if message.contact is not None:
        return SentContact()
    # What is left is a poll, a dice and the like, or the chat's own notice, which nobody needs answered.
    return SentFile("other") if message.effective_attachment else None


def _photo(message: Message) -> SentPhoto:
    largest = max(message.photo, key=lambda size: size.width * size.height)
    return SentPhoto(
        file_id=largest.file_id,
        unique_id=largest.file_unique_id,
        width=largest.width,
        height=largest.height,
        size=largest.file_size or 0,
        album=message.media_group_id or "",
        caption=clean(message.caption or ""),
        forwarded=message.forward_origin is not None,
    )


def _is_picture(file: telegram.Document) -> bool:
    """By what it claims to be; whether it is one, its bytes will tell."""
    kind = (file.mime_type or "").partition(";")[0].strip().lower()
    return kind in PICTURES or (file.file_name or "").strip().lower().endswith(ENDINGS)


def _photo_as_file(message: Message, file: telegram.Document) -> SentPhoto:
    return SentPhoto(
        file_id=file.file_id,
        unique_id=file.file_unique_id,
        size=file.file_size or 0,
        album=message.media_group_id or "",
        caption=clean(message.caption or ""),
        forwarded=message.forward_origin is not None,
        as_file=True,
    )


def _pressed(query: telegram.CallbackQuery) -> Incoming:
    data = DATA.fullmatch(query.data or "")
    event = Pressed(data[3], data[1], int(data[2] or 0)) if data else Pressed("")
    message = query.message
    return _incoming(
        event,
        query.from_user,
        message.chat if message else None,
        message_id=str(message.message_id) if message else "",
        query=query.id,
        anonymous=query.from_user.id == GROUP_ANONYMOUS,
    )


def _membership(change: ChatMemberUpdated) -> Incoming:
    outside = (ChatMember.LEFT, ChatMember.BANNED)
    was_outside = change.old_chat_member.status in outside
    is_outside = change.new_chat_member.status in outside
    event: Event | None = None
    if change.chat.type == Chat.PRIVATE:
        event = LeftUs() if is_outside else CameBack()
    elif was_outside and not is_outside:
        event = Opened()
    return _incoming(
        event,
        change.from_user,
        change.chat,
        at=change.date,
        anonymous=change.from_user.id == GROUP_ANONYMOUS,
    )
