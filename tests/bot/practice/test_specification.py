"""The practice Telegram and an installable specification of the Bot API agree on every method."""

from __future__ import annotations

import importlib
import io
import types
import typing
from typing import Any

import aiohttp
import pytest
from hypothesis import given as given_by_hypothesis
from hypothesis import settings
from hypothesis import strategies as st
from PIL import Image

from bot.practice.server import Practice, running
from bot.practice.specification import METHODS, Type
from bot.practice.world import TOKEN

LAN = 700001
FIELDS = "type media caption chat_id message_id command description text inline_keyboard url"
NAMES = st.sampled_from([*FIELDS.split(), "callback_data", "parse_mode"])


def model_of(method: str) -> Any:
    # Its hundreds of models take seconds to load, which only who asks for one should pay.
    models = importlib.import_module("aiogram.methods")
    return getattr(models, method[0].upper() + method[1:])


def picture() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(written, "PNG")
    return written.getvalue()


@pytest.mark.parametrize("method", sorted(METHODS))
def test_every_parameter_is_practised_or_refused_by_name(method: str) -> None:
    fields = set(model_of(method).model_fields)
    # The model keeps names for older versions that Telegram no longer documents.
    known = set(METHODS[method].takes) | METHODS[method].unpractised
    assert known == fields


@pytest.mark.parametrize("method", sorted(METHODS))
def test_what_is_required_is_required(method: str) -> None:
    required = {
        name for name, field in model_of(method).model_fields.items() if field.is_required()
    }
    assert METHODS[method].required == required


def leaves(annotation: Any) -> set[Any]:
    """The plain types that an annotation allows."""
    origin = typing.get_origin(annotation)
    if origin in {typing.Union, types.UnionType}:
        return set().union(*(leaves(one) for one in typing.get_args(annotation)))
    return {origin or annotation}


EXPECTED: dict[Type, set[Any]] = {
    Type.INTEGER: {int},
    Type.STRING: {str},
    Type.BOOLEAN: {bool},
    Type.CHAT: {int, str},
    Type.ARRAY: {list},
}


@pytest.mark.parametrize("method", sorted(METHODS))
def test_every_parameter_has_the_type_it_has_in_the_specification(method: str) -> None:
    for name, kind in METHODS[method].takes.items():
        allowed = leaves(model_of(method).model_fields[name].annotation) - {type(None)}
        allowed = {one for one in allowed if getattr(one, "__name__", "") != "Default"}
        if kind in EXPECTED:
            plain = {one for one in allowed if one in {int, str, bool, list}}
            # Moments and time spans are numbers on the wire.
            assert plain >= EXPECTED[kind] or plain & EXPECTED[kind], (method, name, allowed)
        elif kind is Type.FILE:
            assert str in allowed, (method, name, allowed)
        else:
            assert not allowed & {int, str, bool}, (method, name, allowed)


class Caller:
    """Sends requests as a bot does."""

    def __init__(self, practice: Practice, address: str, web: aiohttp.ClientSession) -> None:
        self.practice = practice
        self.address = address
        self.web = web

    async def __call__(self, method: str, **given: Any) -> dict[str, Any]:
        async with self.web.post(f"{self.address}/bot{TOKEN}/{method}", json=given) as answer:
            return dict(await answer.json())


@pytest.fixture
async def call() -> typing.AsyncIterator[Caller]:
    practice = Practice()
    practice.people.say(LAN, "chào")
    async with running(practice) as address, aiohttp.ClientSession() as web:
        yield Caller(practice, address, web)


async def valid(call: Caller, method: str) -> dict[str, Any]:
    """Parameters with which the method succeeds."""
    photo = call.practice.people.photos(LAN, [("a.png", picture(), "image/png")])
    file_id = photo[0]["photo"][-1]["file_id"]
    file = call.practice.people.photos(LAN, [("a.png", picture(), "image/png")], as_file=True)
    document_id = file[0]["document"]["file_id"]
    sent = await call("sendMessage", chat_id=LAN, text="a")
    shown = await call("sendPhoto", chat_id=LAN, photo=file_id)
    group = call.practice.people.group("Nhóm", [LAN])
    button = {"inline_keyboard": [[{"text": "b", "callback_data": "c"}]]}
    pressed = await call("sendMessage", chat_id=LAN, text="press", reply_markup=button)
    query = call.practice.people.press(
        LAN, {"label": "b", "message_id": pressed["result"]["message_id"]}
    )
    media = {"type": "photo", "media": file_id}
    known: dict[str, dict[str, Any]] = {
        "setWebhook": {"url": "https://example.org/hook"},
        "sendMessage": {"chat_id": LAN, "text": "<b>x</b>", "parse_mode": "HTML"},
        "sendPhoto": {"chat_id": LAN, "photo": file_id, "caption": "c"},
        "sendDocument": {"chat_id": LAN, "document": document_id},
        "sendMediaGroup": {"chat_id": LAN, "media": [media, media]},
        "sendChatAction": {"chat_id": LAN, "action": "typing"},
        "editMessageText": {
            "chat_id": LAN,
            "message_id": sent["result"]["message_id"],
            "text": "b",
        },
        "editMessageCaption": {
            "chat_id": LAN,
            "message_id": shown["result"]["message_id"],
            "caption": "new",
        },
        "editMessageReplyMarkup": {
            "chat_id": LAN,
            "message_id": sent["result"]["message_id"],
            "reply_markup": button,
        },
        "editMessageMedia": {
            "chat_id": LAN,
            "message_id": shown["result"]["message_id"],
            "media": {**media, "caption": "other"},
        },
        "deleteMessage": {"chat_id": LAN, "message_id": sent["result"]["message_id"]},
        "answerCallbackQuery": {"callback_query_id": query["callback_query_id"], "text": "ok"},
        "getFile": {"file_id": file_id},
        "setMyCommands": {"commands": [{"command": "start", "description": "Home"}]},
        "getChat": {"chat_id": LAN},
        "leaveChat": {"chat_id": group["id"]},
    }
    return known.get(method, {})


@pytest.mark.parametrize("method", sorted(METHODS))
async def test_a_valid_request_is_taken_by_both(call: Caller, method: str) -> None:
    given = await valid(call, method)
    model_of(method)(**given)
    answer = await call(method, **given)
    assert answer["ok"], answer


@pytest.mark.parametrize("method", sorted(METHODS))
async def test_a_request_without_what_is_required_is_taken_by_neither(
    call: Caller, method: str
) -> None:
    given = await valid(call, method)
    for name in METHODS[method].required:
        broken = {key: value for key, value in given.items() if key != name}
        with pytest.raises(ValueError, match=name):
            model_of(method)(**broken)
        assert (await call(method, **broken))["error_code"] == 400


WRONG: dict[Type, Any] = {
    Type.INTEGER: "twelve",
    Type.STRING: ["a list"],
    Type.BOOLEAN: "perhaps",
    Type.CHAT: ["a list"],
    Type.OBJECT: "no object",
    Type.ARRAY: "no list",
    Type.FILE: ["a list"],
}


@pytest.mark.parametrize("method", sorted(METHODS))
async def test_a_value_of_the_wrong_type_is_taken_by_neither(call: Caller, method: str) -> None:
    given = await valid(call, method)
    for name, kind in METHODS[method].takes.items():
        broken = {**given, name: WRONG[kind]}
        with pytest.raises(ValueError):  # noqa: PT011  (the model words each of them differently)
            model_of(method)(**broken)
        answer = await call(method, **broken)
        assert answer.get("error_code") == 400, (name, answer)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)


@pytest.mark.parametrize("method", sorted(METHODS))
async def test_whatever_is_sent_is_answered_as_telegram_answers(call: Caller, method: str) -> None:
    given = await valid(call, method)
    takes = METHODS[method].takes
    if not takes:
        return
    known = st.sampled_from(sorted(given)) if given else st.nothing()

    @settings(max_examples=20, database=None, derandomize=True)
    @given_by_hypothesis(
        changed=st.dictionaries(known | st.sampled_from(sorted(takes)), ANYTHING, min_size=1)
    )
    def strange(changed: dict[str, Any]) -> None:
        asked.append({**given, **changed, "timeout": 0} if "timeout" in takes else given | changed)

    asked: list[dict[str, Any]] = []
    strange()
    for one in asked:
        answer = await call(method, **one)
        assert answer["ok"] or answer["error_code"] in {400, 403, 404, 409}, answer


async def test_what_telegram_does_not_know_is_refused(call: Caller) -> None:
    answer = await call("sendMessage", chat_id=LAN, text="a", colour="red")
    assert "unknown parameter colour" in answer["description"]
    assert (await call("sendPigeon", chat_id=LAN))["error_code"] == 404
