"""Telegram's Bot API, as far as it is practised here: what each method does to the practice world."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from bot.practice import checks
from bot.practice.files import DOWNLOAD, PHOTO_UPLOAD, UPLOAD
from bot.practice.refusals import Refusal, bad_request
from bot.practice.webhooks import Webhooks
from bot.practice.world import ANONYMOUS, Chat, PracticeWorld

QUERY_LIFETIME = timedelta(seconds=150)
"""How long the pressed button waits; Telegram forgets it then."""
ACTIONS = {
    "typing", "choose_sticker", "find_location", "pick_up_location",
    "record_video", "record_voice", "record_audio", "record_video_note",
    "upload_photo", "upload_document", "upload_video", "upload_voice", "upload_audio", "upload_video_note",
}  # fmt: skip
DELETABLE = timedelta(hours=48)

Given = dict[str, Any]


class BotApi:
    """The methods, called with parameters that were checked for type already."""

    def __init__(self, world: PracticeWorld, webhooks: Webhooks) -> None:
        self.world = world
        self.methods: dict[str, Callable[[int, Given], Any]] = {
            "getMe": self.get_me,
            "getUpdates": self.get_updates,
            "setWebhook": webhooks.set,
            "deleteWebhook": webhooks.delete,
            "getWebhookInfo": webhooks.info,
            "sendMessage": self.send_message,
            "sendPhoto": self.send_photo,
            "sendDocument": self.send_document,
            "sendMediaGroup": self.send_media_group,
            "sendChatAction": self.send_chat_action,
            "editMessageText": self.edit_text,
            "editMessageCaption": self.edit_caption,
            "editMessageReplyMarkup": self.edit_markup,
            "editMessageMedia": self.edit_media,
            "deleteMessage": self.delete_message,
            "answerCallbackQuery": self.answer_query,
            "getFile": self.get_file,
            "setMyCommands": self.set_commands,
            "getMyCommands": self.get_commands,
            "deleteMyCommands": self.delete_commands,
            "setMyDescription": self.set_description,
            "setMyShortDescription": self.set_short_description,
            "getChat": self.get_chat,
            "leaveChat": self.leave_chat,
        }

    async def call(self, bot_id: int, method: str, given: Given) -> Any:
        """The method's result; raises Refusal."""
        result = self.methods[method](bot_id, given)
        return await result if inspect.isawaitable(result) else result

    def get_updates(self, bot_id: int, given: Given) -> Awaitable[list[Given]]:
        return self.world.updates_of(bot_id).fetch(
            given.get("offset", 0),
            given.get("limit", 100),
            given.get("timeout", 0),
            given.get("allowed_updates"),
        )

    def get_me(self, bot_id: int, _given: Given) -> Given:
        return {
            **self.world.bot_user(bot_id),
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }

    def send_message(self, bot_id: int, given: Given) -> Given:
        text, entities = checks.words(given, "text", checks.TEXT, "message is too long")
        chat = self.world.chat_for_bot(given["chat_id"])
        content: Given = {"text": text}
        if entities:
            content["entities"] = entities
        return self._send(bot_id, chat, given, content)

    def send_photo(self, bot_id: int, given: Given) -> Given:
        content = self._caption(given)
        chat = self.world.chat_for_bot(given["chat_id"])
        return self._send(bot_id, chat, given, {"photo": self._photo(given["photo"]), **content})

    def send_document(self, bot_id: int, given: Given) -> Given:
        content = self._caption(given)
        chat = self.world.chat_for_bot(given["chat_id"])
        document = self._document(given["document"], given, "document")
        return self._send(bot_id, chat, given, {"document": document, **content})

    def send_media_group(self, bot_id: int, given: Given) -> list[Given]:
        media = given["media"]
        if not 2 <= len(media) <= 10:
            raise bad_request("wrong number of messages in the album: must be 2 to 10")
        chat = self.world.chat_for_bot(given["chat_id"])
        contents = [self._album_part(part, given) for part in media]
        if len({"photo" in content for content in contents}) > 1:
            raise bad_request("document can't be mixed with other media types")
        album = str(self.world.number())
        return [
            self._send(bot_id, chat, given, {**content, "media_group_id": album})
            for content in contents
        ]

    def _album_part(self, part: Any, given: Given) -> Given:
        part = checks.medium(part)
        source, upload = part["media"], ""
        if source.startswith("attach://"):
            upload = source.removeprefix("attach://")
            source = given.get(f"upload:{upload}", "")
        is_photo = part["type"] == "photo"
        kept = self._photo(source) if is_photo else self._document(source, given, upload)
        return {part["type"]: kept, **self._caption(part)}

    def send_chat_action(self, _bot_id: int, given: Given) -> bool:
        if given["action"].lower() not in ACTIONS:
            raise bad_request("wrong parameter action in request")
        chat = self.world.chat_for_bot(given["chat_id"])
        self.world.tell("typing", chat)
        return True

    def _caption(self, given: Given) -> Given:
        text, entities = checks.words(
            given, "caption", checks.CAPTION, "message caption is too long"
        )
        content: Given = {"caption": text} if text else {}
        return {**content, "caption_entities": entities} if entities else content

    def _photo(self, source: Any) -> list[Given]:
        if not isinstance(source, bytes):
            return self.world.files.photo_again(str(source))
        if len(source) > PHOTO_UPLOAD:
            raise Refusal("Request Entity Too Large", 413)
        return self.world.files.photo(source)

    def _document(self, source: Any, given: Given, upload: str) -> Given:
        """A document that was uploaded under a name, or one that Telegram knows already."""
        if not isinstance(source, bytes):
            return self.world.files.document_again(str(source))
        if not source:
            raise bad_request("file must be non-empty")
        if len(source) > UPLOAD:
            raise Refusal("Request Entity Too Large", 413)
        name = given.get(f"{upload}.name", "file")
        kind = given.get(f"{upload}.type", "application/octet-stream")
        return self.world.files.document(source, name, kind)

    def _send(self, bot_id: int, chat: Chat, given: Given, content: Given) -> Given:
        rows = checks.keyboard(given)
        message = {
            "message_id": self.world.number(),
            "from": self.world.bot_user(bot_id),
            "chat": chat.shown(),
            "date": self.world.clock.timestamp(),
            **self._replied(chat, given),
            **content,
        }
        if rows:
            message["reply_markup"] = {"inline_keyboard": rows}
        return self.world.put(chat, message, silent=given.get("disable_notification", False))

    def _replied(self, chat: Chat, given: Given) -> Given:
        reply = given.get("reply_parameters")
        if reply is None:
            return {}
        number = reply.get("message_id")
        if isinstance(number, int) and number in chat.messages:
            return {"reply_to_message": chat.messages[number]}
        if reply.get("allow_sending_without_reply") is True:
            return {}
        raise bad_request("message to be replied not found")

    def _there(self, given: Given, what: str) -> tuple[Chat, Given]:
        """A message that is still there, whoever wrote it."""
        if "chat_id" not in given or not given.get("message_id"):
            raise bad_request("message identifier is not specified")
        chat = self.world.chat_for_bot(given["chat_id"])
        message = chat.messages.get(given["message_id"])
        if message is None or chat.unseen[given["message_id"]]["deleted"]:
            raise bad_request(f"message to {what} not found")
        return chat, message

    def _own(self, given: Given) -> tuple[Chat, Given]:
        """A message of the bot's own that is still there."""
        chat, message = self._there(given, "edit")
        if not _is_own(message):
            raise bad_request("message can't be edited")
        return chat, message

    def edit_text(self, _bot_id: int, given: Given) -> Given:
        text, entities = checks.words(given, "text", checks.TEXT, "MESSAGE_TOO_LONG")
        chat, message = self._own(given)
        if "text" not in message:
            raise bad_request("there is no text in the message to edit")
        content: Given = {"text": text}
        if entities:
            content["entities"] = entities
        return self._edit(chat, message, given, content, {"text", "entities"})

    def edit_caption(self, _bot_id: int, given: Given) -> Given:
        content = self._caption(given)
        chat, message = self._own(given)
        if "photo" not in message and "document" not in message:
            raise bad_request("there is no caption in the message to edit")
        return self._edit(chat, message, given, content, {"caption", "caption_entities"})

    def edit_markup(self, _bot_id: int, given: Given) -> Given:
        chat, message = self._own(given)
        return self._edit(chat, message, given, {}, set())

    def edit_media(self, _bot_id: int, given: Given) -> Given:
        chat, message = self._own(given)
        content = self._album_part(given["media"], given)
        replaced = {"text", "entities", "photo", "document", "caption", "caption_entities"}
        return self._edit(chat, message, given, content, replaced)

    def _edit(
        self, chat: Chat, message: Given, given: Given, content: Given, replaced: set[str]
    ) -> Given:
        rows = checks.keyboard(given)
        changed = {name: value for name, value in message.items() if name not in replaced}
        changed.pop("reply_markup", None)
        changed |= content
        if rows:
            changed["reply_markup"] = {"inline_keyboard": rows}
        if changed == message:
            raise bad_request(
                "message is not modified: specified new message content and reply markup are exactly "
                "the same as a current content and reply markup of the message"
            )
        changed["edit_date"] = self.world.clock.timestamp()
        chat.messages[message["message_id"]] = changed
        self.world.changed(chat, message["message_id"])
        return changed

    def delete_message(self, _bot_id: int, given: Given) -> bool:
        """In a private chat also what the person wrote, as Telegram lets a bot that is no administrator."""
        chat, message = self._there(given, "delete")
        if chat.type != "private" and not _is_own(message):
            raise bad_request("message can't be deleted")
        age = self.world.clock.timestamp() - message["date"]
        if age > DELETABLE.total_seconds():
            raise bad_request("message can't be deleted for everyone")
        chat.unseen[message["message_id"]]["deleted"] = True
        self.world.tell("deleted", chat, message_id=message["message_id"])
        return True

    def answer_query(self, _bot_id: int, given: Given) -> bool:
        if len(given.get("text", "")) > checks.TOAST:
            raise bad_request("MESSAGE_TOO_LONG")
        query = self.world.queries.get(given["callback_query_id"])
        if query is None or self.world.clock.now() > query["until"]:
            raise bad_request(
                "query is too old and response timeout expired or query ID is invalid"
            )
        del self.world.queries[given["callback_query_id"]]
        self.world.tell(
            "callback_answer",
            self.world.chats[query["chat_id"]],
            callback_query_id=given["callback_query_id"],
            text=given.get("text", ""),
            show_alert=given.get("show_alert", False),
        )
        return True

    def get_file(self, _bot_id: int, given: Given) -> Given:
        stored = self.world.files.get(given["file_id"])
        if len(stored.content) > DOWNLOAD:
            raise bad_request("file is too big")
        ending = stored.name.rpartition(".")[2] or "bin"
        return {
            "file_id": stored.file_id,
            "file_unique_id": stored.unique_id,
            "file_size": len(stored.content),
            "file_path": f"files/{stored.file_id}.{ending}",
        }

    def set_commands(self, _bot_id: int, given: Given) -> bool:
        self.world.commands[self._scope(given)] = checks.commands(given["commands"])
        self._tell_commands()
        return True

    def get_commands(self, _bot_id: int, given: Given) -> list[dict[str, str]]:
        return self.world.commands.get(self._scope(given), [])

    def delete_commands(self, _bot_id: int, given: Given) -> bool:
        self.world.commands.pop(self._scope(given), None)
        self._tell_commands()
        return True

    def _tell_commands(self) -> None:
        for chat in self.world.chats.values():
            self.world.tell("commands", chat, commands=self.world.commands_for(chat))

    def _scope(self, given: Given) -> tuple[str, str]:
        scope = given.get("scope") or {"type": "default"}
        language = given.get("language_code", "")
        if scope.get("type") == "chat":
            return f"chat:{self.world.chat_for_bot(scope.get('chat_id')).id}", language
        kind = str(scope.get("type"))
        if kind in {"default", "all_private_chats", "all_group_chats"}:
            return kind, language
        raise bad_request("can't parse BotCommandScope: unsupported type specified")

    def set_description(self, _bot_id: int, given: Given) -> bool:
        if len(given.get("description", "")) > 512:
            raise bad_request("description is too long")
        return True

    def set_short_description(self, _bot_id: int, given: Given) -> bool:
        if len(given.get("short_description", "")) > 120:
            raise bad_request("short description is too long")
        return True

    def get_chat(self, _bot_id: int, given: Given) -> Given:
        return self.world.chat_for_bot(given["chat_id"]).shown() | {
            "accent_color_id": 0,
            "max_reaction_count": 11,
        }

    def leave_chat(self, _bot_id: int, given: Given) -> bool:
        chat = self.world.chat_for_bot(given["chat_id"])
        if chat.type == "private":
            raise bad_request("chat member status can't be changed in private chats")
        del self.world.chats[chat.id]
        return True


def _is_own(message: Given) -> bool:
    return bool(message["from"]["is_bot"]) and message["from"]["id"] != ANONYMOUS
