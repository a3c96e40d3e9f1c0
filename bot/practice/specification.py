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


INTEGER, STRING, BOOLEAN, CHAT, OBJECT, ARRAY, FILE = Type
_SENT = {"disable_notification": BOOLEAN, "protect_content": BOOLEAN, "reply_parameters": OBJECT}
_MARKED = {"parse_mode": STRING}
_RARE_MORE = (
    "suggested_post_parameters",
    "callback_query_id",
    "receiver_user_id",
    "ephemeral_message_parameters",
)
_RARE = (
    "business_connection_id",
    "message_thread_id",
    "direct_messages_topic_id",
    "allow_paid_broadcast",
    "message_effect_id",
    "allow_sending_without_reply",
    "reply_to_message_id",
)
_CAPTIONED = {**_MARKED, "caption": STRING, "reply_markup": OBJECT, **_SENT}

METHODS: dict[str, Method] = {
    "getMe": _method({}, {}),
    "getUpdates": _method(
        {}, {"offset": INTEGER, "limit": INTEGER, "timeout": INTEGER, "allowed_updates": ARRAY}
    ),
    "setWebhook": _method(
        {"url": STRING},
        {
            "max_connections": INTEGER,
            "allowed_updates": ARRAY,
            "drop_pending_updates": BOOLEAN,
            "secret_token": STRING,
        },
        "certificate",
        "ip_address",
    ),
    "deleteWebhook": _method({}, {"drop_pending_updates": BOOLEAN}),
    "getWebhookInfo": _method({}, {}),
    "sendMessage": _method(
        {"chat_id": CHAT, "text": STRING},
        {**_MARKED, "reply_markup": OBJECT, "link_preview_options": OBJECT, **_SENT},
        "entities",
        "disable_web_page_preview",
        *_RARE,
        *_RARE_MORE,
    ),
    "sendPhoto": _method(
        {"chat_id": CHAT, "photo": FILE},
        _CAPTIONED,
        "caption_entities",
        "show_caption_above_media",
        "has_spoiler",
        *_RARE,
        *_RARE_MORE,
    ),
    "sendDocument": _method(
        {"chat_id": CHAT, "document": FILE},
        _CAPTIONED,
        "thumbnail",
        "caption_entities",
        "disable_content_type_detection",
        *_RARE,
        *_RARE_MORE,
    ),
    "sendMediaGroup": _method({"chat_id": CHAT, "media": ARRAY}, dict(_SENT), *_RARE),
    "sendChatAction": _method(
        {"chat_id": CHAT, "action": STRING}, {}, "business_connection_id", "message_thread_id"
    ),
    "editMessageText": _method(
        {},
        {
            "text": STRING,
            "chat_id": CHAT,
            "message_id": INTEGER,
            **_MARKED,
            "reply_markup": OBJECT,
            "link_preview_options": OBJECT,
        },
        "business_connection_id",
        "inline_message_id",
        "entities",
        "disable_web_page_preview",
        "rich_message",
    ),
    "editMessageCaption": _method(
        {},
        {
            "chat_id": CHAT,
            "message_id": INTEGER,
            "caption": STRING,
            **_MARKED,
            "reply_markup": OBJECT,
        },
        "business_connection_id",
        "inline_message_id",
        "caption_entities",
        "show_caption_above_media",
    ),
    "editMessageReplyMarkup": _method(
        {},
        {"chat_id": CHAT, "message_id": INTEGER, "reply_markup": OBJECT},
        "business_connection_id",
        "inline_message_id",
    ),
    "editMessageMedia": _method(
        {"media": OBJECT},
        {"chat_id": CHAT, "message_id": INTEGER, "reply_markup": OBJECT},
        "business_connection_id",
        "inline_message_id",
    ),
    "deleteMessage": _method({"chat_id": CHAT, "message_id": INTEGER}, {}),
    "answerCallbackQuery": _method(
        {"callback_query_id": STRING},
        {"text": STRING, "show_alert": BOOLEAN, "url": STRING, "cache_time": INTEGER},
    ),
    "getFile": _method({"file_id": STRING}, {}),
    "setMyCommands": _method({"commands": ARRAY}, {"scope": OBJECT, "language_code": STRING}),
    "getMyCommands": _method({}, {"scope": OBJECT, "language_code": STRING}),
    "deleteMyCommands": _method({}, {"scope": OBJECT, "language_code": STRING}),
    "setMyDescription": _method({}, {"description": STRING, "language_code": STRING}),
    "setMyShortDescription": _method({}, {"short_description": STRING, "language_code": STRING}),
    "getChat": _method({"chat_id": CHAT}, {}),
    "leaveChat": _method({"chat_id": CHAT}, {}),
}
BY_NAME = {name.lower(): name for name in METHODS}
"""Telegram takes the names of methods in any case."""
