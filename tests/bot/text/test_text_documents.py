"""On a phone that only knows text a document is its name and a link, in both directions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.channels import DeliveryFailure, FailureKind, Letter
from bot.practice.server import Practice, running
from bot.telegram.reading import read as read_telegram
from bot.text.channel import TextChannel
from bot.text.reading import read
from conversations.kit.events import Said, SentFile
from conversations.kit.screens import Attachment, Button, Line, Screen, Style
from storage.files.photo_files import PhotoFiles
from tests.bot.text.test_text_channel import MAY, READER, wrote

NAME = "Báo cáo\ntháng 11.xlsx"
LINK = "http://127.0.0.1:8589/text/documents/ab"
TOLD = {"link": LINK, "name": "Lớp 1A.pdf", "type": "application/pdf", "size": 7}


def test_a_document_is_its_link_with_what_the_gateway_tells() -> None:
    event = read(wrote("em gửi", document=TOLD)).event
    assert event == SentFile(
        "document", LINK, "/text/documents/ab", "application/pdf", 7, "em gửi", "Lớp 1A.pdf"
    )


@pytest.mark.parametrize(
    "document", [None, {}, {"link": ""}, {"link": 5}, "link", {"name": "a.pdf"}, [LINK]]
)
def test_what_is_no_document_leaves_the_words(document: Any) -> None:
    assert read(wrote("chào", document=document)).event == Said("chào")


def test_a_gateway_may_tell_less() -> None:
    event = read(wrote(document={"link": LINK, "name": 5, "type": None, "size": "7"})).event
    assert event == SentFile("document", LINK, "/text/documents/ab")


def test_telegram_tells_the_name_of_a_document_too() -> None:
    document = {"file_id": "F", "file_unique_id": "U", "file_name": "Lớp 1A.pdf", "file_size": 0}
    raw: dict[str, Any] = {
        "update_id": 1,
        "message": {
            "message_id": 7,
            "date": 0,
            "chat": {"id": 1, "type": "private"},
            "from": {"id": 1, "is_bot": False, "first_name": "Lan"},
            "document": document,
        },
    }
    assert read_telegram(raw).event == SentFile("document", "F", "U", "", 0, "", "Lớp 1A.pdf")
    del document["file_size"]
    assert read_telegram(raw).event == SentFile("document", "F", "U", "", None, "", "Lớp 1A.pdf")


async def test_a_large_document_goes_as_a_link_before_the_question(tmp_path: Path) -> None:
    files, content = PhotoFiles(str(tmp_path)), bytes(3 * 2**20)
    await files.write_once("document/ab/cd.xlsx", content)
    practice = Practice()
    screen = Screen(
        (Line("Số liệu tháng 11"), Line("Đúng chưa?", Style.TITLE)),
        ((Button.with_number(1, "Đúng", "=1"),),),
        document=Attachment("document/ab/cd.xlsx", NAME),
    )
    lost = Screen((Line("a"),), document=Attachment("document/no/ne.pdf", "a.pdf"))
    async with running(practice) as address, aiohttp.ClientSession() as web:
        channel = TextChannel(address, files=files)
        await channel.deliver(Letter(MAY, screen, READER))
        with pytest.raises(DeliveryFailure) as failure:
            await channel.deliver(Letter(MAY, lost, READER))
        assert failure.value.kind is FailureKind.REFUSED
        [text] = [one["text"] for one in practice.text.phones[MAY].messages]
        told, file, *asked = text.split("\n")
        assert (told, asked) == ("Số liệu tháng 11", ["Đúng chưa?", "1. Đúng"])
        name, link = file.split(": ", 1)
        assert name == "Báo cáo tháng 11.xlsx"
        async with web.get(link) as answer:
            assert await answer.read() == content
        assert await channel.fetch(link) == content
        await channel.close()
    assert practice.refusals == []
