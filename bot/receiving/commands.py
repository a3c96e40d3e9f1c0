"""What people type behind a slash means the same in every chat app."""

from __future__ import annotations

import re

from conversations.kit.events import Back, Cancel, Event, Opened
from locales.folding import clean

COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@\w+)?(?:\s+(.*))?", re.DOTALL)


def commanded(text: str) -> Event | None:
    """What a command asks for; None for words that are no command."""
    command = COMMAND.fullmatch(text.strip())
    if command is None:
        return None
    name, payload = command[1].lower(), clean(command[2] or "").strip()
    match name:
        case "start":
            return Opened(payload=payload)
        case "huy" | "cancel":
            return Cancel()
        case "lui" | "back":
            return Back()
    return Opened(name, payload)
