"""How a text gateway is reached."""

from __future__ import annotations

from urllib.parse import urlsplit

import aiohttp


def name_of(gateway: str) -> str:
    """The channel's name, as in `text:127.0.0.1:8589`."""
    return f"text:{urlsplit(gateway).netloc}"


def connection(gateway: str, *, seconds: float, at_once: int = 16) -> aiohttp.ClientSession:
    """To be opened where a loop runs, and closed; a request may take so many seconds, a connection ten.

    A connection pool of `at_once`.
    """
    timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=10)
    # A proxy named in the environment is meant for the world outside, not for this machine.
    here = urlsplit(gateway).hostname in {"127.0.0.1", "::1", "localhost"}
    connector = aiohttp.TCPConnector(limit=at_once)
    return aiohttp.ClientSession(connector=connector, timeout=timeout, trust_env=not here)
