"""A Telegram that takes everything at once and never speaks: what is left is what a bot itself costs."""

from __future__ import annotations

import json
from typing import Any

from telegram.request import BaseRequest, RequestData

TOKEN = "588:" + "x" * 35
DATE = 1_795_140_000
ME = {"id": 588, "is_bot": True, "first_name": "Bench", "username": "bench_bot"}


class NullNetwork(BaseRequest):
    """Answers every method as Telegram would, without a connection; counts the messages that were sent."""

    def __init__(self) -> None:
        self.sent = 0

    @property
    def read_timeout(self) -> float:
        return 1.0

    async def initialize(self) -> None:
        """Nothing is opened."""

    async def shutdown(self) -> None:
        """Nothing is closed."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = None,
        write_timeout: Any = None,
        connect_timeout: Any = None,
        pool_timeout: Any = None,
    ) -> tuple[int, bytes]:
        name = url.rpartition("/")[2]
        # What a connection would carry is written all the same.
        given = request_data.json_payload if request_data else b""
        return 200, self.answer(name, given)

    def answer(self, name: str, given: bytes) -> bytes:
        """The answer to a method, as the bytes that would come."""
        result: Any = True
        if name == "getMe":
            result = ME
        elif name.startswith(("send", "edit")):
            chat = int(json.loads(given)["chat_id"])
            self.sent += name == "sendMessage"
            result = {
                "message_id": 1_000_000 + self.sent,
                "date": DATE,
                "chat": {"id": chat, "type": "private", "first_name": "Lan"},
                "from": ME,
                "text": "…",
            }
        return json.dumps({"ok": True, "result": result}).encode()


def came(number: int, person: int, text: str) -> bytes:
    """One message as the body of a request that brings it."""
    who = {"id": person, "first_name": "Lan"}
    message: dict[str, Any] = {
        "message_id": number,
        "date": DATE,
        "chat": {**who, "type": "private"},
        "from": {**who, "is_bot": False, "language_code": "vi"},
        "text": text,
    }
    if text.startswith("/"):
        message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text)}]
    return json.dumps({"update_id": number, "message": message}).encode()
