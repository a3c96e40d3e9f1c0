"""The people's side over HTTP: what the page uses, and what scripts may use to act as people."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.practice.journal import Journal
from bot.practice.people import People
from bot.practice.reading import form
from bot.practice.refusals import Refusal, bad_request
from bot.practice.routes import caught, plain, told
from bot.practice.world import BOT_ID, TOKEN, USERNAME, Chat, PracticePerson, PracticeWorld

PAGE = Path(__file__).parent / "page"
Given = dict[str, Any]


class Interface:
    """Routes below /practice, described in this folder's README."""

    def __init__(self, world: PracticeWorld, people: People, journal: Journal) -> None:
        self.world = world
        self.people = people
        self.journal = journal

    def add_to(self, app: web.Application) -> None:
        get, post = app.router.add_get, app.router.add_post
        get("/", self._page)
        app.router.add_static("/page/", PAGE)
        get("/practice/state", plain(self.state))
        get("/practice/people", plain(self.everybody))
        post("/practice/people", told(self.add_person))
        get("/practice/people/{id}/chats", plain(self.chats))
        get("/practice/people/{id}/queue", plain(self.queue))
        get("/practice/chats/{chat}/messages", plain(self.messages))
        get("/practice/events", caught(self.events))
        for action, handler in self._actions().items():
            post(f"/practice/people/{{id}}/{action}", told(handler))
        post("/practice/people/{id}/photos", caught(self.photos))
        post("/practice/people/{id}/document", caught(self.photos))
        post("/practice/groups", told(self.group))
        post("/practice/anonymous", told(self.anonymous))
        get("/practice/clock", plain(self.clock))
        post("/practice/clock", told(self.advance))
        get("/practice/requests", plain(self.requests))
        get("/practice/refusals", plain(lambda _request: self.journal.refusals()))
        get("/practice/invitations", plain(lambda _request: self.world.invitations))
        post("/practice/invitations", told(self.invite))
        get("/practice/files/{file}", self.file)
        post("/practice/migrate", told(self.migrate))
        get("/practice/troubles", plain(self.faults))
        post("/practice/troubles", told(self.trouble))
        app.router.add_delete("/practice/troubles", plain(self.end_faults))
        app.router.add_delete("/practice/troubles/{id}", plain(self.end_trouble))
        post("/practice/updates", told(self.inject))
        post("/practice/redeliver", told(self.redeliver))

    def _actions(self) -> dict[str, Callable[[int, Given], Any]]:
        people = self.people
        return {
            "say": lambda who, given: {
                "message": people.say(
                    who, _words(given), given.get("chat_id"), given.get("reply_to_message_id")
                )
            },
            "start": lambda who, given: {"message": people.start(who, given.get("payload", ""))},
            "send": lambda who, given: {"message": people.send(who, str(given.get("kind")), given)},
            "press": people.press,
            "press_unseen": lambda who, given: people.press_unseen(
                who, given["message_id"], given["data"]
            ),
            "edit": lambda who, given: people.edit(
                who, given.get("chat_id"), given["message_id"], _words(given)
            ),
            "forward": lambda who, given: people.forward(
                who, given.get("chat_id", who), given["message_ids"], given.get("to_chat_id")
            ),
            "block": lambda who, given: people.block(who, blocked=bool(given.get("blocked", True))),
            "deactivate": lambda who, _given: people.deactivate(who),
            "airplane": lambda who, given: people.airplane(who, on=bool(given.get("on", True))),
        }

    async def _page(self, _request: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGE / "index.html", headers={"Cache-Control": "no-store"})

    def state(self, _request: web.Request) -> Given:
        return {
            "bot": {"id": BOT_ID, "username": USERNAME, "token": TOKEN, "first_name": "Ấm Bản"},
            "clock": self.world.clock.now().isoformat(),
            "people": self.everybody(_request),
            "chats": [
                {**chat.shown(), "members": chat.members, "commands": self.world.commands_for(chat)}
                for chat in self.world.chats.values()
            ],
        }

    def everybody(self, _request: web.Request) -> list[Given]:
        return [_shown(person) for person in self.world.people.values()]

    def add_person(self, _who: int, given: Given) -> Given:
        person_id = int(given.get("id") or 710_000 + self.world.number())
        if person_id in self.world.chats:
            raise bad_request("there is somebody with this id already")
        name = str(given["first_name"])
        person = PracticePerson(
            person_id,
            name,
            str(given.get("label") or name),
            str(given.get("language_code", "vi")),
            str(given.get("last_name", "")),
            str(given.get("username", "")),
        )
        self.world.add(person)
        self.world.tell("people", None, person=person_id)
        return _shown(person)

    def chats(self, request: web.Request) -> list[Given]:
        who = int(request.match_info["id"])
        return [
            {"id": chat.id, "type": chat.type, "title": self._title(chat)}
            for chat in self.world.chats.values()
            if who in chat.members
        ]

    def _title(self, chat: Chat) -> str:
        return "Ấm Bản" if chat.type == "private" else chat.title

    def queue(self, request: web.Request) -> Given:
        return {"queued": len(self.people.person(int(request.match_info["id"])).queued)}

    def messages(self, request: web.Request) -> list[Given]:
        chat = self.world.chats.get(int(request.match_info["chat"]))
        after = int(request.query.get("after", 0))
        if chat is None:
            raise bad_request("chat not found")
        return [
            self.world.on_page(chat, number) for number in sorted(chat.messages) if number > after
        ]

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: what happens, as it happens, to one person or to everybody."""
        person = int(request.query["person"]) if "person" in request.query else None
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        # A page that was closed is no mistake.
        with self.world.subscription(person) as queue, suppress(ConnectionError):
            await response.write(b": listening\n\n")
            while (event := await queue.get())["event"] != "closed":
                data = json.dumps(event, ensure_ascii=False)
                await response.write(f"event: {event['event']}\ndata: {data}\n\n".encode())
        return response

    async def photos(self, request: web.Request) -> web.Response:
        who = int(request.match_info["id"])
        given = await form(request)
        pictures = [
            (field.filename, field.file.read(), field.content_type)
            for field in [*given.getall("photo", []), *given.getall("document", [])]
            if isinstance(field, web.FileField)
        ]
        chat_id = int(str(given["chat_id"])) if given.get("chat_id") else None
        as_file = request.path.endswith("/document") or given.get("as_file") in {"1", "true"}
        self.people.person(who)
        kept = await asyncio.to_thread(self.people.decoded, pictures, as_file=as_file)
        sent = self.people.album(who, kept, str(given.get("caption", "")), chat_id)
        return web.json_response({"messages": sent})

    def group(self, _who: int, given: Given) -> Given:
        return self.people.group(str(given["title"]), [int(one) for one in given["members"]])

    def migrate(self, _who: int, given: Given) -> Given:
        return self.people.migrate(int(given["chat_id"]))

    def anonymous(self, _who: int, given: Given) -> Given:
        return self.people.anonymous(int(given["chat_id"]), _words(given))

    def clock(self, _request: web.Request) -> Given:
        return {"now": self.world.clock.now().isoformat()}

    def advance(self, _who: int, given: Given) -> Given:
        return self.people.advance(float(given["advance"]))

    def requests(self, request: web.Request) -> list[Given]:
        after = int(request.query.get("after", 0))
        return self.journal.requests(request.query.get("method", ""), after)

    def faults(self, request: web.Request) -> Given:
        injection = self.world.injection
        after = int(request.query.get("after", 0))
        return {
            "set": [one.shown() for one in injection.standing()],
            "done": injection.done[after:],
        }

    def trouble(self, _who: int, given: Given) -> Given:
        return self.world.injection.begin(given).shown()

    def end_trouble(self, request: web.Request) -> Given:
        return self.world.injection.end(int(request.match_info["id"])).shown()

    def end_faults(self, _request: web.Request) -> Given:
        self.world.injection.end_all()
        return {"set": []}

    def invite(self, _who: int, given: Given) -> Given:
        invitation = {
            "label": str(given["label"]),
            "payload": str(given["payload"]),
            "person": given.get("person"),
        }
        self.world.invitations.append(invitation)
        self.world.tell("invitations", None)
        return invitation

    async def file(self, request: web.Request) -> web.Response:
        try:
            stored = self.world.files.get(request.match_info["file"])
        except Refusal as refusal:
            return web.json_response({"why": refusal.description}, status=404)
        # Whatever people upload is never run as a page of ours.
        headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
        return web.Response(body=stored.content, content_type=stored.mime_type, headers=headers)

    def inject(self, _who: int, given: Given) -> Given:
        for updates in self.world.updates.values():
            updates.put_raw(given)
        return {"queued": True}

    def redeliver(self, _who: int, given: Given) -> Given:
        for updates in self.world.updates.values():
            for update_id in given["update_ids"]:
                updates.put_raw(updates.delivered[int(update_id)])
        return {"queued": True}


def _words(given: Given) -> str:
    if not isinstance(given.get("text"), str):
        raise bad_request("text is needed")
    return str(given["text"])


def _shown(person: PracticePerson) -> Given:
    return {
        "id": person.id,
        "label": person.label,
        "first_name": person.first_name,
        "blocked": person.blocked,
        "deactivated": person.deactivated,
        "airplane": person.airplane,
        "queued": len(person.queued),
        "started": person.started,
    }
