"""A practice world outlives its program: people, chats, messages and files go on where they were. Snapshots on disk."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.practice.files import StoredFile
from bot.practice.server import Practice
from bot.practice.text_gateway import LeftDocument, TextPhone
from bot.practice.world import BOT_ID, Chat, PracticePerson

FORMAT = 1
"""To be counted up when what is written changes its shape; other shapes are set aside, not guessed at."""
PAUSE = 0.5
"""Seconds in which several things that happen are written down together."""
Given = dict[str, Any]


@asynccontextmanager
async def kept(practice: Practice, folder: Path) -> AsyncIterator[None]:
    """What the folder holds comes back, and what happens while the context lasts is written there."""
    _restore(practice, folder)
    with practice.world.subscription(None) as happened:
        writing = asyncio.create_task(_write_on(practice, folder, happened))
        try:
            yield
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            _write_if_new(practice, folder, happened)


async def _write_on(practice: Practice, folder: Path, happened: asyncio.Queue[Given]) -> None:
    while True:
        first = await happened.get()
        happened.put_nowait(first)
        await asyncio.sleep(PAUSE)
        _write_if_new(practice, folder, happened)


def _write_if_new(practice: Practice, folder: Path, happened: asyncio.Queue[Given]) -> None:
    if happened.empty():
        return
    while not happened.empty():
        happened.get_nowait()
    # A full disk does not end the practice; it is only remembered less of.
    with suppress(OSError):
        _write(practice, folder)


def _write(practice: Practice, folder: Path) -> None:
    world, text, files = practice.world, practice.text, practice.world.files
    folder.mkdir(parents=True, exist_ok=True)
    bytes_of = {one.file_id: one.content for one in files.by_id.values()}
    left = {name: one[0] for name, one in text.pictures.items()}
    left |= {place: one.content for place, one in text.documents.items()}
    for name, content in (bytes_of | left).items():
        if not (folder / name).exists():
            _whole(folder / name, content)
    everything = {
        "format": FORMAT,
        "ahead": world.clock.ahead.total_seconds(),
        "people": [_plain(one, "queued") for one in world.people.values()],
        "chats": [_plain(one) for one in world.chats.values()],
        "commands": [[*key, listed] for key, listed in world.commands.items()],
        "files": [_plain(one, "content") for one in files.by_id.values()],
        "sizes": files.sizes,
        "updates": [[one.update, one.until.isoformat()] for one in world.updates[BOT_ID].pending()],
        "phones": [_plain(one) for one in text.phones.values()],
        "texts": text.waiting,
        "pictures": {name: kind for name, (_content, kind) in text.pictures.items()},
        "documents": {place: _plain(one, "content") for place, one in text.documents.items()},
    }
    _whole(folder / "world.json", json.dumps(everything).encode())


def _whole(path: Path, content: bytes) -> None:
    """A program that dies leaves the old file or the new one, never half of it."""
    half = path.with_name(f"{path.name}.new")
    half.write_bytes(content)
    half.replace(path)


def _plain(one: Any, *without: str) -> Given:
    names = [field.name for field in fields(one) if field.name not in without]
    return {name: getattr(one, name) for name in names}


def _restore(practice: Practice, folder: Path) -> None:
    path = folder / "world.json"
    if not path.exists():
        return
    try:
        told = json.loads(path.read_bytes())
        if told.pop("format") != FORMAT:
            raise ValueError("another format")
        again = _Again(folder, **told)
    except (ValueError, KeyError, TypeError, OSError):
        path.replace(folder / "world.unreadable.json")
    else:
        again.put_into(practice)


class _Again:
    """What was written, read to its end before anything of it is used."""

    def __init__(self, folder: Path, **told: Any) -> None:
        def content(name: str) -> bytes:
            return (folder / name).read_bytes()

        self.ahead = timedelta(seconds=told["ahead"])
        self.people = [PracticePerson(**one) for one in told["people"]]
        self.chats = [_chat(one) for one in told["chats"]]
        self.commands = {(scope, code): listed for scope, code, listed in told["commands"]}
        self.files = [StoredFile(**one, content=content(one["file_id"])) for one in told["files"]]
        self.sizes = dict(told["sizes"])
        self.updates = [(one, datetime.fromisoformat(until)) for one, until in told["updates"]]
        self.phones = [TextPhone(**one) for one in told["phones"]]
        self.texts = list(told["texts"])
        self.pictures = {name: (content(name), kind) for name, kind in told["pictures"].items()}
        # Worlds from before documents could be left hold none.
        self.documents = {
            place: LeftDocument(**one, content=content(place))
            for place, one in told.get("documents", {}).items()
        }

    def put_into(self, practice: Practice) -> None:
        world, text = practice.world, practice.text
        world.clock.advance(self.ahead)
        world.people |= {one.id: one for one in self.people}
        world.chats |= {one.id: one for one in self.chats}
        world.commands |= self.commands
        world.files.by_id |= {one.file_id: one for one in self.files}
        world.files.sizes |= self.sizes
        for update, until in self.updates:
            world.updates[BOT_ID].put_raw(update, until - world.clock.now())
        text.phones |= {one.number: one for one in self.phones}
        text.waiting += self.texts
        text.pictures |= self.pictures
        text.documents |= self.documents


def _chat(told: Given) -> Chat:
    """JSON has only words for the names of things."""
    for part in ("messages", "unseen"):
        told[part] = {int(number): one for number, one in told[part].items()}
    return Chat(**told)
