"""Names for new records, made without asking the database. Shorter ULIDs."""

from __future__ import annotations

import secrets
import threading
import time

_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_RANDOM_BITS = 32
_lock = threading.Lock()
_last = 0


def new_id() -> str:
    """16 small letters and digits: 48 bits of time in milliseconds, 32 of chance; later ones sort later."""
    global _last
    with _lock:
        fresh = time.time_ns() // 1_000_000 << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
        # Within one millisecond the next id follows the last, so that a process never repeats or goes back.
        _last = max(fresh, _last + 1)
        number = _last
    letters = []
    for _place in range(16):
        number, digit = divmod(number, 32)
        letters.append(_LETTERS[digit])
    return "".join(reversed(letters))
