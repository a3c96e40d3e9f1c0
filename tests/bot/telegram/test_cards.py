"""A card with several pictures or a document comes whole, with its buttons last, and nothing of it comes twice."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.channels import DeliveryFailure, FailureKind
from conversations.kit.screens import Attachment, Line, Screen
from storage.files.photo_files import PhotoFiles, public_key
from tests.bot.practice.test_specification import model_of
from tests.bot.telegram.test_channel import LAN, SCREEN, Wire, letter
from tests.bot.telegram.test_channel import line as line
from tests.photographs import picture, saved

NAME = "Báo cáo tháng 11 – trường Lũng Vài.xlsx"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def files(tmp_path: Path) -> PhotoFiles:
    return PhotoFiles(str(tmp_path))


async def with_pictures(files: PhotoFiles, count: int) -> Screen:
    keys = [public_key(f"{place:064x}") for place in range(count)]
    for place, key in enumerate(keys):
        await files.write_once(key, saved(picture(size=(320, 240 + place))))
    return replace(SCREEN, pictures=tuple(keys))


async def with_document(files: PhotoFiles, content: bytes = b"PK\x03\x04 a sheet") -> Screen:
    await files.write_once("document/ab/cd.xlsx", content)
    return replace(SCREEN, document=Attachment("document/ab/cd.xlsx", NAME, EXCEL))


def methods(line: Wire) -> list[str]:
    return [one["method"] for one in line.requests("")]


def heights(messages: Sequence[dict[str, Any]]) -> list[int]:
    return [one["photo"][-1]["height"] for one in messages if "photo" in one]


def test_what_was_kept_with_one_picture_is_still_read():
    kept = {**SCREEN.to_json(), "picture": "public/ab/x.jpg"}
    del kept["pictures"], kept["document"]
    assert Screen.from_json(kept) == replace(SCREEN, pictures=("public/ab/x.jpg",))
    assert Screen.from_json({**kept, "picture": ""}) == SCREEN


def test_pictures_and_a_document_survive_being_kept():
    screen = replace(SCREEN, pictures=("a", "b"), document=Attachment("key", NAME, EXCEL))
    assert Screen.from_json(json.loads(json.dumps(screen.to_json()))) == screen


@pytest.mark.slow  # The models of the whole Bot API are loaded for it.
async def test_several_pictures_are_an_album_and_the_buttons_stand_below(
    line: Wire, files: PhotoFiles
):
    """T32"""
    line.practice.people.start(LAN)
    message_id = await line.channel.deliver(letter(await with_pictures(files, 3)))
    *album, words = line.seen()
    assert len({one["media_group_id"] for one in album}) == 1
    assert heights(album) == [240, 241, 242]
    assert str(words["message_id"]) == message_id
    assert words["text"].startswith("Đã nhận đủ chưa?")
    assert words["reply_markup"]["inline_keyboard"]
    [asked] = line.requests("sendMediaGroup")
    assert "reply_markup" not in asked["parameters"]
    media = json.loads(asked["parameters"]["media"])
    model_of("sendMediaGroup")(chat_id=LAN, media=media)
    silent = [
        line.practice.world.chats[LAN].unseen[one["message_id"]]["silent"] for one in line.seen()
    ]
    assert silent == [True, True, True, False]
    assert line.practice.refusals == []


async def test_more_than_ten_pictures_are_two_albums(line: Wire, files: PhotoFiles):
    line.practice.people.start(LAN)
    await line.channel.deliver(letter(await with_pictures(files, 11)))
    *pictures, words = line.seen()
    assert heights(pictures) == list(range(240, 251))
    assert len({one["media_group_id"] for one in pictures}) == 2
    assert "text" in words
    assert line.practice.refusals == []


async def test_a_try_that_failed_below_the_album_goes_on_where_it_was(
    line: Wire, files: PhotoFiles
):
    line.practice.people.start(LAN)
    screen = await with_pictures(files, 2)
    line.practice.world.injection.begin(
        {"trouble": "reset", "methods": ["sendMessage"], "times": 1}
    )
    with pytest.raises(DeliveryFailure) as failure:
        await line.channel.deliver(letter(screen))
    assert failure.value.kind is FailureKind.PERHAPS_SENT
    # What somebody is told in between changes nothing.
    await line.channel.deliver(letter(replace(SCREEN, lines=(Line("Xin đợi"),))))
    message_id = await line.channel.deliver(letter(screen))
    assert methods(line).count("sendMediaGroup") == 1
    assert str(line.seen()[-1]["message_id"]) == message_id
    await line.channel.deliver(letter(screen))
    assert methods(line).count("sendMediaGroup") == 2
    assert line.practice.refusals == []


async def test_an_album_that_never_left_is_sent_again(line: Wire, files: PhotoFiles):
    line.practice.people.start(LAN)
    screen = await with_pictures(files, 2)
    limit = {"trouble": "too_many_requests", "methods": ["sendMediaGroup"], "retry_after": 5}
    line.practice.world.injection.begin({**limit, "times": 1})
    with pytest.raises(DeliveryFailure) as failure:
        await line.channel.deliver(letter(screen))
    assert failure.value.kind is FailureKind.TOO_FAST
    line.practice.world.injection.end_all()
    await line.channel.deliver(letter(screen))
    assert len(line.seen()) == 3


async def test_words_too_long_for_a_caption_are_not_cut(line: Wire, files: PhotoFiles):
    line.practice.people.start(LAN)
    screen = replace(await with_pictures(files, 1), lines=(Line("ạ" * 2000),))
    await line.channel.deliver(letter(screen))
    shown, words = line.seen()
    assert ("caption" in shown, words["text"]) == (False, "ạ" * 2000)
    assert words["reply_markup"]
    assert line.practice.refusals == []


async def test_a_document_has_its_name_and_carries_the_buttons(line: Wire, files: PhotoFiles):
    """T32"""
    line.practice.people.start(LAN)
    message_id = await line.channel.deliver(letter(await with_document(files)))
    [shown] = line.seen()
    assert str(shown["message_id"]) == message_id
    assert shown["document"]["file_name"] == NAME
    assert shown["document"]["mime_type"] == EXCEL
    assert shown["caption"].startswith("Đã nhận đủ chưa?")
    assert shown["reply_markup"]["inline_keyboard"]
    assert await line.channel.fetch(shown["document"]["file_id"]) == b"PK\x03\x04 a sheet"
    assert line.practice.refusals == []


async def test_pictures_come_before_a_document(line: Wire, files: PhotoFiles):
    line.practice.people.start(LAN)
    document = (await with_document(files)).document
    screen = replace(await with_pictures(files, 1), document=document, lines=(Line("a" * 2000),))
    await line.channel.deliver(letter(screen))
    kinds = [set(one) & {"photo", "document", "text"} for one in line.seen()]
    assert kinds == [{"photo"}, {"document"}, {"text"}]
    assert line.practice.refusals == []


async def test_what_is_lost_or_too_large_is_not_sent_in_part(line: Wire, files: PhotoFiles):
    line.practice.people.start(LAN)
    lost = replace(await with_pictures(files, 2), document=Attachment("document/no/ne", "a.pdf"))
    large = await with_document(files, bytes(50 * 2**20 + 1))
    for screen in (lost, large):
        with pytest.raises(DeliveryFailure) as failure:
            await line.channel.deliver(letter(screen))
        assert failure.value.kind is FailureKind.REFUSED
    assert line.seen() == []


async def test_a_card_becomes_pictures_and_words_again(line: Wire, files: PhotoFiles):
    """Telegram changes neither into the other: the old card goes, so that one alone can be pressed."""
    line.practice.people.start(LAN)
    first = await line.channel.deliver(letter())
    screen = await with_pictures(files, 1)
    with pytest.raises(DeliveryFailure) as gone:
        await line.channel.deliver(letter(screen, replace=first))
    assert (gone.value.kind, line.seen()) == (FailureKind.GONE, [])
    second = await line.channel.deliver(letter(screen))
    with pytest.raises(DeliveryFailure) as gone:
        await line.channel.deliver(letter(replace=second))
    assert (gone.value.kind, line.seen()) == (FailureKind.GONE, [])
