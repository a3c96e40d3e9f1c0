"""What photos and documents share while they are fetched: how long each step may take, and what is hopeless."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta

from bot.channels import Channel, DeliveryFailure, FailureKind
from locales import Text
from storage.help.promised_files import PromisedFile

log = logging.getLogger(__name__)

LONGEST_FETCH = timedelta(seconds=90)
"""Telegram gives out up to 20 MB, also over a slow line."""
LONGEST_KEEP = timedelta(seconds=60)
LEASE = timedelta(seconds=180)
"""Longer than a file may take until it is opened, and from then on; then another process may try, and at worst
fetches it twice."""
LONGEST_NAP = 2.0
"""Seconds; another process may have promised a file, or a rest may be over."""
PATIENCE = timedelta(hours=24)
"""A file that the chat app did not give out for so long is missing for good."""
NEVER_GIVEN = frozenset({FailureKind.REFUSED, FailureKind.GONE, FailureKind.UNREACHABLE})
HOPELESS = NEVER_GIVEN | {FailureKind.TOO_LARGE}


class Hopeless(Exception):
    """The file will never be had; `why` is for the person who sent it."""

    def __init__(self, why: Text) -> None:
        super().__init__(why.msgid)
        self.why = why


async def fetch(
    channels: Mapping[str, Channel],
    promised: PromisedFile,
    *,
    not_given: Text,
    too_large: Text,
) -> bytes:
    """What the channel gives out; raises Hopeless with a reason, or DeliveryFailure where it may come later."""
    channel = channels.get(promised.channel)
    if channel is None:
        raise DeliveryFailure(FailureKind.NOT_SENT, "this channel is not connected")
    try:
        async with asyncio.timeout(LONGEST_FETCH.total_seconds()):
            return await channel.fetch(promised.file_id)
    except TimeoutError:
        raise DeliveryFailure(FailureKind.NOT_SENT, "too slow") from None
    except DeliveryFailure as failure:
        if failure.kind not in HOPELESS:
            raise
        what = promised.__tablename__
        log.warning("%s %s is not given out: %s", what, promised.id, failure.why)
        raise Hopeless(not_given if failure.kind in NEVER_GIVEN else too_large) from None
