"""Whatever is asked of the practice Telegram, it answers, as Telegram does: with a result or with a reason."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.practice.server import Practice, running
from bot.practice.specification import METHODS
from bot.practice.world import TOKEN
from tests.bot.practice.test_specification import picture

LAN = 700001
TEXT = st.text(st.characters(), max_size=6) | st.sampled_from(
    ["", "@x", "HTML", "<b>", "&", "typing", "attach://a", "\ud83d", "\x00", "1e999", "-0", "photo"]
)
PLAIN = (
    st.none()
    | st.booleans()
    | st.sampled_from([LAN, -1, 0, 2**70, 10**25])
    | st.integers()
    | st.floats()
    | TEXT
)
NAMES = st.sampled_from(
    ["inline_keyboard", "text", "callback_data", "url", "type", "media", "caption", "parse_mode",
     "command", "description", "message_id", "chat_id", "allow_sending_without_reply", "\ud83d"]
)  # fmt: skip
JSON = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
KEYBOARD = st.lists(st.lists(st.dictionaries(NAMES, JSON, max_size=3), max_size=2), max_size=2)
MEDIA = st.lists(
    st.fixed_dictionaries({"type": st.just("photo"), "media": JSON}, optional={"caption": JSON}),
    max_size=3,
)
LIKELY: dict[str, st.SearchStrategy[Any]] = {
    "chat_id": st.just(LAN),
    "reply_markup": KEYBOARD.map(lambda rows: {"inline_keyboard": rows}),
    "media": MEDIA,
    "parse_mode": st.sampled_from(["HTML", "html", "none", "Markdown"]),
    "commands": st.lists(st.dictionaries(NAMES, JSON, max_size=2), max_size=2),
    "scope": st.dictionaries(NAMES, JSON, max_size=2),
    "reply_parameters": st.dictionaries(NAMES, JSON, max_size=2),
}
NOT_FUZZED = {"timeout"}
"""A poll may wait; how long is no matter of right and wrong."""
TYPES = st.sampled_from(
    ["application/json", "application/json; charset=x", "application/json; charset=utf-16",
     "multipart/form-data", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded",
     "application/x-www-form-urlencoded; charset=x", "image/png", "text/plain", "nonsense"]
)  # fmt: skip
PART = b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a"\r\n\r\n%s\r\n--x--\r\n'
BODIES = (
    st.binary(max_size=30)
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.binary(max_size=30).map(lambda content: PART % content)
    | st.sampled_from([b"[" * 100_000, b"--x\r\n", b"%ff=%ff", b'{"text": "\xff"}', b"9" * 5000])
)
PATHS = [
    "/practice/people", f"/practice/people/{LAN}/say", f"/practice/people/{LAN}/photos",
    f"/practice/people/{LAN}/press", f"/practice/people/{LAN}/edit",
    f"/practice/people/{LAN}/forward", f"/practice/people/{LAN}/send", "/practice/people/x/start",
    "/practice/people/1/document", f"/practice/people/{LAN}/press_unseen", "/practice/groups",
    "/practice/anonymous", "/practice/migrate", "/practice/clock", "/practice/invitations",
    "/practice/redeliver", "/practice/text/phones", "/practice/text/phones/+84000000006/say",
    "/practice/text/phones/+84000000006/pictures", "/text/messages", "/text/pictures",
]  # fmt: skip


class Caller:
    """One line to a practice Telegram that runs in a thread of its own."""

    def __init__(self, line: http.client.HTTPConnection) -> None:
        self._line = line

    def __call__(
        self, method: str, path: str, body: bytes | None = None, kind: str = "application/json"
    ) -> tuple[int, Any]:
        self._line.request(method, path, body, {"Content-Type": kind} if body is not None else {})
        answer = self._line.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content else None


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    """A world in which cô Lan has begun, and knows one card with a photo."""
    practice, ready, done = Practice(), threading.Event(), asyncio.Event()
    told: list[Any] = []

    async def serve() -> None:
        async with running(practice) as address:
            told.extend((address, asyncio.get_running_loop()))
            practice.people.start(LAN)
            practice.people.photos(LAN, [("a.png", picture(), "image/png")])
            ready.set()
            await done.wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert ready.wait(10)
    line = http.client.HTTPConnection(urlsplit(told[0]).netloc, timeout=20)
    yield Caller(line)
    line.close()
    told[1].call_soon_threadsafe(done.set)
    thread.join(10)


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A method, and for each of its parameters nothing, something likely, or anything at all."""
    method = draw(st.sampled_from(sorted(METHODS)))
    asked = {}
    for name in sorted(METHODS[method].takes.keys() - NOT_FUZZED):
        likely = LIKELY.get(name, TEXT)
        chosen = draw(st.sampled_from(["likely", "likely", "anything", "nothing"]))
        if chosen != "nothing":
            asked[name] = draw(likely if chosen == "likely" else JSON)
    if draw(st.integers(0, 9)) == 0:
        asked |= draw(st.dictionaries(TEXT, JSON, max_size=1))
    return method, asked


def reasonable(status: int, told: Any) -> None:
    assert status < 500, told
    assert isinstance(told, dict)
    assert told["ok"] is (status == 200)
    if status != 200:
        assert told["error_code"] == status
        assert told["description"]


@settings(max_examples=400)
@given(requests())
@example(("sendMessage", {"chat_id": LAN, "text": "x", "reply_markup": {"inline_keyboard": [[{"text": "\ud83d", "callback_data": "\ud83d"}]]}}))  # fmt: skip
@example(("setMyCommands", {"commands": [{"command": "a", "description": "\ud83d"}]}))
@example(("setMyCommands", {"commands": [{"command": "a", "description": ["a"]}]}))
@example(("leaveChat", {"chat_id": "\ud83d"}))
def test_every_method_answers_whatever_it_is_given(
    caller: Caller, asked: tuple[str, dict[str, Any]]
) -> None:
    method, parameters = asked
    body = json.dumps(parameters).encode()
    reasonable(*caller("POST", f"/bot{TOKEN}/{method}", body))


@settings(max_examples=200)
@given(st.sampled_from(sorted(METHODS)), BODIES, TYPES, st.binary(max_size=4))
@example("sendMessage", b"x", "application/x-www-form-urlencoded; charset=x", b"")
@example("sendMessage", b"[" * 100_000, "application/json", b"")
@example("sendPhoto", PART % b"\x89PNG\r\n\x1a\n", "multipart/form-data; boundary=x", b"")
def test_every_body_is_read_or_refused(
    caller: Caller, method: str, body: bytes, kind: str, query: bytes
) -> None:
    reasonable(*caller("POST", f"/bot{TOKEN}/{method}?limit={quote(query)}", body, kind))


@settings(max_examples=300)
@given(st.sampled_from(PATHS), BODIES, TYPES)
@example("/practice/groups", b'{"title": "a", "members": []}', "application/json")
@example("/practice/clock", b'{"advance": NaN}', "application/json")
@example("/practice/people", b'{"first_name": "a", "id": 1e999}', "application/json")
@example("/practice/redeliver", b"[" * 100_000, "application/json")
def test_what_people_and_scripts_send_is_done_or_refused(
    caller: Caller, path: str, body: bytes, kind: str
) -> None:
    status, told = caller("POST", path, body, kind)
    assert status < 500, told
    if status != 200:
        assert told["why"]


@pytest.mark.parametrize("path", ["/practice/events?person=x", "/practice/requests?after=x",
                                  "/text/messages?after=x", "/practice/chats/x/messages",
                                  "/practice/troubles?after=1e9", "/practice/files/x"])  # fmt: skip
def test_a_question_that_makes_no_sense_is_refused(caller: Caller, path: str) -> None:
    status, told = caller("GET", path)
    assert 400 <= status < 500
    assert told["why"]
