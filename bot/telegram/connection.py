"""How Telegram is reached: its address or another server's, perhaps through a proxy."""

from __future__ import annotations

import logging
import ssl
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx
from telegram.request import HTTPXRequest

from bot.settings import LOOPBACK

# One writes every address it calls into the log, with the token in it; the other what people are told.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)
logging.getLogger("telegram").setLevel(logging.WARNING)
# Whatever stands before Telegram answers with a page where it is in trouble; whoever asked says so in our words.
logging.getLogger("telegram.request.BaseRequest").setLevel(logging.CRITICAL)


def connection(
    api_url: str, proxy: str | None, *, connections: int, read_timeout: float = 20
) -> HTTPXRequest:
    """Timeouts in seconds; a message may take Telegram long, a connection may not.

    A connection pool of `connections`.
    """
    # A proxy named in the environment is meant for the world outside, not for this machine.
    here = urlsplit(api_url).hostname in LOOPBACK
    options: dict[str, Any] = {"verify": _trusted(), "trust_env": not here}
    return HTTPXRequest(
        connection_pool_size=connections,
        proxy=proxy or None,
        connect_timeout=10,
        read_timeout=read_timeout,
        write_timeout=20,
        pool_timeout=10,
        media_write_timeout=60,
        httpx_kwargs=options,
    )


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities whose certificates are believed; to read their list takes longer than the rest."""
    return httpx.create_ssl_context()
