"""How an update of Telegram comes into the inbox, whatever it looks like."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from bot.channels import name_of_bot
from bot.receiving.ingest import Ingest, mapping, number_in
from bot.telegram.callback_answers import CallbackAnswers
from storage.database import Database
from storage.messages.inbox import Arrival


def arriving_updates(
    database: Database,
    token: str,
    clock: Callable[[], datetime],
    *,
    heard: Callable[[], None],
    callback_answers: CallbackAnswers | None = None,
) -> Ingest:
    """What comes for the bot of this token."""

    def came(items: Sequence[Any]) -> None:
        if callback_answers is not None:
            for query in _queries(items):
                callback_answers.arrived(query)

    channel = name_of_bot(token)
    return Ingest(database, channel, arrival, clock, heard=heard, came=came)


def arrival(item: Any) -> Arrival:
    return Arrival(number_in(item, "update_id"), sender_of(item), json.dumps(item))


def sender_of(raw: Any) -> str:
    """Whose updates are answered one after the other: the person, else the chat, else `?`; never fails.

    The ordering key.
    """
    inner = _inner(raw)
    message = inner.get("message")
    for holder in (inner.get("from"), inner.get("chat"), mapping(message).get("chat")):
        number = mapping(holder).get("id")
        if isinstance(number, int) and not isinstance(number, bool):
            return str(number)
    return "?"


def _inner(raw: Any) -> dict[str, Any]:
    values = (value for key, value in mapping(raw).items() if key != "update_id")
    return next((value for value in values if isinstance(value, dict)), {})


def _queries(items: Iterable[Any]) -> list[str]:
    found = (mapping(mapping(item).get("callback_query")).get("id") for item in items)
    return [query for query in found if isinstance(query, str)]
