"""What people do in the practice world: their side of the chats, which becomes the bot's updates."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bot.practice.bot_api import QUERY_LIFETIME
from bot.practice.refusals import Refusal, bad_request
from bot.practice.world import ANONYMOUS, BOT_ID, Chat, PracticePerson, PracticeWorld

Given = dict[str, Any]
COMMAND = re.compile(r"/[A-Za-z0-9_]{1,64}(@\w+)?", re.ASCII)
STICKER: Given = {
    "type": "regular",
    "width": 512,
    "height": 512,
    "is_animated": False,
    "is_video": False,
    "emoji": "🌱",
}


class People:
    """Everything a person can do with a phone."""

    def __init__(self, world: PracticeWorld) -> None:
        self.world = world

    def person(self, person_id: int) -> PracticePerson:
        try:
            return self.world.people[person_id]
        except KeyError:
            raise bad_request("person not found") from None

    def _chat(self, person: PracticePerson, chat_id: int | None) -> Chat:
        chat = self.world.chats.get(chat_id or person.id)
        if chat is None or person.id not in chat.members:
            raise bad_request("chat not found")
        return chat

    def _soon(self, person: PracticePerson, act: Callable[[], Given]) -> Given:
        """At once, or when the phone has a network again."""
        if not person.airplane:
            return act()
        person.queued.append(act)
        self.world.tell("people", None, person=person.id, queued=len(person.queued))
        return {"queued": len(person.queued)}

    def _arrives(self, person: PracticePerson, chat: Chat, content: Given) -> Given:
        """A message reaches Telegram: its date is now, and the bot gets an update."""
        if chat.type == "private":
            person.started = True
            if person.blocked:
                self.block(person.id, blocked=False)
        command = COMMAND.match(content.get("text", ""))
        if command:
            entity = {"type": "bot_command", "offset": 0, "length": command.end()}
            content = {**content, "entities": [entity]}
        message = self.world.message(chat, person.user(), content)
        for updates in self.world.updates.values():
            updates.put("message", message)
        return message

    def say(
        self, person_id: int, text: str, chat_id: int | None = None, reply_to: int | None = None
    ) -> Given:
        person = self.person(person_id)
        chat = self._chat(person, chat_id)
        if not text.strip() or len(text) > 4096:
            raise bad_request("a message has 1 to 4096 characters")
        content: Given = {"text": text.strip()}
        if reply_to in chat.messages:
            content["reply_to_message"] = chat.messages[reply_to]
        return self._soon(person, lambda: self._arrives(person, chat, content))

    def start(self, person_id: int, payload: str = "") -> Given:
        return self.say(person_id, f"/start {payload}".strip())

    def photos(
        self,
        person_id: int,
        pictures: list[tuple[str, bytes, str]],
        caption: str = "",
        chat_id: int | None = None,
        *,
        as_file: bool = False,
    ) -> list[Given]:
        """One photo, or an album: each photo is a message of its own. A media group."""
        kept = self.decoded(pictures, as_file=as_file)
        return self.album(person_id, kept, caption, chat_id)

    def decoded(self, pictures: list[tuple[str, bytes, str]], *, as_file: bool) -> list[Given]:
        """What Telegram makes of files; slow for large photos, and safe in a thread of its own."""
        if not 1 <= len(pictures) <= 10:
            raise bad_request("1 to 10 photos at a time")
        files = self.world.files
        if as_file:
            return [
                {"document": files.document(content, name, mime_type)}
                for name, content, mime_type in pictures
            ]
        return [{"photo": files.photo(content)} for _name, content, _mime_type in pictures]

    def album(
        self, person_id: int, kept: list[Given], caption: str = "", chat_id: int | None = None
    ) -> list[Given]:
        person = self.person(person_id)
        chat = self._chat(person, chat_id)
        album = {"media_group_id": str(self.world.number())} if len(kept) > 1 else {}
        contents = []
        for place, one in enumerate(kept):
            words = {"caption": caption[:1024]} if caption and place == 0 else {}
            contents.append({**one, **words, **album})
        return [
            self._soon(person, lambda content=content: self._arrives(person, chat, content))  # type: ignore[misc]
            for content in contents
        ]

    def send(self, person_id: int, kind: str, given: Given) -> Given:
        """Something that is neither words nor a photo."""
        person = self.person(person_id)
        chat = self._chat(person, given.get("chat_id"))
        content = {**self._special(kind, person)}
        if given.get("caption"):
            content["caption"] = given["caption"]
        return self._soon(person, lambda: self._arrives(person, chat, content))

    def _special(self, kind: str, person: PracticePerson) -> Given:
        stored = self.world.files.keep(
            f"practice {kind}".encode(), kind, "application/octet-stream"
        )
        file = {
            "file_id": stored.file_id,
            "file_unique_id": stored.unique_id,
            "file_size": len(stored.content),
        }
        sized = {**file, "width": 320, "height": 320, "duration": 3}
        known: dict[str, Given] = {
            "sticker": {**file, **STICKER},
            "voice": {**file, "duration": 3, "mime_type": "audio/ogg"},
            "audio": {**file, "duration": 3, "mime_type": "audio/mpeg"},
            "video": {**sized, "mime_type": "video/mp4"},
            "video_note": {**file, "length": 240, "duration": 3},
            "animation": {**sized, "mime_type": "video/mp4"},
            "location": {"latitude": 22.99, "longitude": 105.71},
            "contact": {"phone_number": "+84000000000", "first_name": person.first_name},
            "dice": {"emoji": "🎲", "value": 4},
        }
        if kind not in known:
            raise bad_request(f"kind must be one of: {', '.join(known)}")
        content: Given = {kind: known[kind]}
        if kind == "animation":
            content["document"] = {**file, "mime_type": "video/mp4"}
        return content

    def press(self, person_id: int, given: Given) -> Given:
        """A button is pressed; without a network that fails at once, since taps do not queue. A callback query."""
        person = self.person(person_id)
        if person.airplane:
            raise Refusal("Conflict: no network: a button cannot be pressed", 409)
        chat, message, button = self._button(person, given)
        if "url" in button:
            return {"url": button["url"]}
        return self._pressed(person, chat, message, button["callback_data"])

    def _button(self, person: PracticePerson, given: Given) -> tuple[Chat, Given, Given]:
        chat = self._chat(person, given.get("chat_id"))
        wanted = given.get("message_id")
        for message_id in sorted(chat.messages, reverse=True):
            if wanted not in {None, message_id} or chat.unseen[message_id]["deleted"]:
                continue
            message = chat.messages[message_id]
            for row in message.get("reply_markup", {}).get("inline_keyboard", []):
                for button in row:
                    data = button.get("callback_data")
                    if given.get("label") == button["text"] or (data and given.get("data") == data):
                        return chat, message, button
        raise Refusal("Conflict: there is no such button", 409)

    def press_unseen(self, person_id: int, message_id: int, data: str) -> Given:
        """A press on a button that is no longer shown, as an old phone may send it."""
        person = self.person(person_id)
        chat = self._chat(person, None)
        return self._pressed(person, chat, chat.messages[message_id], data)

    def _pressed(self, person: PracticePerson, chat: Chat, message: Given, data: str) -> Given:
        query_id = str(self.world.number()) + str(person.id)
        query = {
            "id": query_id,
            "from": person.user(),
            "message": message,
            "chat_instance": str(chat.id),
            "data": data,
        }
        until = self.world.clock.now() + QUERY_LIFETIME
        self.world.queries[query_id] = {"chat_id": chat.id, "until": until}
        for updates in self.world.updates.values():
            updates.put("callback_query", query)
        return {"callback_query_id": query_id}

    def edit(self, person_id: int, chat_id: int | None, message_id: int, text: str) -> Given:
        person = self.person(person_id)
        chat = self._chat(person, chat_id)
        message = chat.messages.get(message_id)
        if message is None or message["from"]["id"] != person_id or "text" not in message:
            raise bad_request("only a person's own words can be changed")

        def act() -> Given:
            changed = {**message, "text": text, "edit_date": self.world.clock.timestamp()}
            chat.messages[message_id] = changed
            self.world.changed(chat, message_id)
            for updates in self.world.updates.values():
                updates.put("edited_message", changed)
            return changed

        return self._soon(person, act)

    def forward(
        self, person_id: int, chat_id: int, message_ids: list[int], to: int | None
    ) -> list[Given]:
        person = self.person(person_id)
        source, target = self._chat(person, chat_id), self._chat(person, to)
        sent = []
        for message_id in message_ids:
            message = source.messages.get(message_id)
            if message is None:
                raise bad_request("message to forward not found")
            kept: Given = {
                name: message[name]
                for name in ("text", "entities", "photo", "document", "caption")
                if name in message
            }
            origin = {"type": "user", "date": message["date"], "sender_user": message["from"]}
            content: Given = {**kept, "forward_origin": origin}
            sent.append(
                self._soon(person, lambda content=content: self._arrives(person, target, content))  # type: ignore[misc]
            )
        return sent

    def block(self, person_id: int, *, blocked: bool) -> Given:
        person = self.person(person_id)
        if person.blocked == blocked:
            return {"blocked": blocked}
        person.blocked = blocked
        bot = self.world.bot_user()
        member, kicked = (
            {"user": bot, "status": "member"},
            {"user": bot, "status": "kicked", "until_date": 0},
        )
        change = {
            "chat": self.world.chats[person_id].shown(),
            "from": person.user(),
            "date": self.world.clock.timestamp(),
            "old_chat_member": member if blocked else kicked,
            "new_chat_member": kicked if blocked else member,
        }
        for updates in self.world.updates.values():
            updates.put("my_chat_member", change)
        self.world.tell("people", None, person=person_id, blocked=blocked)
        return {"blocked": blocked}

    def deactivate(self, person_id: int) -> Given:
        self.person(person_id).deactivated = True
        return {"deactivated": True}

    def airplane(self, person_id: int, *, on: bool) -> Given:
        """Without a network everything waits in the phone; with it, it leaves in order."""
        person = self.person(person_id)
        person.airplane = on
        if not on:
            queued, person.queued = person.queued, []
            for act in queued:
                act()
        self.world.tell("people", None, person=person_id, airplane=on, queued=len(person.queued))
        return {"airplane": on, "queued": len(person.queued)}

    def group(self, title: str, members: list[int]) -> Given:
        chat = self.world.group(title, [self.person(one).id for one in members])
        bot = self.world.bot_user(BOT_ID)
        change = {
            "chat": chat.shown(),
            "from": self.person(members[0]).user(),
            "date": self.world.clock.timestamp(),
            "old_chat_member": {"user": bot, "status": "left"},
            "new_chat_member": {"user": bot, "status": "member"},
        }
        for updates in self.world.updates.values():
            updates.put("my_chat_member", change)
        self.world.tell("people", chat)
        return chat.shown()

    def migrate(self, chat_id: int) -> Given:
        """A group becomes a supergroup: both say so, and the bot hears it from both."""
        group = self.world.chats.get(chat_id)
        if group is None or group.type != "group" or group.migrated_to is not None:
            raise bad_request("only a group can become a supergroup")
        by = self.person(group.members[0]).user()
        chat = self.world.supergroup(group)
        for place, content in (
            (group, {"migrate_to_chat_id": chat.id}),
            (chat, {"migrate_from_chat_id": group.id}),
        ):
            message = self.world.message(place, by, content)
            for updates in self.world.updates.values():
                updates.put("message", message)
        self.world.tell("people", chat)
        return chat.shown()

    def anonymous(self, chat_id: int, text: str) -> Given:
        """An administrator writes in the name of the group."""
        chat = self.world.chats.get(chat_id)
        if chat is None or chat.type == "private":
            raise bad_request("chat not found")
        sender = {
            "id": ANONYMOUS,
            "is_bot": True,
            "first_name": "Group",
            "username": "GroupAnonymousBot",
        }
        message = self.world.message(chat, sender, {"text": text, "sender_chat": chat.shown()})
        for updates in self.world.updates.values():
            updates.put("message", message)
        return message

    def advance(self, seconds: float) -> Given:
        if not 0 <= seconds <= 366 * 24 * 3600:
            raise bad_request("the clock only moves forward, by a year at most")
        self.world.clock.advance(timedelta(seconds=seconds))
        self.world.tell("clock", None, now=self.world.clock.now().isoformat())
        return {"now": self.world.clock.now().isoformat()}
