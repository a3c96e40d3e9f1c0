"""Reading the parameters of a request, as strictly as a request of our own deserves."""

from __future__ import annotations

import json
import re
from typing import Any

from bot.practice import markup
from bot.practice.refusals import Refusal, bad_request
from bot.practice.specification import METHODS, Type

TEXT = 4096
CAPTION = 1024
CALLBACK_DATA = 64
BUTTONS = 100
TOAST = 200
_NO_CHARACTER = re.compile(r"[\x00\ud800-\udfff]")
COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_YES_OR_NO = {"true": True, "false": False, "1": True, "0": False, True: True, False: False}


def parameters(method: str, given: dict[str, Any]) -> dict[str, Any]:
    """The parameters with their types; raises Refusal for any that Telegram or this world would not take."""
    specification = METHODS[method]
    read: dict[str, Any] = {}
    if not _is_text(given):
        raise bad_request("strings must be encoded in UTF-8")
    for name, value in given.items():
        if name in specification.unpractised:
            raise bad_request(f"Practice: parameter {name} is not practised here")
        if name not in specification.takes:
            raise bad_request(f"Practice: unknown parameter {name} of {method}")
        read[name] = _typed(name, value, specification.takes[name])
    for name in sorted(specification.required):
        if name not in read:
            raise _missing(name)
    return read


def _is_text(value: Any) -> bool:
    """Whether everything in it that should be read is made of characters, and not of halves of some."""
    if isinstance(value, dict):
        return all(_is_text(one) for pair in value.items() for one in pair)
    if isinstance(value, list):
        return all(_is_text(one) for one in value)
    return not isinstance(value, str) or _NO_CHARACTER.search(value) is None


def _missing(name: str) -> Refusal:
    known = {
        "text": "message text is empty",
        "chat_id": "chat_id is empty",
        "photo": "there is no photo in the request",
        "document": "there is no document in the request",
        "message_id": "message identifier is not specified",
        "file_id": "file_id not specified",
        "action": "wrong parameter action in request",
    }
    return bad_request(known.get(name, f'parameter "{name}" is required'))


def _typed(name: str, value: Any, wanted: Type) -> Any:
    match wanted:
        case Type.INTEGER:
            return _integer(name, value)
        case Type.BOOLEAN:
            lowered = value.lower() if isinstance(value, str) else value
            if isinstance(lowered, bool | str) and lowered in _YES_OR_NO:
                return _YES_OR_NO[lowered]
        case Type.CHAT:
            if isinstance(value, str) and value.startswith("@"):
                return value
            return _integer(name, value)
        case Type.STRING:
            if isinstance(value, str):
                return value
        case Type.FILE:
            if isinstance(value, str | bytes):
                return value
        case Type.OBJECT:
            return _json(name, value, dict)
        case Type.ARRAY:
            read = _json(name, value, list)
            if name == "allowed_updates" and not all(isinstance(one, str) for one in read):
                raise bad_request("Practice: parameter allowed_updates must be a list of strings")
            return read
    raise bad_request(f"Practice: parameter {name} must be {wanted.value}")


def _integer(name: str, value: Any) -> int:
    if isinstance(value, bool) or not re.fullmatch(r"-?\d{1,19}", str(value)):
        raise bad_request(
            "chat not found" if name == "chat_id" else f"Practice: parameter {name} must be integer"
        )
    return int(value)


def _json(name: str, value: Any, wanted: type) -> Any:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise bad_request(f"can't parse {name} JSON object") from None
    if not _is_text(value):
        raise bad_request("strings must be encoded in UTF-8")
    if not isinstance(value, wanted):
        raise bad_request(f"object expected as {name}" if wanted is dict else f"can't parse {name}")
    return value


def words(
    given: dict[str, Any], name: str, most: int, too_long: str
) -> tuple[str, list[dict[str, Any]]]:
    """A text or caption and its entities, within its length."""
    source = given.get(name, "")
    mode = given.get("parse_mode", "").lower()
    if mode in {"markdown", "markdownv2"}:
        raise bad_request("Practice: Markdown is not practised here")
    if mode not in {"", "none", "html"}:
        raise bad_request("unsupported parse_mode")
    text, entities = markup.parse(source) if mode == "html" else (source, [])
    text, entities = markup.trimmed(text, entities)
    if len(text) > most:
        raise bad_request(too_long)
    if name == "text" and not text:
        raise bad_request("message text is empty")
    return text, entities


def medium(part: Any) -> dict[str, Any]:
    """One photo or document of an album, or the one that takes the place of another."""
    if not isinstance(part, dict) or str(part.get("type")) not in {"photo", "document"}:
        raise bad_request("can't parse InputMedia: type must be photo or document")
    unknown = set(part) - {"type", "media", "caption", "parse_mode"}
    if unknown:
        raise bad_request(f"Practice: unknown field {min(unknown)} of InputMedia")
    if not isinstance(part.get("media"), str) or not part["media"]:
        raise bad_request('can\'t parse InputMedia: Field "media" must be of type String')
    for name in ("caption", "parse_mode"):
        if not isinstance(part.get(name, ""), str):
            raise bad_request(f'can\'t parse InputMedia: Field "{name}" must be of type String')
    return part


def keyboard(given: dict[str, Any]) -> list[list[dict[str, Any]]] | None:
    """The rows of an inline keyboard; None when there is none."""
    reply_markup = given.get("reply_markup")
    if reply_markup is None:
        return None
    rows = reply_markup.get("inline_keyboard")
    if set(reply_markup) != {"inline_keyboard"} or not isinstance(rows, list):
        raise bad_request("Practice: only inline keyboards are practised here")
    if not all(isinstance(row, list) and row for row in rows):
        raise bad_request("object expected as reply markup")
    buttons = [button for row in rows for button in row]
    if len(buttons) > BUTTONS:
        raise bad_request("reply markup is too long")
    for button in buttons:
        _button(button)
    return rows


def _button(button: Any) -> None:
    if not isinstance(button, dict) or not isinstance(button.get("text"), str):
        raise bad_request(
            'can\'t parse inline keyboard button: Field "text" must be of type String'
        )
    if not button["text"].strip():
        raise bad_request("can't parse inline keyboard button: Text must be non-empty")
    actions = set(button) - {"text"}
    if len(actions) != 1:
        raise bad_request(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    if "callback_data" in button:
        data = button["callback_data"]
        if not isinstance(data, str) or not 1 <= len(data.encode()) <= CALLBACK_DATA:
            raise bad_request("BUTTON_DATA_INVALID")
    elif "url" in button:
        if not re.match(r"(https?|tg)://\S+", str(button["url"])):
            raise bad_request("BUTTON_URL_INVALID")
    else:
        raise bad_request(f"Practice: button action {actions.pop()} is not practised here")


def commands(listed: list[Any]) -> list[dict[str, str]]:
    """A menu of commands, each with a name and a description."""
    if len(listed) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in listed:
        if not isinstance(command, dict) or set(command) != {"command", "description"}:
            raise bad_request("can't parse BotCommand")
        for name in ("command", "description"):
            if not isinstance(command[name], str):
                raise bad_request(f'can\'t parse BotCommand: Field "{name}" must be of type String')
        if not COMMAND.fullmatch(command["command"].removeprefix("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(command["description"].strip()) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return listed
