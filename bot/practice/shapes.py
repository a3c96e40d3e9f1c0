"""Updates of broken shape, as a bot must survive them."""

from __future__ import annotations

from typing import Any

from bot.practice.faults import Shape

HUGE = 100_000
"""Letters of a text, many more than Telegram lets through, and fewer than a web server takes in one request."""


def broken(shape: Shape, update_id: int, kind: str, content: dict[str, Any]) -> Any:
    """What comes before an update of this kind and content, under a number of its own."""
    match shape:
        case Shape.NO_UPDATE_ID:
            return {kind: content}
        case Shape.UNKNOWN_KIND:
            return {"update_id": update_id, "kind_of_tomorrow": content}
        case Shape.WRONG_TYPES:
            wrong = {"message_id": "one", "from": [], "chat": 7, "date": "yesterday", "text": 12}
            return {"update_id": update_id, kind: wrong}
        case Shape.HUGE:
            return {"update_id": update_id, kind: {**content, "text": "字" * HUGE}}
        case Shape.NULL:
            return None
