"""What people do in Telegram is understood as what they meant."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.reading import UnknownUpdate, read
from conversations.kit.events import (
    Back,
    CameBack,
    Cancel,
    EditedMessage,
    LeftUs,
    Opened,
    Pressed,
    Said,
    SentContact,
    SentFile,
    SentLocation,
    SentPhoto,
)

LAN = {
    "id": 700001,
    "is_bot": False,
    "first_name": "Lan",
    "last_name": "Nông",
    "language_code": "vi",
}
PRIVATE = {"id": 700001, "type": "private", "first_name": "Lan"}
GROUP = {"id": -10012, "type": "supergroup", "title": "Xã Cô Ba"}
FILE = {"file_id": "F1", "file_unique_id": "U1"}


def message(**content: Any) -> dict[str, Any]:
    return {"message_id": 7, "date": 1_770_000_000, "from": LAN, "chat": PRIVATE, **content}


def told(**content: Any) -> Any:
    return read({"update_id": 1, "message": message(**content)})


def test_words_are_told_with_who_where_and_when():
    incoming = told(text="45 chăn")
    assert incoming.event == Said("45 chăn")
    assert (incoming.address, incoming.chat, incoming.private) == ("700001", "700001", True)
    assert incoming.at == datetime.fromtimestamp(1_770_000_000, UTC)
    assert (incoming.name, incoming.language, incoming.message_id) == ("Lan Nông", "vi", "7")
    assert not incoming.anonymous


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("/start", Opened()),
        ("/start AbC-12_z", Opened(payload="AbC-12_z")),
        ("/START@AmBanPracticeBot xyz", Opened(payload="xyz")),
        ("/trogiup", Opened("trogiup")),
        ("/trogiup@AmBanPracticeBot", Opened("trogiup")),
        ("/huy", Cancel()),
        ("/lui", Back()),
        ("/ một mình", Said("/ một mình")),
        ("5/11", Said("5/11")),
    ],
)
def test_commands_open_leave_and_return(text: str, event: object):
    assert told(text=text).event == event


def test_the_largest_size_of_a_photo_is_taken():
    sizes = [
        {**FILE, "file_id": "small", "width": 90, "height": 60, "file_size": 900},
        {**FILE, "file_id": "large", "width": 1280, "height": 960, "file_size": 90_000},
        {**FILE, "file_id": "middle", "width": 320, "height": 240, "file_size": 9_000},
    ]
    sent = told(photo=sizes, caption="60 chăn", media_group_id="A1").event
    assert sent == SentPhoto("large", "U1", 1280, 960, 90_000, "A1", "60 chăn", forwarded=False)


def test_a_forwarded_photo_is_known_as_forwarded():
    origin = {"type": "hidden_user", "sender_user_name": "Ai đó", "date": 1_769_000_000}
    sent = told(photo=[{**FILE, "width": 9, "height": 9}], forward_origin=origin).event
    assert isinstance(sent, SentPhoto)
    assert sent.forwarded


@pytest.mark.parametrize(
    ("content", "event"),
    [
        ({"document": {**FILE, "mime_type": "application/pdf", "file_size": 5}}, SentFile("document", "F1", "U1", "application/pdf", 5)),
        ({"document": {**FILE, "mime_type": "image/svg+xml", "file_name": "a.svg"}, "caption": "đủ"}, SentFile("document", "F1", "U1", "image/svg+xml", caption="đủ", file_name="a.svg")),
        ({"document": {**FILE, "mime_type": "image/gif", "file_name": "a.gif"}}, SentFile("document", "F1", "U1", "image/gif", file_name="a.gif")),
        ({"document": FILE}, SentFile("document", "F1", "U1")),
        ({"video": {**FILE, "width": 1, "height": 1, "duration": 3}}, SentFile("video", "F1", "U1")),
        ({"animation": {**FILE, "width": 1, "height": 1, "duration": 3}, "document": {**FILE, "file_name": "a.jpg"}}, SentFile("animation", "F1", "U1")),
        ({"sticker": {**FILE, "width": 1, "height": 1, "type": "regular", "is_animated": False, "is_video": False}}, SentFile("sticker", "F1", "U1")),
        ({"voice": {**FILE, "duration": 3, "mime_type": "audio/ogg"}}, SentFile("voice", "F1", "U1", "audio/ogg")),
        ({"audio": {**FILE, "duration": 3}, "caption": "hát"}, SentFile("audio", "F1", "U1", caption="hát")),
        ({"video_note": {**FILE, "length": 3, "duration": 3}}, SentFile("video_note", "F1", "U1")),
        ({"dice": {"emoji": "🎲", "value": 3}}, SentFile("other")),
        ({"location": {"latitude": 22.9, "longitude": 105.7}}, SentLocation()),
        ({"contact": {"phone_number": "1", "first_name": "Lan"}}, SentContact()),
        ({"pinned_message": message(text="x")}, None),
        ({"new_chat_title": "x"}, None),
    ],
)  # fmt: skip
def test_whatever_is_attached_is_told_apart(content: dict[str, Any], event: object):
    assert told(**content).event == event


@pytest.mark.parametrize(
    "file",
    [
        {"mime_type": "image/jpeg", "file_name": "IMG_0001.JPG"},
        {"mime_type": "image/png"},
        {"mime_type": "image/heic", "file_name": "IMG_0001.HEIC"},
        {"mime_type": "IMAGE/HEIF; x=y"},
        {"mime_type": "application/octet-stream", "file_name": "IMG_0001.heic"},
        {"mime_type": "", "file_name": "ảnh chăn.webp "},
        {"file_name": "a.jpeg"},
    ],
)
def test_a_picture_sent_as_a_file_is_a_photo(file: dict[str, Any]):
    document = {**FILE, "file_size": 4_000_000, **file}
    sent = told(document=document, caption="60 chăn", media_group_id="A1").event
    assert sent == SentPhoto("F1", "U1", 0, 0, 4_000_000, "A1", "60 chăn", as_file=True)


@pytest.mark.parametrize(
    ("data", "event"),
    [
        ("0abc234defgh5678.12.yes", Pressed("yes", "0abc234defgh5678", 12)),
        ("..open:help", Pressed("open:help")),
        ("..open:confirm_delivery.x", Pressed("open:confirm_delivery.x")),
        ("something old", Pressed("")),
        ("", Pressed("")),
    ],
)
def test_a_pressed_button_says_what_it_stands_for(data: str, event: Pressed):
    query = {
        "id": "99",
        "from": LAN,
        "chat_instance": "1",
        "data": data,
        "message": message(text="?"),
    }
    incoming = read({"update_id": 1, "callback_query": query})
    assert incoming.event == event
    assert (incoming.query, incoming.message_id, incoming.at) == ("99", "7", None)


def test_a_button_of_a_message_that_telegram_has_forgotten_still_tells_who_and_where():
    forgotten = {"message_id": 7, "date": 0, "chat": PRIVATE}
    query = {"id": "99", "from": LAN, "chat_instance": "1", "data": "..x", "message": forgotten}
    incoming = read({"update_id": 1, "callback_query": query})
    assert (incoming.chat, incoming.message_id) == ("700001", "7")


def test_a_changed_message_is_told_as_changed():
    changed = message(text="46", edit_date=1_770_000_100)
    assert read({"update_id": 1, "edited_message": changed}).event == EditedMessage("46", "7")


def membership(chat: dict[str, Any], before: str, after: str) -> Any:
    bot = {"id": 588, "is_bot": True, "first_name": "Ấm Bản"}

    def member(status: str) -> dict[str, Any]:
        return {"user": bot, "status": status, "until_date": 0}

    change = {
        "chat": chat,
        "from": LAN,
        "date": 1_770_000_000,
        "old_chat_member": member(before),
        "new_chat_member": member(after),
    }
    return read({"update_id": 1, "my_chat_member": change})


def test_blocking_and_coming_back_are_told():
    assert membership(PRIVATE, "member", "kicked").event == LeftUs()
    assert membership(PRIVATE, "kicked", "member").event == CameBack()


def test_being_put_into_a_group_is_an_opening_and_being_put_out_is_nothing():
    added = membership(GROUP, "left", "member")
    assert added.event == Opened()
    assert not added.private
    assert membership(GROUP, "member", "left").event is None


def test_a_group_is_not_private():
    assert not told(text="x", chat=GROUP).private


@pytest.mark.parametrize(
    "disguise",
    [
        {"from": {"id": 1087968824, "is_bot": True, "first_name": "Group"}},
        {"sender_chat": GROUP},
    ],
)
def test_who_writes_in_the_name_of_a_group_is_nobody_we_know(disguise: dict[str, Any]):
    incoming = told(text="x", chat=GROUP, **disguise)
    assert incoming.anonymous
    assert incoming.address == ""


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"update_id": 5},
        {"update_id": 5, "poll_answer": {"poll_id": "1", "option_ids": []}},
        {"update_id": 5, "something_new": {"x": 1}},
        {"update_id": 5, "message": "text"},
        {"update_id": 5, "message": {}},
        {"update_id": 5, "message": message(text=12)},
        {"update_id": 5, "message": {**message(text="x"), "date": 10**18}},
        {"update_id": 5, "callback_query": {"id": "1"}},
    ],
)
def test_an_update_nobody_understands_says_so_by_one_name(raw: dict[str, Any]):
    """T5"""
    with pytest.raises(UnknownUpdate):
        read(raw)


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "from", "chat", "text", "date", "type", "data"]), inner
        )
    ),
    max_leaves=12,
)


@given(st.sampled_from(["message", "edited_message", "callback_query", "my_chat_member"]), junk)
def test_nothing_that_arrives_raises_anything_else(kind: str, content: Any):
    """T5"""
    raw = json.loads(json.dumps({"update_id": 1, kind: content}))
    try:
        read(raw)
    except UnknownUpdate:
        return
