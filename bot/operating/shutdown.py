"""The process ends in time, whatever hangs: a machine that shuts down waits ten seconds, and not longer.

The deadline of a graceful shutdown.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from collections.abc import Coroutine
from typing import Any

log = logging.getLogger(__name__)

DEADLINE = 9.0
"""Seconds from the signal; each part has less."""
GIVING_UP = 1.0
"""Seconds for what was interrupted to come to rest."""


def end_in_time(seconds: float = DEADLINE) -> None:
    """From now on; also where nothing in the process moves any more.

    A watchdog timer, which exits with 1 after so many seconds.
    """
    last = threading.Timer(seconds, _end_now)
    last.daemon = True
    last.start()


def _end_now() -> None:
    # What is kept or not kept was decided by the database, so nothing is lost by this.
    log.error("something did not end in time; the process ends all the same")
    logging.shutdown()
    sys.stdout.flush()
    os._exit(1)


async def unless_stopped(stop: asyncio.Event, work: Coroutine[Any, Any, Any]) -> bool:
    """Whether the work was done; when told to stop, it is given up.

    Cooperative cancellation; raises what the work raises.
    """
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        if not working.done():
            working.cancel()
            await asyncio.wait({working}, timeout=GIVING_UP)
    if not working.done() or working.cancelled():
        return False
    working.result()
    return True
