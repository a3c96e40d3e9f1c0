"""The gateway to text phones keeps what people wrote, and refuses what a text message cannot be."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from bot.practice.clock import PracticeClock
from bot.practice.server import Practice, running
from tests.bot.practice.test_specification import picture

MAY = "+84000000006"


class Gateway:
    """The practice gateway, and whoever asks it something."""

    def __init__(self, practice: Practice, address: str, web: aiohttp.ClientSession) -> None:
        self.practice, self.address, self.web = practice, address, web

    async def get(self, path: str, **query: Any) -> Any:
        async with self.web.get(f"{self.address}{path}", params=query) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def post(self, path: str, **given: Any) -> tuple[int, Any]:
        async with self.web.post(f"{self.address}{path}", json=given) as answer:
            return answer.status, await answer.json()

    async def waiting(self, **query: Any) -> list[dict[str, Any]]:
        return list((await self.get("/text/messages", **query))["messages"])


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    practice = Practice(PracticeClock(datetime(2026, 11, 20, 2, 0, tzinfo=UTC)))
    async with running(practice) as address, aiohttp.ClientSession() as web:
        yield Gateway(practice, address, web)


async def test_what_was_written_comes_again_until_it_is_acknowledged(gateway: Gateway) -> None:
    say = f"/practice/text/phones/{MAY}/say"
    for text in ("một", "hai"):
        assert (await gateway.post(say, text=text))[0] == 200
    first, second = await gateway.waiting()
    assert (first["text"], first["from"], first["picture"]) == ("một", MAY, None)
    assert await gateway.waiting() == [first, second]
    assert await gateway.waiting(after=first["number"]) == [second]
    assert await gateway.waiting(after=second["number"]) == []


async def test_a_poll_waits_for_somebody_to_write(gateway: Gateway) -> None:
    polling = asyncio.create_task(gateway.waiting(timeout=30))
    while not gateway.practice.journal.entries:
        # The first poll answers at once; the long one is under way behind it.
        await gateway.waiting()
    gateway.practice.text.say(MAY, "xin chào")
    async with asyncio.timeout(10):
        [heard] = await polling
    assert heard["text"] == "xin chào"


async def test_a_text_has_two_thousand_characters_at_most(gateway: Gateway) -> None:
    fits = "ạ" * 2000
    status, sent = await gateway.post("/text/messages", to=MAY, text=fits)
    assert status == 200
    [shown] = await gateway.get(f"/practice/text/phones/{MAY}/messages")
    assert (str(shown["number"]), shown["text"], shown["from_bot"]) == (sent["id"], fits, True)
    for text in (fits + "!", "", " \n"):
        status, refused = await gateway.post("/text/messages", to=MAY, text=text)
        assert (status, bool(refused["why"])) == (400, True)
    assert (await gateway.post(f"/practice/text/phones/{MAY}/say", text=fits + "!"))[0] == 400


async def test_nobody_has_an_unknown_number(gateway: Gateway) -> None:
    assert (await gateway.post("/text/messages", to="+84000000099", text="a"))[0] == 404
    assert (await gateway.post("/text/messages", text="a"))[0] == 400
    assert (await gateway.post("/practice/text/phones", number="0912"))[0] == 400
    assert (await gateway.post("/practice/text/phones", number=MAY))[0] == 400
    added = await gateway.post("/practice/text/phones", number="+84000000099", label="Thầy Páo")
    assert added == (200, {"number": "+84000000099", "label": "Thầy Páo"})
    assert (await gateway.post("/text/messages", to="+84000000099", text="a"))[0] == 200


async def test_pictures_travel_as_links(gateway: Gateway) -> None:
    form = aiohttp.FormData({"text": "đủ 60 chăn"})
    for name in ("a.png", "b.png"):
        form.add_field("picture", picture(), filename=name, content_type="image/png")
    async with gateway.web.post(
        f"{gateway.address}/practice/text/phones/{MAY}/pictures", data=form
    ) as answer:
        assert answer.status == 200
    first, second = await gateway.waiting()
    assert [first["text"], second["text"]] == ["đủ 60 chăn", ""]
    assert first["picture"] == second["picture"]
    async with gateway.web.get(first["picture"]) as answer:
        assert await answer.read() == picture()
        assert answer.headers["Content-Security-Policy"] == "sandbox"


async def test_a_bot_leaves_its_pictures_at_the_gateway(gateway: Gateway) -> None:
    async def leave(content: bytes, kind: str) -> tuple[int, Any]:
        async with gateway.web.post(
            f"{gateway.address}/text/pictures", data=content, headers={"Content-Type": kind}
        ) as answer:
            return answer.status, await answer.json()

    status, left = await leave(picture(), "image/png")
    assert status == 200
    async with gateway.web.get(left["link"]) as answer:
        assert await answer.read() == picture()
    assert (await leave(b"<script>", "text/html"))[0] == 400
    assert (await leave(b"", "image/png"))[0] == 400
    async with gateway.web.get(f"{gateway.address}/text/pictures/none.png") as answer:
        assert answer.status == 404


async def test_documents_travel_as_links_with_their_names(gateway: Gateway) -> None:
    name = "Danh sách lớp 1A.pdf"
    form = aiohttp.FormData({"text": "em gửi ạ"}, quote_fields=False)
    form.add_field("document", b"%PDF", filename=name, content_type="application/pdf")
    form.add_field("document", b"", filename="trống.pdf", content_type="application/pdf")
    async with gateway.web.post(
        f"{gateway.address}/practice/text/phones/{MAY}/documents", data=form
    ) as answer:
        assert answer.status == 200, await answer.text()
    first, second = await gateway.waiting()
    assert [first["text"], second["text"]] == ["em gửi ạ", ""]
    link = first["document"].pop("link")
    assert first["document"] == {"name": name, "type": "application/pdf", "size": 4}
    assert second["document"]["size"] == 0
    async with gateway.web.get(link) as answer:
        assert (await answer.read(), answer.content_type) == (b"%PDF", "application/pdf")
        assert answer.content_disposition is not None
        assert (answer.content_disposition.type, answer.content_disposition.filename) == (
            "attachment",
            name,
        )


async def test_a_bot_leaves_its_documents_at_the_gateway(gateway: Gateway) -> None:
    async def leave(content: bytes, **named: str) -> tuple[int, Any]:
        kind = {"Content-Type": "application/pdf"}
        where = f"{gateway.address}/text/documents"
        body = io.BytesIO(content)
        async with gateway.web.post(where, data=body, headers=kind, params=named) as answer:
            return answer.status, await answer.json()

    status, left = await leave(b"%PDF", name="báo cáo.pdf")
    assert status == 200
    assert await leave(b"%PDF", name="báo cáo.pdf") == (200, left)
    assert (await leave(b"%PDF", name="khác.pdf"))[1] != left
    for named in ({}, {"name": ""}, {"name": "hai\ndòng"}, {"name": "a" * 201}):
        assert (await leave(b"%PDF", **named))[0] == 400
    assert (await leave(bytes(20 * 2**20 + 1), name="a.pdf"))[0] == 400
    async with gateway.web.get(f"{gateway.address}/text/documents/none") as answer:
        assert answer.status == 404


async def test_a_gateway_started_anew_repeats_no_number() -> None:
    numbers = []
    for hour in (2, 3):
        clock = PracticeClock(datetime(2026, 11, 20, hour, 0, tzinfo=UTC))
        gateway = Practice(clock).text
        numbers += [gateway.say(MAY, "a")["number"] for _message in range(50)]
    assert numbers == sorted(set(numbers))
