"""Which methods are practised here, and what each takes: Telegram's Bot API as a table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Type(StrEnum):
    """What a parameter must be."""

    INTEGER = "integer"
    STRING = "string"
    BOOLEAN = "boolean"
    CHAT = "chat"
    """A number, or a name that begins with @."""
    OBJECT = "object"
    ARRAY = "array"
    FILE = "file"
    """An upload, or the id of a file that Telegram knows."""


@dataclass(frozen=True, slots=True)
class Method:
    """What one method takes."""

    takes: dict[str, Type]
    required: frozenset[str]
    unpractised: frozenset[str] = frozenset()
    """Parameters that Telegram knows and the practice world refuses by name, since nothing here uses them."""


def _method(needed: dict[str, Type], more: dict[str, Type], *unpractised: str) -> Method:
    return Method({**needed, **more}, frozenset(needed), frozenset(unpractised))


I, S, B, C, O, A, F = (
    Type.INTEGER,
    Type.STRING,
    Type.BOOLEAN,
    Type.CHAT,
    Type.OBJECT,
    Type.ARRAY,
    Type.FILE,
)
_SENT = {"disable_notification": B, "protect_content": B, "reply_parameters": O}
_MARKED = {"parse_mode": S}
_RARE = (
    "business_connection_id",
    "message_thread_id",
    "direct_messages_topic_id",
    "allow_paid_broadcast",
    "message_effect_id",
    "suggested_post_parameters",
    "allow_sending_without_reply",
    "reply_to_message_id",
)
_CAPTIONED = {**_MARKED, "caption": S, "reply_markup": O, **_SENT}

METHODS: dict[str, Method] = {
    "getMe": _method({}, {}),
    "getUpdates": _method({}, {"offset": I, "limit": I, "timeout": I, "allowed_updates": A}),
    "setWebhook": _method(
        {"url": S},
        {"max_connections": I, "allowed_updates": A, "drop_pending_updates": B, "secret_token": S},
        "certificate",
        "ip_address",
    ),
    "deleteWebhook": _method({}, {"drop_pending_updates": B}),
    "getWebhookInfo": _method({}, {}),
    "sendMessage": _method(
        {"chat_id": C, "text": S},
        {**_MARKED, "reply_markup": O, "link_preview_options": O, **_SENT},
        "entities",
        "disable_web_page_preview",
        *_RARE,
    ),
    "sendPhoto": _method(
        {"chat_id": C, "photo": F},
        _CAPTIONED,
        "caption_entities",
        "show_caption_above_media",
        "has_spoiler",
        *_RARE,
    ),
    "sendDocument": _method(
        {"chat_id": C, "document": F},
        _CAPTIONED,
        "thumbnail",
        "caption_entities",
        "disable_content_type_detection",
        *_RARE,
    ),
    "sendMediaGroup": _method({"chat_id": C, "media": A}, dict(_SENT), *_RARE),
    "sendChatAction": _method(
        {"chat_id": C, "action": S}, {}, "business_connection_id", "message_thread_id"
    ),
    "editMessageText": _method(
        {"text": S},
        {"chat_id": C, "message_id": I, **_MARKED, "reply_markup": O, "link_preview_options": O},
        "business_connection_id",
        "inline_message_id",
        "entities",
        "disable_web_page_preview",
    ),
    "editMessageCaption": _method(
        {},
        {"chat_id": C, "message_id": I, "caption": S, **_MARKED, "reply_markup": O},
        "business_connection_id",
        "inline_message_id",
        "caption_entities",
        "show_caption_above_media",
    ),
    "editMessageReplyMarkup": _method(
        {},
        {"chat_id": C, "message_id": I, "reply_markup": O},
        "business_connection_id",
        "inline_message_id",
    ),
    "editMessageMedia": _method(
        {"media": O},
        {"chat_id": C, "message_id": I, "reply_markup": O},
        "business_connection_id",
        "inline_message_id",
    ),
    "deleteMessage": _method({"chat_id": C, "message_id": I}, {}),
    "answerCallbackQuery": _method(
        {"callback_query_id": S}, {"text": S, "show_alert": B, "url": S, "cache_time": I}
    ),
    "getFile": _method({"file_id": S}, {}),
    "setMyCommands": _method({"commands": A}, {"scope": O, "language_code": S}),
    "getMyCommands": _method({}, {"scope": O, "language_code": S}),
    "deleteMyCommands": _method({}, {"scope": O, "language_code": S}),
    "setMyDescription": _method({}, {"description": S, "language_code": S}),
    "setMyShortDescription": _method({}, {"short_description": S, "language_code": S}),
    "getChat": _method({"chat_id": C}, {}),
    "leaveChat": _method({"chat_id": C}, {}),
}
BY_NAME = {name.lower(): name for name in METHODS}
"""Telegram takes the names of methods in any case."""
