"""Telegram is asked one thing, and answers, refuses or stays silent."""

from __future__ import annotations

import json
from typing import Any

from telegram.error import TelegramError
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from bot.operating.reasons import HealthReason
from bot.receiving.long_polling import NotAnswered
from bot.telegram.connection import connection


class RawMethods:
    """The methods that are asked with the raw JSON of their answers, beside the library's own bot."""

    def __init__(self, token: str, api_url: str, proxy: str | None) -> None:
        self._url = f"{api_url}/bot{token}"
        self._request = connection(api_url, proxy, connections=2)

    async def ask(self, method: str, parameters: dict[str, Any], timeout: float = 10) -> Any:
        """The method's result, after at most `timeout` seconds; raises NotAnswered."""
        data = RequestData(
            [RequestParameter.from_input(name, value) for name, value in parameters.items()]
        )
        try:
            code, content = await self._request.do_request(
                f"{self._url}/{method}", "POST", data, read_timeout=timeout
            )
        except TelegramError as error:
            kind = type(error.__cause__ or error).__name__
            raise NotAnswered(HealthReason.NOT_REACHED.format(kind=kind)) from None
        try:
            body = json.loads(content)
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            raise NotAnswered(HealthReason.UNREADABLE.format(code=code), code=code)
        if code == 200 and body.get("ok") is True:
            return body.get("result")
        raise NotAnswered(_reason(code), _retry_after(body), code, str(body.get("description")))

    async def close(self) -> None:
        await self._request.shutdown()


def _retry_after(body: dict[str, Any]) -> float:
    parameters = body.get("parameters")
    seconds = parameters.get("retry_after") if isinstance(parameters, dict) else 0
    return float(seconds) if isinstance(seconds, int | float) else 0


def _reason(code: int) -> str:
    match code:
        case 401 | 404:
            return HealthReason.TOKEN.format(code=code)
        case 409:
            return HealthReason.CONFLICT
    return HealthReason.REFUSED.format(code=code)
